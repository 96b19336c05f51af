// Factors of products that have few digits, in a form that kernels multiply.
#pragma once
#include "compiler/ir/Build.h"
#include "llvm/ADT/DenseMap.h"

namespace tl {

/// What a step of a scan would make of a constant again and again is made once, before the scan; anything else, where it is needed.
mlir::Value madeOnce(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, llvm::function_ref<mlir::Value(ir::Build, mlir::Value)> make);

/// Factors are made once for all products that read them, below the views that they read them through.
class Factors {
public:
  /// The same numbers as f32.
  mlir::Value wide(mlir::Value factor);

  /// How many numbers must be moved before those of `axis` lie in pairs; nullopt: they cannot.
  static std::optional<int64_t> movedForPairs(mlir::Value factor, int64_t axis);
  /// The same numbers with `axis` half as long and the two of each pair along a last axis: those of a pair lie side by side. The last of an odd number
  /// has a zero beside it.
  mlir::Value inPairs(mlir::Value factor, int64_t axis);

private:
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, mlir::Value> paired;
  llvm::DenseMap<mlir::Value, mlir::Value> widened;
};

} // namespace tl
