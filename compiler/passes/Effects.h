// What functions put out and write, what that needs, and where ports lie.
#pragma once
#include "compiler/ir/TlDialect.h"
#include "llvm/ADT/SetVector.h"

namespace tl {

/// Writes and outputs, without what only a log shows.
llvm::SmallVector<mlir::Operation *> effectsOf(mlir::Block &body);

/// These ops and all that they need.
llvm::SetVector<mlir::Operation *> neededBy(llvm::ArrayRef<mlir::Operation *> ops);

/// Gives the inputs and the outputs of a function that was parted their offsets anew, one after the other, as all arenas are laid out.
void layOutPorts(mlir::Block &body);

} // namespace tl
