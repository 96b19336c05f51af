// What the passes made of a training step, told to the descriptor.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include "runtime/abi/Descriptor.h"

namespace tl {

/// Adds the functions that `tl-cache-features` parted from steps, renews the inputs of those steps, and says in each phase
/// what became of it.
void describeFeatures(mlir::ModuleOp module, abi::Program &program);

} // namespace tl
