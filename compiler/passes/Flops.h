// How much arithmetic ops of the calculus ask for, before kernels are chosen: for weighing one form of a function against another.
#pragma once
#include "compiler/ir/TlDialect.h"

namespace tl {

/// An attribute of a product that stands for one of so many operations.
inline constexpr llvm::StringLiteral standsFor = "tl.stands_for";

/// Floating-point operations: two for each product that is summed, one for each element of what is pointwise or summed up.
/// Moving numbers is free.
int64_t flopsOf(mlir::Operation *op);
int64_t flopsOf(mlir::Block &body);

} // namespace tl
