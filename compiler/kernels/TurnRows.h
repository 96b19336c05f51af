// Vectors as the rows of a square that is turned in registers.
#pragma once
#include "compiler/kernels/LoopNest.h"

namespace tl {

/// The columns of the square whose rows are given, one for each lane.
llvm::SmallVector<mlir::Value> turned(LoopNest &nest, llvm::SmallVector<mlir::Value> rows);
/// Stores `width` columns of the square whose rows are given, one for each lane, `toStride` apart: of each, `storedLanes` lanes.
void storeTurned(LoopNest &nest, llvm::SmallVector<mlir::Value> rows, mlir::Value target, mlir::Value to, int64_t toStride, int64_t width, int64_t storedLanes);

} // namespace tl
