// Where tensors between kernels live.
#pragma once
#include "compiler/ir/TlDialect.h"
#include <compare>

namespace tl {
namespace kernel {
class RunOp;
}

enum class Arena { Variables, Work, Input, Output, Scalars }; // the first of a compiled function's arguments
const char *nameOf(Arena arena);

struct Place {
  Arena arena;
  int64_t offset; // bytes
  /// In the body of a scan, the n-th step finds it at offset + step · n + flip · (n mod 2): rows of stacked tensors, and
  /// states, which lie in one place and the other by turns.
  int64_t step = 0, flip = 0;
  auto operator<=>(const Place &) const = default;
};

/// The places of tensors between kernels, once memory is planned.
class Places {
public:
  /// Of an input, a variable, a scalar, a result of a kernel or scan, an argument of a scan's body, or a reshape of these.
  Place of(mlir::Value value);
  /// Where a write or an output wants its operand to lie.
  Place wantedBy(mlir::Operation *effect);
  /// Of the i-th value that a scan's body yields.
  Place ofYield(ir::ScanOp scan, size_t i);

private:
  Place ofArgument(mlir::BlockArgument argument);
  Place ofVariable(mlir::Operation *user, mlir::SymbolRefAttr name);
  mlir::SymbolTableCollection symbols;
};
/// Bytes of a state's place and from there to its other one.
int64_t slotOf(mlir::Value state);

/// What a kernel needs in the work arena for itself while it runs: `first` a table of twice as many places as there are
/// numbers, a power of two; `argsort` a second place for its result.
int64_t scratchBytes(kernel::RunOp kernel);

} // namespace tl
