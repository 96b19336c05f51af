// The kernels of a program, told to the descriptor, so that a profile can name them.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include "runtime/abi/Descriptor.h"
#include <map>
#include <string>

namespace tl {

/// Operations of what functions compute again, by function and by the line that asks for it.
std::map<std::string, std::map<std::string, int64_t>> computedAgain(mlir::ModuleOp planned);

/// Fills in Function::kernels and Program::places from a module whose kernels are not yet emitted: each number is that by which the emitted
/// function says what it is at.
void describeKernels(mlir::ModuleOp planned, abi::Program &program);

} // namespace tl
