// The kernels of a program, told to the descriptor, so that a profile can name them.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include "runtime/abi/Descriptor.h"

namespace tl {

/// Fills in Function::kernels and Program::places from a module whose kernels are not yet emitted: each number is that by which the emitted
/// function says what it is at.
void describeKernels(mlir::ModuleOp planned, abi::Program &program);

} // namespace tl
