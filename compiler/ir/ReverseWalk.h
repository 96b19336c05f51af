// Handing gradients back from op to op within a block: how a loss, and how a step of a scan, is differentiated.
#pragma once
#include "compiler/ir/TlDialect.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace tl::ir {

/// The gradient of a value with few digits is of the type that such are computed in.
inline bool carriesGradient(mlir::Value value) { return isReal(typeOf(value).dtype); }

class ReverseWalk {
public:
  /// Over the ops of `block` up to `last` (null: none), through the values that depend on `roots` by real numbers and
  /// ops that hand gradients on. What rules build stands where `b` is.
  ReverseWalk(mlir::Block &block, mlir::Operation *last, mlir::ValueRange roots, mlir::OpBuilder &b);

  /// A contribution to the gradient of a value. Contributions are added in the order in which they come.
  void add(mlir::Value value, mlir::Value grad);
  /// From `last` to the first op: operands stand above their users, so when an op is met all uses of its results have
  /// contributed.
  mlir::LogicalResult run();
  /// Null: nothing contributed.
  mlir::Value gradientOf(mlir::Value value) const { return grads.lookup(value); }

private:
  mlir::LogicalResult step(mlir::Operation *op);

  mlir::Block &block;
  mlir::Operation *last;
  mlir::OpBuilder &b;
  llvm::DenseSet<mlir::Value> active;
  llvm::DenseMap<mlir::Value, mlir::Value> grads;
};

} // namespace tl::ir
