// Loops of a product's tile that stay as they are written.
#pragma once
#include "compiler/fusion/Target.h"
#include "mlir/IR/Builders.h"

namespace tl {

/// Marks the loop at hand, and those around it that carry nothing but a tile's `sums`: of two steps in one, LLVM puts loads and sums into an
/// order that waits for sums, or keeps them on the stack. Few sums leave room for two steps.
void keepRolled(mlir::OpBuilder &b, int64_t sums, const Target &target);

} // namespace tl
