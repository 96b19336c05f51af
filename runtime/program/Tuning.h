// Where a stage has a search: trials in place of one training, and the winner's checkpoints as the stage's own.
#pragma once
#include "runtime/program/RunFolder.h"
#include "runtime/program/RunLog.h"

namespace tl::program {

/// A search has found a program with other dims. The run's folder says so, and whoever takes the run up again with that program goes on from there.
struct Settled {
  std::string run;
};

/// Searches, or goes on where the run's journal ends, and returns the winner's steps. The run has then the winner's lines in its logs, its checkpoints, and in its
/// summary, under "tune", every trial. A tl::Error with exit code 4 where all trials have diverged; Stopped after a signal, and
/// Settled where the winner has other dims than this program: nothing is the stage's own then.
int64_t tuneStage(Context &context, RunFolder &run, RunLog &log, const abi::Stage &stage, const abi::Search &search);

/// A flag says what a search is to find out, unless another of the stages that are trained may read the param, or asks for a profile of it: an error.
void checkVaried(const Context &context, const std::vector<const abi::Stage *> &stages);

} // namespace tl::program
