// The weights that a stage starts from.
#pragma once
#include "runtime/program/Progress.h"
#include "runtime/program/RunFolder.h"
#include "runtime/program/RunLog.h"
#include "runtime/program/Session.h"

namespace tl::program {

/// Gives every variable its first value: as it is declared, what is fitted, then what is loaded of earlier stages of the run and of files. Each load is told.
void startStage(Context &context, const RunFolder &run, const abi::Stage &stage, Session &session, Progress &progress);

/// All that a stage without phases is: it has the weights that its model loads, which become its last checkpoint, so that a run answers, is tested and
/// exported without the files that they came from. `log` is that of the run, null for a dry run, which saves nothing.
void runLoadedStage(Context &context, const RunFolder &run, RunLog *log, const abi::Stage &stage);

}  // namespace tl::program
