// Trials of a search: trainings side by side, each with settings and perhaps a program of its own.
#pragma once
#include "runtime/program/Trainings.h"
#include "runtime/tune/Search.h"

namespace tl::program {

class Trials {
public:
  Trials(Context &context, RunFolder &run, const abi::Stage &stage, const abi::Search &search, Trainings::Room room)
      : context(context), run(run), stage(stage), search(search), trainings(context, run, stage, "the search", room) {}

  /// What the trial has come to already, and can still be read, is not trained again.
  void begin(const tune::Order &order);
  /// What the trial has come to behind the job, which is waited for: the value of the search's goal at the checkpoint that it would leave; NaN where training diverged.
  /// Throws what went wrong otherwise, and Stopped after a signal, when all have saved.
  double valueAfter(const tune::Job &job);

  /// The trial's folder, below that of the run.
  std::string folder(int64_t trial) const;
  /// The epochs of a whole trial with these settings; of those of the command line and the script where there are none.
  int64_t epochs(const std::vector<double> &values);

private:
  /// Of the program that these settings ask for.
  Context &contextOf(const std::vector<double> &values);
  /// What the trial has saved last; none where it has saved nothing, or a loss of power has taken or damaged what belongs to it: it is then removed.
  std::optional<checkpoint::TrainingState> saved(int64_t trial);
  bool isDone(const tune::Order &order);
  double valueOf(int64_t trial) const;
  std::vector<double> paramsWith(const std::vector<double> &values) const;

  Context &context;
  RunFolder &run;
  const abi::Stage &stage;
  const abi::Search &search;
  std::map<const Variant *, std::unique_ptr<Context>> others; // programs with other dims
  Trainings trainings;
  std::vector<std::pair<tune::Job, std::optional<size_t>>> begun; // and the number of its training; none: it had been trained before
};

} // namespace tl::program
