// Runs the script's `test` declarations on a finished run.
#pragma once
#include "runtime/program/RunFolder.h"

namespace tl::program {

/// Runs every test, prints its report as results, and writes it into the run's summary. False where a signal stopped it.
bool runTests(Context &context, const RunFolder &run);

}  // namespace tl::program
