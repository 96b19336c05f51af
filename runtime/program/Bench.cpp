// Times the compiled training step on one fixed batch (again and again where batches accumulate), without loader, metrics or logs.
#include "runtime/program/Bench.h"
#include "runtime/profile/Ceilings.h"
#include "runtime/program/CachePlan.h"
#include "runtime/program/Feed.h"
#include "runtime/program/Memory.h"
#include "runtime/program/Metrics.h"
#include "runtime/program/Session.h"
#include "runtime/program/Terminal.h"

#include <algorithm>
#include <ctime>

namespace tl::program {

namespace {

class StepBench {
public:
  StepBench(Context &context, const abi::Stage &stage, const abi::Phase &phase)
      : stage(stage), phase(phase), features(context.program.cpuFeatures), step(context.function(phase.stepFunction)),
        session(context, stage, Session::trainingFunctions(context.program, stage)), totals(stage.metrics, step),
        feed(context, session, context.data(stage.data), Intake::ofTraining(stage, phase),
             CachePlan::of(context, stage, phase).keepsTrain, {.shuffle = true, .depth = 0}),
        batch(feed.next()) {
    if (!phase.updateFunction.empty())
      update = context.function(phase.updateFunction);
    session.initialize();
    // A schedule sees the start of a long phase.
    session.scalars.setPhase(int64_t{1} << 40);
    session.scalars.setStage(int64_t{1} << 40);
  }

  nlohmann::ordered_json run(double seconds, int64_t rounds, int threads) {
    advance(1);
    double first = loss.value();
    double one = std::max(1e-9, timed(1));
    if (one < 0.01)
      one = std::max(1e-9, timed(16) / 16);
    // The clock is read about every 10 ms, however short a step is.
    int64_t chunk = std::max<int64_t>(1, int64_t(0.01 / one));
    std::vector<double> rates;
    double processorRate = 0, peak = 0; // what other work on the machine takes is not in it
    for (int64_t round = 0; round < rounds; ++round) {
      peak = std::max(peak, profile::measureFlops(features, stage.precision == "bf16"));
      int64_t done = 0;
      double begin = now(), spent = 0;
      std::clock_t processor = std::clock();
      while (spent < seconds) {
        advance(chunk);
        done += chunk;
        spent = now() - begin;
      }
      rates.push_back(double(done) / spent);
      processorRate = std::max(processorRate, double(done) * CLOCKS_PER_SEC / double(std::max<std::clock_t>(1, std::clock() - processor)));
    }
    std::sort(rates.begin(), rates.end());
    nlohmann::ordered_json result = {{"stage", stage.name},
                                     {"phase", phase.name},
                                     {"threads", threads},
                                     {"steps_per_s", rates.back()},
                                     {"median", rates[rates.size() / 2]},
                                     {"steps_per_processor_s", processorRate},
                                     {"step_gflop", double(stepFlops()) / 1e9},
                                     {"peak_gflops", peak / 1e9},
                                     {"of_peak", peak > 0 ? processorRate * double(stepFlops()) / peak : 0},
                                     {"loss", {first, loss.value()}},
                                     {"peak_mib", double(peakResidentBytes()) / (1 << 20)}};
    if (!phase.featuresFunction.empty())
      result["features"] = feed.isKeeping() ? "cached" : "computed";
    return result;
  }

private:
  /// Additions and multiplications of a step as it is run: fewer where features are kept.
  int64_t stepFlops() const {
    auto of = [](const Callable &function) {
      int64_t flops = 0;
      for (const abi::Kernel &kernel : function.about->kernels)
        flops += kernel.flops * kernel.runs;
      return flops;
    };
    return stage.accumulate * (of(step) + (feed.isKeeping() ? 0 : phase.featuresFlops)) + (update ? of(*update) : 0);
  }

  void advance(int64_t steps) {
    for (int64_t i = 0; i < steps; ++i, ++done) {
      session.scalars.setStep(done, done);
      loss = {};
      for (int64_t number = 0; number < stage.accumulate; ++number) {
        // Features that are kept are copied anew, as in training.
        session.call(step, feed.inputFor(batch, done), done, number);
        if (i + 1 == steps)
          totals.addLoss(session.output(), loss, phase.loss);
      }
      if (update)
        session.call(*update, {}, done);
    }
  }

  double timed(int64_t steps) {
    double begin = now();
    advance(steps);
    return now() - begin;
  }

  const abi::Stage &stage;
  const abi::Phase &phase;
  const std::vector<std::string> &features;
  Callable step;
  std::optional<Callable> update;
  Session session;
  MetricTotals totals;
  MetricTotals::Loss loss;  // of the last step
  Feed feed;
  data::Batch batch; // the first records of the train split in a fixed order
  int64_t done = 0;
};

}  // namespace

void runBench(Context &context) {
  const std::vector<std::string> &operands = context.options.operands;
  if (operands.size() != 1)
    throw Error(exitUsage, "`bench` takes one stage, or one phase as `STAGE.PHASE`");
  size_t dot = operands[0].find('.');
  std::string stageName = operands[0].substr(0, dot), phaseName = dot == std::string::npos ? "" : operands[0].substr(dot + 1);
  std::vector<std::string> known;
  bool isFound = false;
  for (const abi::Stage &stage : context.program.stages) {
    for (const abi::Phase &phase : stage.phases) {
      known.push_back(stage.name + "." + phase.name);
      if (stage.name != stageName || (!phaseName.empty() && phase.name != phaseName))
        continue;
      isFound = true;
      StepBench bench(context, stage, phase);
      printResult(bench.run(context.options.seconds, context.options.rounds, context.team.size()).dump() + "\n");
    }
  }
  if (!isFound) {
    std::string list;
    for (const std::string &name : known)
      list += (list.empty() ? "`" : ", `") + name + "`";
    throw Error(exitUsage, "there is no `" + operands[0] + "` to time; " + (list.empty() ? "nothing here trains" : "there are " + list));
  }
}

}  // namespace tl::program
