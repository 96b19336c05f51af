// What models that continue a text write, for the report of their run.
#pragma once
#include "runtime/program/RunFolder.h"

namespace tl::program {

/// Of each deployed function that `repeats`: continues the beginnings of a few texts of its data, of val where there is one, and notes them in the summary:
/// "samples": {"lm.last write": [{"given": "ROMEO:", "written": …}]}. Each is drawn by the run's seed. A run does not fail for it.
void noteSamples(Context &context, const RunFolder &run);

} // namespace tl::program
