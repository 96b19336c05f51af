// A kernel of what is made of a square.
#pragma once
#include "compiler/fusion/Squares.h"

namespace tl {

/// What is known of a square in its function.
struct SquareParts {
  const SquareAxes &axes;
  ir::ReduceMaxOp top;
  ir::ReduceSumOp total;
  llvm::function_ref<bool(mlir::Value)> isMade; // does a value for each place depend on a product that makes the square?
};

/// A kernel that gives `results`, with a copy of all that they need of the square; what it replaces stays where it is. Kernels of means go
/// through softmax themselves; others are given the greatest score and the sum of each row.
kernel::RunOp outlineSquare(const SquareParts &square, llvm::ArrayRef<mlir::Value> results, bool areMeans);

} // namespace tl
