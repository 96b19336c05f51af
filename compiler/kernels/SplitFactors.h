// Factors of f32 in three parts of bf16, as tile registers multiply them: panels of columns and copies of rows, a plane of each part.
#pragma once
#include "compiler/kernels/ContractPanel.h"

namespace tl {

/// As `packPanels` and `copyLeft`, where the plan `isSplit`.
void packSplit(LoopNest &nest, const ContractPlan &plan, mlir::Value start, mlir::Value panel, llvm::function_ref<void(PackTile)> forTiles);
void copySplit(LoopNest &nest, const ContractPlan &plan, mlir::Value from, int64_t rows, mlir::Value copied);

} // namespace tl
