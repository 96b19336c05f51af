// What the passes made of training steps and evaluations, told to the descriptor.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include "runtime/abi/Descriptor.h"

namespace tl {

/// Adds the functions that `tl-cache-features` and `tl-part-logged` parted from steps and evaluations, renews the ports of these, and says in
/// each phase what became of it.
void describeParted(mlir::ModuleOp module, abi::Program &program);

} // namespace tl
