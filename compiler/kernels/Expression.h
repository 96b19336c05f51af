// The value of a tensor at a point, computed from the tensors in memory it depends on: how everything that is not a
// root of a kernel is evaluated, for one element or the lanes of a vector at once.
#pragma once
#include "compiler/kernels/Point.h"
#include "llvm/ADT/DenseMap.h"
#include <map>

namespace tl {

class Expression {
public:
  /// `buffers`: the flat memref of every tensor in memory. `counters`: what random bits are drawn from.
  Expression(mlir::OpBuilder &b, mlir::Location loc, int64_t lanes, const llvm::DenseMap<mlir::Value, mlir::Value> &buffers,
             mlir::Value counters)
      : math(b, loc, lanes), b(b), loc(loc), buffers(buffers), counters(counters) {}

  /// Lanes at and past a tail's end are neither loaded nor stored. Null: all.
  mlir::Value mask;

  /// A tensor whose value at the point now evaluated is known, such as a contraction's sum.
  void set(mlir::Value tensor, mlir::Value value) { known[tensor] = value; }

  /// The value of `tensor` at `point`: a vector where the point varies, else a scalar.
  mlir::Value at(mlir::Value tensor, const Point &point);
  /// The same, always with lanes.
  mlir::Value lanesAt(mlir::Value tensor, const Point &point);
  /// The row of a table that `ids` name at `point`; it may not exist.
  AxisIndex rowAt(mlir::Value ids, const Point &point);
  /// Whether a position lies in [0, size); it is made 0 where it does not.
  mlir::Value clamp(AxisIndex &index, int64_t size);
  /// A scalar in all lanes.
  mlir::Value spread(mlir::Value scalar);
  /// Stores a scalar or lanes.
  void store(mlir::Value value, mlir::Value buffer, const AxisIndex &position);

  IndexMath math;

private:
  mlir::Value load(mlir::Value tensor, const Point &point);
  mlir::Value layout(mlir::Operation *op, const Point &point);
  mlir::Value gather(mlir::Operation *op, const Point &point);
  mlir::Value padded(mlir::Operation *op, const Point &point);
  mlir::Value isZero(const AxisIndex &index);
  mlir::Value folded(mlir::Operation *op, const Point &point);
  mlir::Value random(mlir::Operation *op, const Point &point);

  mlir::OpBuilder &b;
  mlir::Location loc;
  const llvm::DenseMap<mlir::Value, mlir::Value> &buffers;
  mlir::Value counters;
  llvm::DenseMap<mlir::Value, mlir::Value> known;
  using Key = std::pair<void *, std::vector<std::tuple<const void *, int64_t, const void *>>>;
  std::map<Key, mlir::Value> done;
};

/// One elementwise op on scalars or vectors; operands agree in shape.
mlir::Value emitElementwise(mlir::OpBuilder &b, mlir::Location loc, mlir::Operation *op, mlir::ValueRange operands);

/// The element type values have in registers (u8 is i8, bf16 and f16 are the bits i16, i1 stays i1), and the one they have in
/// memory (i1 is i8).
mlir::Type registerType(mlir::Type element);
mlir::Type memoryType(mlir::Type element);
mlir::Value splatConstant(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type, double value);

} // namespace tl
