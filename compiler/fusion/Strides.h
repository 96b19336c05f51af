// Tensors that are another tensor in memory read at other strides.
#pragma once
#include "compiler/fusion/Calculus.h"

namespace tl {

/// A tensor as elements of another: element (i, j, …) is element `offset + i·strides[0] + j·strides[1] + …` of `base`.
struct StridedView {
  mlir::Value base;
  llvm::SmallVector<int64_t> strides;
  int64_t offset = 0;
};

/// A tensor as itself, row by row.
StridedView wholeView(mlir::Value tensor);
/// Looks through transposes, slices, broadcasts and windows, as deep as it goes.
StridedView stridedView(mlir::Value tensor);

/// The last axis longer than one, along which lanes go; -1 for a single element.
int64_t laneAxis(llvm::ArrayRef<int64_t> shape);

} // namespace tl
