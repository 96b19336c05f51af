// Where in a tensor a kernel is: an index per axis, for one element or for the lanes of a vector at once.
#pragma once
#include "mlir/IR/Builders.h"
#include "llvm/ADT/SmallVector.h"

namespace tl {

/// The position along one axis. Regular: `base + step · lane`. Irregular: `irregular[lane]`, base and step unused.
struct AxisIndex {
  mlir::Value base;
  int64_t step = 0;
  mlir::Value irregular; // a vector of i32
  bool varies() const { return irregular || step != 0; }
  auto key() const { return std::make_tuple(base.getAsOpaquePointer(), step, irregular.getAsOpaquePointer()); }
};
using Point = llvm::SmallVector<AxisIndex, 4>;

/// Arithmetic on positions; emits `arith` ops, folding constants.
class IndexMath {
public:
  IndexMath(mlir::OpBuilder &b, mlir::Location loc, int64_t lanes) : lanes(lanes), b(b), loc(loc) {}
  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value x, mlir::Value y);
  mlir::Value add(mlir::Value x, int64_t y) { return y ? add(x, constant(y)) : x; }
  mlir::Value mul(mlir::Value x, int64_t y);
  mlir::Value div(mlir::Value x, int64_t y);
  mlir::Value rem(mlir::Value x, int64_t y);
  /// The position as a vector of i32.
  mlir::Value vectorOf(const AxisIndex &index);
  AxisIndex at(int64_t value) { return {constant(value), 0, {}}; }
  AxisIndex add(const AxisIndex &x, const AxisIndex &y);
  AxisIndex scale(const AxisIndex &x, int64_t factor);
  AxisIndex shift(const AxisIndex &x, int64_t offset);
  /// Quotient and rest of a position that is not negative.
  std::pair<AxisIndex, AxisIndex> divide(const AxisIndex &x, int64_t divisor);
  /// Row-major position of `point` in `shape`; axes of size 1 add nothing.
  AxisIndex linear(const Point &point, llvm::ArrayRef<int64_t> shape);
  /// The point of `shape` at a row-major position.
  Point delinearize(AxisIndex position, llvm::ArrayRef<int64_t> shape);
  /// `point` of a tensor shaped `from` as a point of the same elements shaped `to`.
  Point reshape(const Point &point, llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

  const int64_t lanes; // of the vectors that positions vary along

private:
  mlir::Value splat(int64_t value);

  mlir::OpBuilder &b;
  mlir::Location loc;
};

std::optional<int64_t> constantIndex(mlir::Value value);

} // namespace tl
