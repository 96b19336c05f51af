// Where a stage has folds: what it comes to on parts of its records that it has not seen, before it is trained.
#pragma once
#include "runtime/program/RunFolder.h"

namespace tl::program {

/// Trains the stage once for each part, or what is left of that, and prints what each has measured, their mean and their deviation; the run has them in its summary under
/// "folds". Where it has them already, it says so. A tl::Error with exit code 4 where one diverges; Stopped after a signal.
void measureFolds(Context &context, RunFolder &run, const abi::Stage &stage, const abi::Folds &folds);

/// That nobody asks for a profile of a stage with folds: an error.
void checkFolds(const Context &context, const std::vector<const abi::Stage *> &stages);

/// That the records of all stages with folds can be shared out to so many parts, each with enough on the other side: an error that says where the script asks for them.
void checkParts(Context &context, const std::vector<const abi::Stage *> &stages);

} // namespace tl::program
