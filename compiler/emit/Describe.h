// What became of a module on its way to kernels, told to the descriptor.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include "runtime/abi/Descriptor.h"

namespace tl {

/// Takes from a module whose memory is planned where everything lies: Variable::offset and Stage::variablesBytes of every stage,
/// the ports and bytes of every function. Adds the functions that `tl-cache-features` and `tl-part-logged` parted from steps and
/// evaluations, and says in each phase what became of it.
void describe(mlir::ModuleOp planned, abi::Program &program);

} // namespace tl
