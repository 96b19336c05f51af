// The door into the kernels room: from kernels that have a place to loops over vectors.
#pragma once
#include "mlir/Pass/Pass.h"

namespace tl {

#define GEN_PASS_DECL
#include "compiler/kernels/Passes.h.inc"

void registerKernelPasses();

} // namespace tl
