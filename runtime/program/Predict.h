// Answers records with the deployed function: one from the command line, or JSON lines from standard input.
#pragma once
#include "runtime/program/RunFolder.h"

namespace tl::program {

/// Prints one line of JSON for each record. Returns 0, or 3 where some record was not what the function takes: the
/// others are answered all the same.
int runPredict(Context &context, const abi::Deploy &deploy, const RunFolder &run);

}  // namespace tl::program
