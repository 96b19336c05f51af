// What freezing wins: the arithmetic of a step's gradients as it is, and as it were if nothing were frozen.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include <map>
#include <string>

namespace tl {

/// Floating-point operations of one step, without the optimizer's.
struct StepArithmetic {
  int64_t forward = 0;          // up to the loss
  int64_t backward = 0;         // from the loss to the gradients
  int64_t backwardOfAll = 0;    // the same, were every parameter trained
};

/// Of every function that takes gradients, by name. `emitted` is as `emit` made it and stays so.
std::map<std::string, StepArithmetic> weighFreezing(mlir::ModuleOp emitted);

} // namespace tl
