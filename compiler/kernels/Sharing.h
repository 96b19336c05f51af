// Which kernels several threads run together.
#pragma once
#include "compiler/fusion/KernelDialect.h"
#include "llvm/ADT/DenseMap.h"

namespace tl {

class Sharing {
public:
  /// Whether the work of the kernel is worth being handed to other threads, with what lies in the cache of one.
  bool isShared(kernel::RunOp run);

private:
  int64_t bytesElsewhere(kernel::RunOp run);

  llvm::DenseMap<mlir::Operation *, bool> known;
};

} // namespace tl
