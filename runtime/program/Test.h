// Runs the script's `test` declarations on a finished run.
#pragma once
#include "runtime/program/RunFolder.h"
#include "runtime/program/RunLog.h"

namespace tl::program {

/// Runs every test, prints its report as results, and writes it into the run's summary; records that it lists into the log too, where there is one. False where a signal stopped it.
bool runTests(Context &context, const RunFolder &run, RunLog *log);

}  // namespace tl::program
