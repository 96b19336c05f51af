// Kernels that run a second time, so that nothing holds what they compute until then.
#pragma once
#include "mlir/IR/Operation.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace tl {

/// A kernel, or what it computes behind its product alone, of which the sums are held.
struct Again {
  mlir::Operation *kernel;
  bool isBehindProduct = false;
  bool operator==(const Again &) const = default;
};

/// The product of a kernel that also computes something of it point by point; null: there is none.
mlir::Operation *productOf(mlir::Operation *kernel);
/// Which of a kernel's results is a value of its body; -1: none.
int64_t resultOf(mlir::Operation *kernel, mlir::Value inside);

/// Lets kernels, given in the order in which they run, run again before the first of the users of their results that are late; those read what is
/// computed then.
void runAgain(llvm::ArrayRef<Again> kernels, llvm::function_ref<bool(mlir::Operation *)> isLate);

/// Whether a kernel is such a copy.
bool isAgain(mlir::Operation *kernel);

} // namespace tl
