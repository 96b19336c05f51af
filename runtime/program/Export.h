// `./prog export STAGE.best FILE.safetensors`: the weights of a run for other programs.
#pragma once
#include "runtime/program/RunFolder.h"

namespace tl::program {

/// Writes the parameters and buffers of the checkpoint, each named by its path with dots only: `net.0.w` of `net[0].w`.
void runExport(Context &context, const RunFolder &run);

}  // namespace tl::program
