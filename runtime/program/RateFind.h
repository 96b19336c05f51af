// `./prog lr_find STAGE`: which learning rate to begin with.
#pragma once
#include "runtime/program/RunFolder.h"

namespace tl::program {

/// Prints the curve, a suggestion and why. With `--run`, or where there is a run, weights of earlier stages are its, and its report has the curve.
void runRateFind(Context &context);

} // namespace tl::program
