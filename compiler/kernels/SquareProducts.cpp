// Products of small matrices that lie in memory.
#include "compiler/kernels/SquareProducts.h"
#include "compiler/fusion/ContractPlan.h"
#include "compiler/kernels/Rolled.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tl {
namespace {

/// A tile of the result, in registers while its sums are made.
struct Product {
  LoopNest &nest;
  const Numbers &left;
  const Lines &right, &out;
  Value steps;
  bool adds;

  /// `rows` by `vectors`, of which the last has `lastLanes`; from `row` and `column` on.
  void tile(Value row, Value column, int64_t rows, int64_t vectors, int64_t lastLanes) {
    OpBuilder &b = nest.b;
    Location loc = nest.loc;
    IndexMath math = nest.math();
    auto lanesOf = [&](int64_t v) { return v == vectors - 1 ? lastLanes : nest.lanes; };
    auto type = VectorType::get({nest.lanes}, b.getF32Type());
    Value outAt = math.add(math.add(out.at, math.mul(row, out.stride)), column);
    Value leftAt = math.add(left.at, math.mul(row, left.rowStride)), rightAt = math.add(right.at, column);
    LoopNest::Carry sums(rows * vectors, splatConstant(b, loc, type, 0));
    if (adds)
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t v = 0; v < vectors; ++v)
          sums[r * vectors + v] = nest.load(out.buffer, math.add(outAt, r * out.stride + v * nest.lanes), lanesOf(v));
    sums = nest.carry(math.constant(0), steps, sums, [&](Value step, ValueRange carried) {
      keepRolled(b, rows * vectors, nest.target);
      LoopNest::Carry next(carried);
      Value line = math.add(rightAt, math.mul(step, right.stride)), number = math.add(leftAt, math.mul(step, left.stepStride));
      SmallVector<Value> lines;
      for (int64_t v = 0; v < vectors; ++v)
        lines.push_back(nest.load(right.buffer, math.add(line, v * nest.lanes), lanesOf(v)));
      for (int64_t r = 0; r < rows; ++r) {
        Value one = memref::LoadOp::create(b, loc, left.buffer, math.add(number, r * left.rowStride));
        Value spread = vector::BroadcastOp::create(b, loc, type, one);
        for (int64_t v = 0; v < vectors; ++v)
          next[r * vectors + v] = vector::FMAOp::create(b, loc, spread, lines[v], next[r * vectors + v]);
      }
      return next;
    });
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t v = 0; v < vectors; ++v)
        nest.store(sums[r * vectors + v], out.buffer, math.add(outAt, r * out.stride + v * nest.lanes), lanesOf(v));
  }
};

/// Calls `body` for stretches of `length` of at most `size`.
void forStretches(LoopNest &nest, int64_t length, int64_t size, llvm::function_ref<void(Value start, int64_t size)> body) {
  IndexMath math = nest.math();
  if (int64_t whole = length / size)
    nest.carry({whole}, {}, [&](ValueRange index, ValueRange) -> LoopNest::Carry {
      body(math.mul(index[0], size), size);
      return {};
    });
  if (int64_t rest = length % size)
    body(math.constant(length - rest), rest);
}

} // namespace

void multiply(LoopNest &nest, const Numbers &left, const Lines &right, const Lines &out, int64_t rows, int64_t columns, Value steps,
              int64_t mostSteps, bool adds) {
  const int64_t lanes = nest.lanes;
  Tile tile = chooseTile(nest.target, rows, columns, mostSteps, 1, rows, false).tile;
  Product product{nest, left, right, out, steps, adds};
  // The columns of a tile stay in the first cache for all rows.
  auto ofColumns = [&](Value column, int64_t vectors, int64_t lastLanes) {
    forStretches(nest, rows, tile.rows, [&](Value row, int64_t count) { product.tile(row, column, count, vectors, lastLanes); });
  };
  int64_t cut = columns % lanes;
  forStretches(nest, columns - cut, tile.vectors * lanes, [&](Value column, int64_t width) { ofColumns(column, width / lanes, lanes); });
  if (cut)
    ofColumns(nest.math().constant(columns - cut), 1, cut);
}

void forVectors(LoopNest &nest, int64_t length, llvm::function_ref<void(Value start, int64_t lanes)> body) {
  forStretches(nest, length, nest.lanes, body);
}

void turn(LoopNest &nest, const Lines &in, const Lines &out, int64_t rows, int64_t columns, bool padded) {
  IndexMath math = nest.math();
  forVectors(nest, rows, [&](Value row, int64_t height) {
    forVectors(nest, columns, [&](Value column, int64_t width) {
      Value from = math.add(math.add(in.at, math.mul(row, in.stride)), column), to = math.add(math.add(out.at, math.mul(column, out.stride)), row);
      nest.turnSquare(in.buffer, from, in.stride, height, out.buffer, to, out.stride, width, padded ? nest.lanes : height);
    });
  });
}

} // namespace tl
