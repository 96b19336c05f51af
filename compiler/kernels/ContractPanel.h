// Parts of a contraction's operands, copied for the tiles that read them: columns of the right side, rows of the left.
#pragma once
#include "compiler/fusion/ContractPlan.h"
#include "compiler/kernels/LoopNest.h"

namespace tl {

llvm::SmallVector<int64_t> sizesOf(llvm::ArrayRef<ContractPlan::Loop> loops);
/// start + Σ index · stride over the loops.
mlir::Value sumOf(IndexMath &math, mlir::Value start, llvm::ArrayRef<ContractPlan::Loop> loops, const Point &indices,
                  int64_t ContractPlan::Loop::*stride);

/// `count` neighbours of the right side: from memory, or of a weight that is kept in fewer bits as they are made of it.
mlir::Value loadRight(LoopNest &nest, const ContractPlan &plan, mlir::Value at, int64_t count);
/// Asks for a line of the left side; for its last where that lies past it.
void askForLeft(LoopNest &nest, const ContractPlan &plan, mlir::Value at);

/// Copies the `vectors` vectors of columns from `column` on, of which the last has `lastLanes`, to `panelAt`.
using PackTile = llvm::function_ref<void(mlir::Value column, int64_t vectors, int64_t lastLanes, mlir::Value panelAt)>;
/// Copies tiles of columns of the right side, whose first starts at `start`, to `panel`: those that `forTiles` calls what it is given for.
void packPanels(LoopNest &nest, const ContractPlan &plan, mlir::Value start, mlir::Value panel, llvm::function_ref<void(PackTile)> forTiles);
/// Asks for what will be copied to a panel next: of the columns from `at` on in the right side, a share for each of `shares` tiles.
void askForPanel(LoopNest &nest, const ContractPlan &plan, mlir::Value at, mlir::Value share, int64_t shares);
/// Copies the rows of `tiles` tiles, of which the last has `lastRows`, from `from` on in the left side; see the plan's `copies`.
void copyLeft(LoopNest &nest, const ContractPlan &plan, mlir::Value from, int64_t tiles, int64_t lastRows, mlir::Value copied);

} // namespace tl
