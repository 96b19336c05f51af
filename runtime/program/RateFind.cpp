// Which learning rate to begin with: the loss while the rate grows from step to step (Smith, Cyclical learning rates for training neural networks, 2015).
#include "runtime/program/RateFind.h"
#include "runtime/io/Units.h"
#include "runtime/program/FirstWeights.h"
#include "runtime/program/RunReport.h"
#include "runtime/program/Terminal.h"
#include "runtime/program/Trainer.h"

#include <algorithm>
#include <cmath>

namespace tl::program {

using Json = nlohmann::ordered_json;
using RateStep = Trainer::RateStep;

static constexpr int64_t usualSteps = 100;
static constexpr double mostLoss = 4;    // times the least: then it has diverged
static constexpr double smoothing = 0.9; // how much of the mean so far goes into the next one

std::vector<RateStep> Trainer::tryRates(const abi::Param &param, double low, double high, int64_t steps, double most) {
  prepare();
  startStage(context, folder, stage, session, progress);
  const abi::Phase &phase = stage.phases[0];
  const Round round = roundOf(phase);
  Plan plan = planPhase(context, stage, phase);
  session.scalars.setStage(stageSteps(context, stage));
  session.scalars.setPhase(plan.steps);
  const std::shared_ptr<const data::Sampling> sampling = samplingOf(plan, phase);
  Feed feed(context, session, data, Intake::ofTraining(stage, phase), false, {.shuffle = true, .stream = uint32_t(&stage - context.program.stages.data()) * 65536u, .sampling = sampling.get()});
  totals = std::make_unique<MetricTotals>(stage.metrics, round.steps);
  std::vector<RateStep> tried;
  double least = INFINITY;
  for (int64_t i = 0; i < steps; ++i) {
    double value = low * std::pow(high / low, double(i) / double(std::max<int64_t>(1, steps - 1)));
    session.scalars.setParams(context, {{param.name, value}});
    if (state.loaderPosition >= (state.epoch + 1) * plan.batchesPerEpoch)
      ++state.epoch;
    double loss = trainStep(round, plan, feed).value();
    double rate = value;
    for (const auto &[name, number] : logged)
      rate = name == "step.learning_rate" ? number : rate;
    if (!std::isfinite(loss) || loss > most * std::max(least, 1e-12))
      break;
    least = std::min(least, loss);
    tried.push_back({value, rate, loss});
  }
  return tried;
}

/// The mean of the losses so far, of which older ones count less, without its lag at the start.
static std::vector<double> smoothed(const std::vector<RateStep> &steps) {
  std::vector<double> means;
  double mean = 0, share = 1;
  for (const RateStep &step : steps) {
    mean = smoothing * mean + (1 - smoothing) * step.loss;
    share *= smoothing;
    means.push_back(mean / (1 - share));
  }
  return means;
}

static const abi::Param &paramToTry(const Context &context, const std::vector<std::string> &operands) {
  std::vector<const abi::Param *> reals;
  std::string names;
  for (const abi::Param &param : context.program.params)
    if (param.type == "real" && (operands.size() < 2 || operands[1] == param.name)) {
      reals.push_back(&param);
      names += (names.empty() ? "`" : ", `") + param.name + "`";
    }
  if (reals.size() == 1)
    return *reals[0];
  if (operands.size() == 2)
    throw Error(exitUsage, "`" + operands[1] + "` is no real param of `" + context.program.name + "`");
  throw Error(exitUsage, reals.empty() ? "no param of `" + context.program.name + "` is a real number, and a rate is found by setting one; write `param lr = 1e-3 in [1e-5, 1]`, and `lr` where the rate is a number"
                                       : "which param is the learning rate? `lr_find STAGE PARAM` tries one of " + names);
}

void runRateFind(Context &context) {
  const std::vector<std::string> &operands = context.options.operands;
  if (operands.empty() || operands.size() > 2)
    throw Error(exitUsage, "`lr_find` takes a stage, and the param that is its learning rate: `lr_find " + context.program.stages[0].name + " lr`");
  const abi::Stage *stage = nullptr;
  std::string names;
  for (const abi::Stage &each : context.program.stages) {
    stage = each.name == operands[0] ? &each : stage;
    names += (names.empty() ? "`" : ", `") + each.name + "`";
  }
  if (!stage)
    throw Error(exitUsage, "there is no stage `" + operands[0] + "`; there are " + names);
  if (stage->phases.empty())
    throw Error(exitUsage, "stage `" + stage->name + "` trains nothing, so it has no rate");
  if (stage->phases[0].times > 0)
    throw Error(exitUsage, "`lr_find` looks at one loss, and the phases of `" + stage->name + "` take turns, each with its own");
  const abi::Param &param = paramToTry(context, operands);
  double low = param.bounded && param.low > 0 ? param.low : std::fabs(param.value) * 1e-3, high = param.bounded && param.low > 0 ? param.high : std::fabs(param.value) * 1e3;
  if (!(low > 0 && high > low))
    throw Error(exitUsage, "a rate is tried from a number above 0 on; give the param a range: param " + param.name + " = 1e-3 in [1e-5, 1]");
  context.options.logEvery = 1; // each step says its rate
  int64_t steps = context.options.maxSteps > 0 ? context.options.maxSteps : usualSteps;
  context.options.maxSteps = 0;
  RunFolder run = context.options.run.empty() ? RunFolder::forDryRun(context) : RunFolder::ofFinishedRun(context);
  std::vector<RateStep> tried = Trainer(context, run, nullptr, *stage).tryRates(param, low, high, steps, mostLoss);
  if (tried.size() < 10)
    throw Error(4, "the loss leaves all bounds after " + counted(std::ssize(tried), "step") + ", at `" + param.name + "` " + format("%.3g", tried.empty() ? low : tried.back().value) + "; try smaller values, or more steps: --max-steps 300");
  std::vector<double> means = smoothed(tried);
  auto least = size_t(std::min_element(means.begin(), means.end()) - means.begin());
  constexpr size_t apart = 3; // steps that a slope is taken over
  size_t steepest = apart;
  double steepness = 0;
  for (size_t i = apart; i + apart < means.size() && i <= least; ++i) // rates grow by equal ratios, so that steps are equal parts of the logarithm
    if (double slope = means[i + apart] - means[i - apart]; slope < steepness)
      steepness = slope, steepest = i;
  printResult("rate of " + stage->name + ", " + counted(std::ssize(tried), "step") + " of " + stage->name + "/" + stage->phases[0].name + ", `" + param.name + "` from " + format("%.3g", low) + " to " + format("%.3g", tried.back().value) + "\n");
  auto [lowest, highest] = std::minmax_element(means.begin(), means.end());
  size_t every = std::max<size_t>(1, means.size() / 25);
  for (size_t i = 0; i < means.size(); i += every) {
    auto length = size_t(std::lround(40 * (means[i] - *lowest) / std::max(1e-30, *highest - *lowest)));
    bool isHere = steepest >= i && steepest < i + every;
    printResult(format("  %-10.3g %-10.3g %10.5g  ", tried[i].value, tried[i].rate, means[i]) + std::string(length, '#') + (isHere ? "  <- steepest" : "") + "\n");
  }
  if (steepness >= 0) {
    printResult("  no suggestion: the smoothed loss falls nowhere; try smaller values, or more steps\n");
    return;
  }
  std::string value = format("%.2g", tried[steepest].value);
  printResult("  param " + param.name + " = " + value + "\n");
  printResult("  because the smoothed loss falls fastest there, by " + format("%.3g", -steepness / double(2 * apart)) + " a step, and is least, " + format("%.5g", means[least]) + ", at " + format("%.2g", tried[least].value) +
              (least + 1 < means.size() ? ", behind which it grows" : ", the greatest value tried") + "\n");
  if (run.path().empty())
    return;
  Json points = Json::array();
  for (size_t i = 0; i < tried.size(); ++i)
    points.push_back({tried[i].value, tried[i].rate, tried[i].loss, means[i]});
  run.updateSummary("lr_find", stage->name, {{"param", param.name}, {"suggestion", tried[steepest].value}, {"points", points}});
  refreshReport(run);
}

} // namespace tl::program
