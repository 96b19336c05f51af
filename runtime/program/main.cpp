// The main of every compiled program: reads the descriptor, then does what the command line asks.
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/io/Units.h"
#include "runtime/program/Bench.h"
#include "runtime/program/Board.h"
#include "runtime/program/CpuCheck.h"
#include "runtime/program/Drawings.h"
#include "runtime/program/Export.h"
#include "runtime/program/FirstWeights.h"
#include "runtime/program/Folding.h"
#include "runtime/program/Memory.h"
#include "runtime/program/MemoryNeed.h"
#include "runtime/program/OwnProgram.h"
#include "runtime/program/Predict.h"
#include "runtime/program/RateFind.h"
#include "runtime/program/Requirements.h"
#include "runtime/program/RunReport.h"
#include "runtime/program/Samples.h"
#include "runtime/program/Signals.h"
#include "runtime/program/TensorBoard.h"
#include "runtime/program/Terminal.h"
#include "runtime/program/Test.h"
#include "runtime/program/Trainer.h"
#include "runtime/program/Tuning.h"

#include <algorithm>
#include <cstdlib>
#include <malloc.h>
#include <set>
#include <tuple>

namespace tl::program {

// Answers that need neither data nor compiled code. True where one was asked for.
static bool answerAtOnce(const abi::Program &program, const Options &options) {
  if (options.help)
    printResult(helpText(program));
  else if (options.version)
    printResult(program.name + " " + program.digest + ", made by " + program.compiler + " from " + program.source +
                " for " + program.cpu + "\n");
  else if (options.phases)
    printResult(program.explain);
  else if (options.describe)
    printResult(nlohmann::ordered_json::parse(tlDescriptor).dump(2) + "\n");
  return options.help || options.version || options.phases || options.describe;
}

// What each stage of a run goes on from. Only the last of them may fall back behind a damaged checkpoint: what came
// after it was logged, and trained, from it as it was.
using Starts = std::map<std::string, checkpoint::Sound>;

static Starts findStarts(const Context &context, const std::string &run) {
  Starts starts;
  bool isLast = true;
  for (auto stage = context.program.stages.rbegin(); stage != context.program.stages.rend(); ++stage) {
    std::optional<checkpoint::Sound> start;
    if (isLast)
      start = checkpoint::newestSound(run, stage->name, [](const std::string &text) { printMessage("warning: " + text + "\n"); });
    else if (std::optional<std::string> newest = checkpoint::newest(run, stage->name))
      start = checkpoint::Sound{*newest, checkpoint::readState(*newest)};
    if (!start)
      continue;
    isLast = false;
    starts.emplace(stage->name, std::move(*start));
  }
  return starts;
}

// Lengths of the logs when the run last had everything saved: those of the first stage that is not finished, else the
// greatest.
static std::map<std::string, int64_t> loggedBytes(const Context &context, const Starts &starts) {
  std::map<std::string, int64_t> bytes;
  for (const abi::Stage &stage : context.program.stages) {
    auto start = starts.find(stage.name);
    if (start == starts.end())
      continue;
    const checkpoint::TrainingState &state = start->second.state;
    for (const auto &[log, length] : state.logBytes)
      bytes[log] = std::max(bytes[log], length);
    if (!state.finished)
      return state.logBytes;
  }
  return bytes;
}

static void reportStages(const Context &context, const RunFolder &run, const std::vector<const abi::Stage *> &stages) {
  nlohmann::ordered_json summary = run.summary();
  for (const abi::Stage *stage : stages) {
    const auto &entry = summary["stages"][stage->name];
    std::string line = "stage " + stage->name + ": " + (stage->phases.empty() ? "loaded" : withCommas(entry.value("steps", int64_t{0})) + " steps");
    for (const auto &[name, value] : entry.items())
      if (name != "steps" && value.is_number())
        line += ", " + name + format(" %.5g", value.get<double>());
    for (const abi::Kept &kept : stage->kept)
      if (const auto &all = kept.name == "best" ? entry : entry.value("bests", nlohmann::ordered_json::object()); all.contains(kept.name))
        line += "; " + kept.name + " " + abi::nameOf(kept.by) + " in checkpoint " + all[kept.name].value("checkpoint", "");
    if (!context.options.json)
      printResult(line + "\n");
  }
}

/// Runs a stage, and returns its steps. What it holds is let go.
static int64_t trainStage(Context &context, const RunFolder &run, RunLog &log, const abi::Stage &stage, const std::string &from) {
  if (stage.phases.empty()) {
    runLoadedStage(context, run, &log, stage);
    return 0;
  }
  Trainer trainer(context, run, &log, stage);
  trainer.run(from);
  return trainer.steps();
}

static void trainStages(Context &context, RunFolder &run, RunLog &log, const std::vector<const abi::Stage *> &stages, const Starts &starts, int64_t predicted) {
  int64_t before = 0; // steps of the stages before
  for (const abi::Stage &stage : context.program.stages) {
    auto start = starts.find(stage.name);
    bool isStarted = start != starts.end(), isAsked = std::find(stages.begin(), stages.end(), &stage) != stages.end();
    if (const abi::Folds *folds = abi::foldsOf(context.program, stage.name); folds && isAsked) {
      measureFolds(context, run, stage, *folds);
      refreshReport(run, log, predicted);
    }
    if (!isAsked) {
      before += isStarted ? start->second.state.stepInStage : 0;
    } else if (isStarted && start->second.state.finished) {
      Trainer::revisit(context, run, stage, start->second.state);
      printMessage("stage " + stage.name + " is finished already\n");
      before += start->second.state.stepInStage;
    } else {
      log.beginStage(before);
      const abi::Search *search = abi::searchOf(context.program, stage.name);
      before += search ? tuneStage(context, run, log, stage, *search) : trainStage(context, run, log, stage, isStarted ? start->second.folder : "");
      refreshReport(run, log, predicted);
    }
  }
  log.beginStage(before); // what is behind them all
}

/// In the terminal and, as a trace, in the run's folder.
static void tellProfile(Context &context, const RunFolder &run, int64_t predicted) {
  context.profile->stop();
  printMessage(format("memory: %.1f MiB predicted, %.1f MiB at the peak, besides what the profile holds\n", double(predicted) / (1 << 20),
                      double(peakResidentBytes() - context.profile->bytes()) / (1 << 20)));
  printMessage(context.profile->table(profile::measureCeilings(context.program.cpuFeatures)));
  std::string path = run.path() + "/trace.json";
  try {
    io::writeWhole(path, context.profile->trace());
    printMessage("what ran when is in " + path + ", for ui.perfetto.dev\n");
  } catch (const Error &error) {
    printMessage("warning: " + error.message + "\n"); // the run is through
  }
}

struct Asked {
  std::vector<const abi::Stage *> stages;
  std::vector<const abi::Test *> tests;
};

static Asked askedOf(const abi::Program &program, const Options &options) {
  Asked asked;
  for (const abi::Stage &stage : program.stages)
    if (options.command.empty() || options.command == stage.name)
      asked.stages.push_back(&stage);
  if (options.command.empty())
    for (const abi::Test &test : program.tests)
      asked.tests.push_back(&test);
  return asked;
}

/// The peak of whichever program a search may find.
static int64_t predictPeak(const Context &context, const Asked &asked, int64_t cacheBytes) {
  std::vector<const abi::Search *> searches;
  for (const abi::Stage *stage : asked.stages)
    if (const abi::Search *search = abi::searchOf(context.program, stage->name))
      searches.push_back(search);
  int64_t most = 0;
  for (const Variant *variant : context.variants.reachable(context.variant, searches)) {
    const auto [stages, tests] = askedOf(variant->program, context.options);
    most = std::max(most, predictPeakBytes(variant->program, stages, tests, context.holding, cacheBytes));
  }
  return most;
}

static int train(Context &context, const std::vector<std::string> &arguments) {
  const Asked asked = askedOf(context.program, context.options);
  const auto &[stages, tests] = asked;
  checkVaried(context, stages);
  checkFolds(context, stages);
  if (!context.options.isGiven("cache-budget"))
    context.options.cacheBytes = cacheBytesLeft(predictPeak(context, asked, 0));
  int64_t predicted = predictPeak(context, asked, context.options.cacheBytes);
  checkMemory(predicted);
  if (context.options.dryRun) {
    for (const abi::Stage *stage : stages)
      checkSteps(context, *stage);
    checkParts(context, stages);
    RunFolder run = RunFolder::forDryRun(context);
    for (const abi::Stage *stage : stages)
      if (stage->phases.empty())
        runLoadedStage(context, run, nullptr, *stage);
      else
        Trainer(context, run, nullptr, *stage).dryRun();
    return 0;
  }
  // Bad data is told before there is a folder for the run, that of the tests too, which is held only later.
  std::set<std::tuple<std::string, std::string, const abi::Data *>> measured; // data and split, and what was trained on
  for (const abi::Stage *stage : stages) {
    if (!stage->trainSplit.empty())
      context.records(context.data(stage->data), stage->trainSplit);
    if (!stage->valSplit.empty())
      context.dataset(context.data(stage->data), stage->valSplit);
    for (const abi::Beside &beside : stage->beside) {
      context.records(context.data(beside.data), beside.trainSplit);
      if (!beside.valSplit.empty())
        context.dataset(context.data(beside.data), beside.valSplit);
    }
    for (const abi::Data *trained : context.trainedOn(*stage)) {
      if (!stage->valSplit.empty())
        measured.emplace(stage->data, stage->valSplit, trained);
      for (const abi::Beside &beside : stage->beside)
        if (!beside.valSplit.empty())
          measured.emplace(beside.data, beside.valSplit, trained);
    }
    for (const abi::Phase &phase : stage->phases)
      context.balanced(*stage, phase);
    checkSteps(context, *stage);
  }
  for (const abi::Test *test : tests) {
    const abi::Stage &stage = context.stage(test->stage);
    std::vector<const abi::Data *> trained = context.trainedOn(stage);
    if (trained.empty())
      trained.push_back(nullptr);
    for (const abi::Data *each : trained)
      measured.emplace(test->data, test->split, each);
  }
  checkParts(context, stages);
  for (const auto &[data, split, trained] : measured)
    context.checkSource(context.data(data), split, trained);
  RunFolder run = RunFolder::forTraining(context, arguments);
  printMessage("run folder " + run.path() + ", " + std::to_string(context.team.size()) +
               (context.team.size() == 1 ? " thread\n" : " threads\n"));
  notePlan(context, run, stages);
  Starts starts = findStarts(context, run.path());
  RunLog log(run.path(), loggedBytes(context, starts), aboutRun(context));
  try {
    trainStages(context, run, log, stages, starts, predicted);
    reportStages(context, run, stages);
    const bool isWhole = context.options.command.empty();
    if ((!tests.empty() && !runTests(context, run, &log)) || (isWhole && !(noteSamples(context, run, log) && noteDrawings(context, run, log)))) {
      printMessage("stopped before the tests were through; all stages are saved; go on with `--resume=" + run.path() + "`\n");
      throw Stopped{stopSignal()};
    }
    log.show(0, {sessionEndValue(false)});
  } catch (const Settled &) {
    throw; // the other program says how it goes on
  } catch (const Stopped &) {
    refreshReport(run, log, predicted);
    throw;
  } catch (...) {
    noteFailure(log);
    refreshReport(run, log, predicted);
    throw;
  }
  refreshReport(run, log, predicted);
  if (context.options.json)
    printResult(run.summary().dump() + "\n");
  if (context.profile)
    tellProfile(context, run, predicted);
  return 0;
}

/// The run that a command goes on in or looks at; "" where it begins one or needs none.
static std::string runOf(const abi::Program &program, const Options &options) {
  const std::string &command = options.command;
  auto stage = std::find_if(program.stages.begin(), program.stages.end(), [&](const abi::Stage &each) { return each.name == command; });
  bool isTraining = command.empty() || stage != program.stages.end();
  bool begins = isTraining && !options.resume && !options.dryRun && (command.empty() || !startsFromStage(*stage));
  return begins || command == "bench" || command == "report" ? "" : runNamed(program, options);
}

static int obey(Context &context, const std::vector<std::string> &arguments) {
  const std::string &command = context.options.command;
  if (command == "bench") {
    runBench(context);
    return 0;
  }
  if (command == "export") {
    runExport(context, RunFolder::ofFinishedRun(context));
    return 0;
  }
  for (const abi::Deploy &deploy : context.program.deploys)
    if (command == deploy.name)
      return runPredict(context, deploy, RunFolder::ofFinishedRun(context));
  if (command == "test") {
    RunFolder run = RunFolder::ofFinishedRun(context);
    if (!runTests(context, run, nullptr))
      throw Stopped{stopSignal()};
    if (context.options.json)
      printResult(run.summary()["tests"].dump() + "\n");
    refreshReport(run);
    return 0;
  }
  if (command == "lr_find") {
    runRateFind(context);
    return 0;
  }
  if (command == "report") {
    runReport(context);
    return 0;
  }
  return train(context, arguments);
}

static int dispatch(const std::vector<std::string> &arguments) {
  Variants variants = ownPrograms();
  const abi::Program &program = variants.own().program;
  Options options = parseCommandLine(program, arguments);
  if (answerAtOnce(program, options))
    return 0;
  checkCpu(program.cpu, program.cpuFeatures);
  if (!options.data.empty())
    setenv("TL_DATA", options.data.c_str(), 1);
  watchSignals();
  while (true)
    try {
      const Variant &variant = variantOf(variants, runOf(program, options));
      checkParams(variant.program, options);
      if (!options.isGiven("data-budget"))
        options.dataBytes = dataBytesLeft();
      Context context(variants, variant, options);
      return obey(context, arguments);
    } catch (const Settled &settled) {
      options.resume = true;
      options.resumePath = settled.run;
    }
}

}  // namespace tl::program

int main(int count, char **arguments) {
  using namespace tl::program;
  // Large blocks go back to the machine when they are freed, so that the peak is what was planned.
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
  mallopt(M_ARENA_MAX, 1);
  try {
    return dispatch({arguments + 1, arguments + count});
  } catch (const tl::Error &error) {
    printError(error.message);
    return error.exitCode;
  } catch (const Stopped &stopped) {
    return 128 + stopped.signal;
  } catch (const std::bad_alloc &) {
    printError("out of memory");
    return 1;
  } catch (const std::exception &error) {
    printError(std::string("internal error: ") + error.what());
    return tl::exitInternal;
  }
}
