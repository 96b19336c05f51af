// What happens between two epochs: measuring, judging, telling, and whether the phase goes on.
#include "runtime/program/Trainer.h"
#include "runtime/abi/Turns.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/io/Units.h"
#include "runtime/program/Board.h"
#include "runtime/program/Signals.h"
#include "runtime/program/Terminal.h"

#include <algorithm>
#include <cmath>

namespace tl::program {

using Json = nlohmann::ordered_json;

std::optional<double> Trainer::watched(const abi::Watch &watch) const {
  if (watch.split == "train")
    return totals->value(watch.metric);
  return validation ? validation->totals().value(watch.metric) : std::nullopt;
}

/// `before` null: nothing was measured yet. A NaN is never the best: every comparison with it is false.
static bool isBetter(double value, const abi::Watch &watch, const checkpoint::Real *before) {
  return before ? (watch.higher ? value > *before : value < *before) : !std::isnan(value);
}

/// Which of them this epoch is the best of so far.
std::vector<std::string> Trainer::judge() {
  std::vector<std::string> names;
  for (const abi::Kept &kept : stage.kept) {
    auto before = state.bests.find(kept.name);
    if (std::optional<double> value = watched(kept.by); value && isBetter(*value, kept.by, before == state.bests.end() ? nullptr : &before->second.value)) {
      state.bests[kept.name] = {*value, checkpoint::checkpointName(stage.name, state.stepInStage)};
      names.push_back(kept.name);
    }
  }
  return names;
}

/// Whether the weights are shown after an epoch that is not the last: so that a log keeps to a size, however many a phase has.
static bool isShown(int64_t epoch, int64_t epochs) {
  constexpr int64_t most = 32;
  return epoch % ((epochs + most - 1) / most) == 0;
}

void Trainer::endEpoch(const abi::Phase &phase, const Plan &plan) {
  const std::string name = abi::nameOf(abi::roundOf(stage, phase));
  double begin = now();
  double trainSeconds = begin - epochStart;
  if (validation && !validation->run())
    stop(stopSignal());
  time.evaluate += now() - begin;

  RunLog::Values values;
  std::string text;
  auto collect = [&](const std::string &split, const MetricTotals &from) {
    for (const auto &[metric, value] : from.numbers()) {
      values.emplace_back(split + "." + metric, value);
      text += "  " + split + "." + metric + format(" %.5g", value);
    }
  };
  collect("train", *totals);
  if (validation)
    collect("val", validation->totals());

  ++state.epoch;
  state.loaderPosition = state.epoch * plan.batchesPerEpoch;
  const std::vector<std::string> best = judge();
  state.notes.clear();
  for (const auto &[metric, value] : values)
    state.notes[metric] = value;
  for (const std::string &kept : best)
    text += kept == "best" ? "  best" : "  best " + kept;
  bool isStopping = false;
  if (phase.stopEarly.enabled)
    if (std::optional<double> value = watched(phase.stopEarly)) {
      ++state.epochsWithoutImprovement;
      if (isBetter(*value, phase.stopEarly, state.hasStopBest ? &state.stopBest : nullptr)) {
        state.hasStopBest = true;
        state.stopBest = *value;
        state.epochsWithoutImprovement = 0;
      }
      isStopping = state.epochsWithoutImprovement >= std::max<int64_t>(1, phase.stopEarly.patience);
    }

  Json head = {{"event", "epoch"}, {"stage", stage.name}, {"phase", name}, {"epoch", state.epoch}, {"step", state.stepInStage}};
  for (const std::string &kept : best)
    if (kept == "best")
      head["best"] = true;
    else
      head["bests"].push_back(kept);
  log->write(head, stage.name, state.stepInStage, values);
  int64_t steps = state.stepInPhase - epochStartStep;
  double samplesPerSecond = trainSeconds > 0 ? double(steps * stage.batch * stage.accumulate) / trainSeconds : 0;
  log->writeTiming({{"stage", stage.name}, {"phase", name}, {"epoch", state.epoch}, {"steps", steps}, {"seconds", trainSeconds}, {"evaluation", now() - begin}, {"samples_per_second", samplesPerSecond}});
  progress.say(stage.name + "/" + name + format(" epoch %ld/%ld", long(state.epoch), long(plan.epochs)) + text +
               "  " + withCommas(int64_t(samplesPerSecond)) + " samples/s  " + durationText(now() - epochStart));
  if (validation && !validation->totals().numbers().empty()) {
    const auto numbers = validation->totals().numbers();
    lastMetric = "val." + numbers.back().first + format(" %.5g", numbers.back().second);
  }

  totals->clear();
  if (isStopping)
    progress.say("phase " + stage.name + "/" + name + " stops early: " + phase.stopEarly.split + "." +
                 phase.stopEarly.metric + " has not improved on " + numberText(state.stopBest) + " for " +
                 std::to_string(state.epochsWithoutImprovement) + " epochs");
  const bool isLast = isStopping || state.stepInPhase >= plan.lastStep;
  if (!context.isBesideRun && (isLast || isShown(state.epoch, plan.epochs)))
    showWeights(*log, stage, abi::roundOf(stage, phase), session.variables(), state.stepInStage);
  if (isLast)
    advancePhase();
  save();
}

void Trainer::advancePhase() {
  state.phase += int64_t(abi::roundOf(stage, stage.phases[size_t(state.phase)]).size());
  state.epoch = state.stepInPhase = state.loaderPosition = 0;
  state.hasStopBest = false;
  state.stopBest = 0;
  state.epochsWithoutImprovement = 0;
  state.finished = state.phase == int64_t(stage.phases.size());
}

}  // namespace tl::program
