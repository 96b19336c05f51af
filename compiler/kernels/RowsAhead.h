// Rows of tables that are looked up by number, asked of memory before their turn.
#pragma once
#include "compiler/kernels/LoopNest.h"

namespace tl {

/// What a kernel looks up in tables that no cache holds, whole rows, one for each of its own. Of points of another shape than `shape`, the kernel's rows, nothing is asked.
class RowsAhead {
public:
  RowsAhead(LoopNest &nest, llvm::ArrayRef<int64_t> shape);
  /// Before row `row` of `rows` is computed.
  void ask(mlir::Value row, int64_t rows);

private:
  LoopNest &nest;
  llvm::SmallVector<mlir::Operation *> lookups;
};

} // namespace tl
