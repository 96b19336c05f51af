// What functions put out and write, and what that needs.
#pragma once
#include "compiler/ir/TlDialect.h"
#include "llvm/ADT/SetVector.h"

namespace tl {

/// Writes and outputs, without what only a log shows.
llvm::SmallVector<mlir::Operation *> effectsOf(mlir::Block &body);

/// These ops and all that they need.
llvm::SetVector<mlir::Operation *> neededBy(llvm::ArrayRef<mlir::Operation *> ops);

/// What is parted from a function has its budget of memory.
void keepBudget(mlir::Operation *whole, mlir::Operation *parted);

} // namespace tl
