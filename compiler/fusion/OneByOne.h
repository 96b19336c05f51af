// What a sum's kernel should not compute of what it has summed.
#pragma once
#include "compiler/fusion/Calculus.h"
#include "llvm/ADT/STLExtras.h"

namespace tl {

/// Sums along the innermost axis come one by one. A polynomial of each waits for its own steps, and of a vector of them takes no longer: it is worth a kernel of its own.
/// `root`: null, or what the kernel is around.
inline bool wouldRunOneByOne(mlir::Operation *op, mlir::Operation *root) {
  constexpr int64_t leastElements = 16; // fewer are no vector
  bool isReduction = isKind(root, Op::ReduceSum) || isKind(root, Op::ReduceMax);
  return isReduction && factsOf(*kindOf(op)).cost == Cost::Series && elementsOf(op->getResult(0)) >= leastElements &&
         llvm::is_contained(integers(root, "axes"), int64_t(shapeOf(root->getOperand(0)).size()) - 1);
}

} // namespace tl
