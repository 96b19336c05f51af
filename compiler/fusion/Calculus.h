// Reading tl ops without their classes: the kernels treat the calculus uniformly.
#pragma once
#include "compiler/calculus/Facts.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"
#include <optional>

namespace tl {

/// Which word of the calculus an op is; nullopt for an op of another dialect.
std::optional<Op> kindOf(mlir::Operation *op);
inline bool isKind(mlir::Operation *op, Op kind) { return op && kindOf(op) == kind; }

/// False of what no op computes, such as an argument of a scan's body.
bool isOf(mlir::Operation *op, Form form);
/// Is an op not computed point by point? A kernel has at most one such op.
inline bool isRoot(mlir::Operation *op) { return isOf(op, Form::Whole); }
/// The tensor behind all reshapes: the same bytes.
mlir::Value withoutReshapes(mlir::Value tensor);

llvm::SmallVector<int64_t> integers(mlir::Operation *op, llvm::StringRef attribute);
int64_t integer(mlir::Operation *op, llvm::StringRef attribute);
/// The loop numbers of a contraction's lhs, rhs and result.
llvm::SmallVector<llvm::SmallVector<int64_t>> contractIndices(mlir::Operation *contract);
/// The value of a splat constant.
double constantValue(mlir::Operation *constant);

llvm::ArrayRef<int64_t> shapeOf(mlir::Value tensor);
int64_t elementsOf(mlir::Value tensor);
mlir::Type elementOf(mlir::Value tensor);
/// bf16 and f16: what kernels store and never compute with.
inline bool isNarrowFloat(mlir::Type element) { return element.isBF16() || element.isF16(); }
/// Bytes in memory: i1 and u8 take one byte each.
int64_t bytesOf(mlir::Value tensor);

} // namespace tl
