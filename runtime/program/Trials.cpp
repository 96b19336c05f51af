// Trials of a search: trainings side by side, each with settings of its own.
#include "runtime/program/Trials.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/program/Terminal.h"
#include "runtime/program/Trainer.h"

#include <algorithm>
#include <cmath>

namespace tl::program {

static int64_t epochsUntilLast(const Trainer::Plan &plan) { return (plan.lastStep + plan.stepsPerEpoch - 1) / plan.stepsPerEpoch; }

int64_t Trainer::stageEpochs(Context &context, const abi::Stage &stage) {
  int64_t epochs = 0;
  for (const abi::Phase &phase : stage.phases)
    epochs += phase.turn == 0 ? epochsUntilLast(planPhase(context, stage, phase)) : 0;
  return epochs;
}

int64_t Trainer::stepsAfter(Context &context, const abi::Stage &stage, int64_t epochs) {
  int64_t steps = 0;
  for (const abi::Phase &phase : stage.phases) {
    if (phase.turn > 0)
      continue;
    Plan plan = planPhase(context, stage, phase);
    steps += std::min(std::max<int64_t>(0, epochs) * plan.stepsPerEpoch, plan.lastStep);
    epochs -= epochsUntilLast(plan);
  }
  return steps;
}

std::string Trials::folder(int64_t trial) const { return "tune/" + stage.name + format("/trial-%03ld", long(trial)); }

std::vector<double> Trials::paramsWith(const std::vector<double> &values) const {
  std::vector<double> params = context.options.params;
  for (size_t i = 0; i < values.size(); ++i)
    for (size_t j = 0; j < params.size(); ++j)
      if (context.program.params[j].name == search.settings[i].name)
        params[j] = values[i];
  return params;
}

Context &Trials::contextOf(const std::vector<double> &values) {
  const Variant &variant = context.variants.ofTrial(context.variant, search, values);
  if (&variant == &context.variant)
    return context;
  std::unique_ptr<Context> &place = others[&variant];
  if (!place)
    place = std::make_unique<Context>(context, variant);
  return *place;
}

int64_t Trials::epochs(const std::vector<double> &values) {
  Context &own = contextOf(values);
  std::vector<double> before = std::exchange(own.options.params, paramsWith(values));
  int64_t epochs = Trainer::stageEpochs(own, own.stage(stage.name));
  own.options.params = std::move(before);
  return epochs;
}

/// Steps of the stage at which a job ends.
static int64_t lastStepOf(Context &context, const abi::Stage &stage, const tune::Job &job) {
  return job.to == tune::Job::end ? INT64_MAX : Trainer::stepsAfter(context, stage, job.to);
}

/// Whether the best checkpoints are there as they were saved, and the logs as far as the state counts on them.
static bool isWhole(const std::string &folder, const checkpoint::TrainingState &state) {
  if (!std::all_of(state.bests.begin(), state.bests.end(), [&](const auto &best) { return checkpoint::isSound(checkpoint::checkpointFolder(folder, best.second.checkpoint)); }))
    return false;
  return std::all_of(state.logBytes.begin(), state.logBytes.end(), [&](const auto &log) {
    const std::string path = io::joinPath(folder, log.first);
    return io::isFile(path) && io::File::openRead(path).size() >= log.second;
  });
}

std::optional<checkpoint::TrainingState> Trials::saved(int64_t trial) {
  const std::string path = run.file(folder(trial));
  try {
    std::optional<checkpoint::Sound> found = checkpoint::newestSound(path, stage.name, [](const std::string &) {});
    if (!found || isWhole(path, found->state))
      return found ? std::optional(std::move(found->state)) : std::nullopt;
  } catch (const Error &) { // NOLINT(bugprone-empty-catch)
    // No checkpoint can be read.
  }
  printMessage("warning: trial " + std::to_string(trial) + " of `" + stage.name + "` is trained again, as what it had saved is damaged or gone\n");
  io::removeAll(path);
  return std::nullopt;
}

bool Trials::isDone(const tune::Order &order) {
  std::optional<checkpoint::TrainingState> newest = saved(order.job.trial);
  if (!newest)
    return false;
  const checkpoint::TrainingState &state = *newest;
  Context &own = contextOf(order.values);
  const abi::Stage &trained = own.stage(stage.name);
  int64_t last = lastStepOf(own, trained, order.job);
  if (state.stepInStage > last)
    throw badData("`" + run.file(folder(order.job.trial)) + "` has trained further than its search has decided; remove `" + run.file("tune/" + stage.name) + "` to search anew, or start a new run with another `--out`");
  return Trainer::hasCome(own, trained, state, last);
}

void Trials::begin(const tune::Order &order) {
  std::optional<size_t> number;
  if (!isDone(order))
    number = trainings.begin({"trial " + std::to_string(order.job.trial) + " of `" + stage.name + "`", folder(order.job.trial), [this, order]() -> Trainings::Task {
                                Context &own = contextOf(order.values);
                                own.options.params = paramsWith(order.values);
                                return {own, lastStepOf(own, own.stage(stage.name), order.job)};
                              },
                              true});
  begun.emplace_back(order.job, number);
}

double Trials::valueOf(int64_t trial) const {
  const checkpoint::TrainingState state = Trainings::left(run, folder(trial), stage);
  auto found = state.notes.find(search.goal.split + "." + search.goal.metric);
  if (found == state.notes.end())
    throw Error(exitInternal, "`" + run.file(folder(trial)) + "` has no value of `" + search.goal.split + "." + search.goal.metric + "`");
  return found->second;
}

double Trials::valueAfter(const tune::Job &job) {
  auto found = std::find_if(begun.begin(), begun.end(), [&](const auto &each) { return each.first == job; });
  if (found == begun.end())
    throw Error(exitInternal, "the search of stage `" + stage.name + "` waits for trial " + std::to_string(job.trial) + ", which nobody trains");
  std::optional<size_t> number = found->second;
  begun.erase(found);
  return !number || trainings.finish(*number) ? valueOf(job.trial) : NAN;
}

} // namespace tl::program
