// Parts of a contraction's operands, copied for the tiles that read them: columns of the right side, rows of the left.
#pragma once
#include "compiler/kernels/ContractPlan.h"
#include "compiler/kernels/LoopNest.h"

namespace tl {

llvm::SmallVector<int64_t> sizesOf(llvm::ArrayRef<ContractPlan::Loop> loops);
/// start + Σ index · stride over the loops.
mlir::Value sumOf(IndexMath &math, mlir::Value start, llvm::ArrayRef<ContractPlan::Loop> loops, const Point &indices,
                  int64_t ContractPlan::Loop::*stride);

/// Copies the `vectors` vectors of columns from `column` on, of which the last has `lastLanes`, to `panelAt` in `panel`.
void packPanel(LoopNest &nest, const ContractPlan &plan, const Point &batch, mlir::Value column, int64_t vectors, int64_t lastLanes,
               mlir::Value panel, mlir::Value panelAt);
/// Copies `rows` rows of the left side from `from` on, the plan's `copiedRow` apart.
void copyRows(LoopNest &nest, const ContractPlan &plan, mlir::Value from, int64_t rows, mlir::Value copied);

} // namespace tl
