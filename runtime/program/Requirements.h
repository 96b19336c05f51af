// What declarations of the script require of run-time values is checked before anything is computed.
#pragma once
#include "runtime/program/Context.h"

namespace tl::program {

/// Of params: a tl::Error with exit code 2.
void checkParams(const abi::Program &program, const Options &options);

/// Of the number of steps of the stage's phases: a tl::Error with exit code 2. Not asked of a trial, whose phases are cut short.
void checkSteps(Context &context, const abi::Stage &stage);

}  // namespace tl::program
