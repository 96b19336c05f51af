// What models that continue a text write, for the report of their run.
#pragma once
#include "runtime/program/RunFolder.h"
#include "runtime/program/RunLog.h"

namespace tl::program {

/// Of each deployed function that `repeats`: continues the beginnings of a few texts of its data, of val where there is one, and notes them in the summary:
/// "samples": {"lm.last write": [{"given": "ROMEO:", "written": …}]}. Each is drawn by the run's seed. False where a signal stopped it on the way.
bool noteSamples(Context &context, const RunFolder &run, RunLog &log);

} // namespace tl::program
