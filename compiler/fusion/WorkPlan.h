// What a function needs of memory between its kernels.
#pragma once
#include "compiler/fusion/Places.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tl {

/// A kernel, or a scan whose body is kernels.
bool isUnit(mlir::Operation *op);
/// What a value is called: itself and its reshapes.
llvm::SmallVector<mlir::Value> namesOf(mlir::Value value);

struct WorkPlan {
  int64_t bytes = 0;
  int64_t atOnce = 0; // what is taken when most is: no plan of this order is shorter
};

/// Orders the kernels of a function, whose variables and ports have their places, and gives every tensor between them one. `isSpacious`: no byte
/// holds two values.
WorkPlan planWork(mlir::func::FuncOp function, bool isSpacious, Places &known);

} // namespace tl
