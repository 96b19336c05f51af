// Trains one stage: phases, epochs, steps; measures, keeps the best, stops early, saves, resumes.
#pragma once
#include "runtime/checkpoint/KeptWeight.h"
#include "runtime/checkpoint/TrainingState.h"
#include "runtime/program/CachePlan.h"
#include "runtime/program/Evaluate.h"
#include "runtime/program/Feed.h"
#include "runtime/program/PhaseSampling.h"
#include "runtime/program/Progress.h"
#include "runtime/program/RunFolder.h"
#include "runtime/program/RunLog.h"

#include <memory>

namespace tl::program {

/// A signal asked to stop, and everything is saved.
struct Stopped {
  int signal;
};

/// Where the time of a stage went, in seconds.
struct TimeSplit {
  double start = 0, loader = 0, step = 0, evaluate = 0, save = 0;
};

class Trainer {
public:
  /// `log` may be null for a dry run.
  Trainer(Context &context, const RunFolder &run, RunLog *log, const abi::Stage &stage);

  /// Trains to the end of the stage, from the checkpoint in `resumeFolder` where one is given. Throws Stopped after a
  /// signal, and tl::Error with exit code 4 when the loss or a weight is no longer finite.
  /// `until`: stops before that, with the first epoch that ends at so many steps of the stage or more, and everything saved.
  void run(const std::string &resumeFolder, int64_t until = INT64_MAX);
  /// Steps of the stage so far.
  int64_t steps() const { return state.stepInStage; }
  /// Everything up to the first step, without a step: the weights that it loads are checked.
  void dryRun();
  /// A step of a training that nobody keeps: the value of the param, the rate that the optimizer had (the value where it has none), the loss.
  struct RateStep {
    double value, rate, loss;
  };
  /// The first steps of the stage's first phase, while a param grows from `low` to `high` by equal ratios. It ends early where the loss is no number, or `most` times the least.
  std::vector<RateStep> tryRates(const abi::Param &param, double low, double high, int64_t steps, double most);
  /// What a resume does with a stage that is finished: the same data as before is checked, leftovers are cleared away.
  static void revisit(Context &context, const RunFolder &folder, const abi::Stage &stage,
                      const checkpoint::TrainingState &state);
  /// That of a stage before its first step.
  static checkpoint::TrainingState firstState(Context &context, const abi::Stage &stage);
  /// Writes what a stage ended with into the run's summary.
  static void writeSummary(const RunFolder &folder, const abi::Stage &stage, const checkpoint::TrainingState &state);

  struct Plan {
    int64_t batchesPerEpoch, stepsPerEpoch, epochs, steps, lastStep;  // a step is one batch, or several that accumulate
  };
  static Plan planPhase(Context &context, const abi::Stage &stage, const abi::Phase &phase);
  static int64_t stageSteps(Context &context, const abi::Stage &stage);
  /// Epochs of the stage, where no phase stops early, and its steps when so many of them are over.
  static int64_t stageEpochs(Context &context, const abi::Stage &stage);
  static int64_t stepsAfter(Context &context, const abi::Stage &stage, int64_t epochs);
  /// Whether a state is that behind the end of an epoch, with `steps` of the stage or more, or of training. With the last step of an epoch that is not measured yet it is not.
  static bool hasCome(Context &context, const abi::Stage &stage, const checkpoint::TrainingState &state, int64_t steps);

private:
  void prepare();
  bool isOwnEvaluated() const { return !stage.valSplit.empty() && !stage.evaluateFunction.empty(); }
  void resume(const std::string &folder);
  void runPhase();
  /// The phase under way, or those that take turns, in their order.
  struct Round {
    std::vector<const abi::Phase *> phases;
    std::vector<Callable> steps;
    std::vector<std::optional<Callable>> updates; // of those that are not part of the step
  };
  Round roundOf(const abi::Phase &phase) const;
  int64_t callsSoFar(const Plan &plan) const;
  bool trainEpoch(const abi::Phase &phase, const Round &round, const Plan &plan, Feed &feed);
  MetricTotals::Loss trainStep(const Round &round, const Plan &plan, Feed &feed);
  bool isLogged(const Round &round) const;
  void callLogged(const abi::Phase &phase, memory::Arena input);
  void takeLogged(const Callable &function);
  std::string causeOf(const MetricTotals::Loss &loss, Feed &feed, int64_t position);
  void endEpoch(const abi::Phase &phase, const Plan &plan);
  std::vector<std::string> judge();
  std::optional<double> watched(const abi::Watch &watch) const;
  void advancePhase();
  void save();
  void keep();
  [[noreturn]] void stop(int signal);
  [[noreturn]] void diverged(const abi::Phase &phase, const std::string &what, const std::string &cause = "");
  std::string nextSteps() const;
  std::shared_ptr<const data::Sampling> samplingOf(const Plan &plan, const abi::Phase &phase);
  void announce(const abi::Phase &phase, const Plan &plan, const data::Sampling *sampling);
  ProgressPoint pointAt(const abi::Phase &phase, const Plan &plan, int64_t epochEnd) const;

  Context &context;
  const RunFolder &folder;
  RunLog *log;
  const abi::Stage &stage;
  const abi::Data &data;
  Session session;
  std::unique_ptr<Evaluator> validation;  // of the phase
  std::unique_ptr<MetricTotals> totals;  // of the epoch so far
  checkpoint::TrainingState state;
  Progress progress;
  std::string lastMetric;
  int64_t until = INT64_MAX;             // steps of the stage
  RunLog::Values logged;                 // of the last step, where it is logged
  TimeSplit time;
  const double begun;
  double epochStart = 0;
  int64_t epochStartStep = 0;
};

/// What keeps `--resume` from going on with other values than a checkpoint was made with.
std::map<std::string, checkpoint::Real> recordedValues(const Context &context);

}  // namespace tl::program
