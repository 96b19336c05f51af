// Pointwise work that is done again by each of its users rather than stored.
#pragma once
#include "compiler/fusion/Calculus.h"
#include "llvm/ADT/DenseSet.h"

namespace tl {

/// A number in every place.
bool isConstant(mlir::Value value);
/// Cheap work on what is not much larger than its result, of which nothing is in `stored`: to do it again is to read as much
/// as its result would be, and to store nothing.
llvm::DenseSet<mlir::Operation *> repeatedWork(mlir::Block &block, const llvm::DenseSet<mlir::Operation *> &stored);

} // namespace tl
