// Kernels without a root: every element on its own.
#include "compiler/fusion/Calculus.h"
#include "compiler/kernels/LoopNest.h"
#include "compiler/kernels/RowsAhead.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tl {
namespace {

/// Does every op take all its tensors at the very position it computes? Then the shape does not matter.
bool isFlat(LoopNest &nest) {
  return llvm::all_of(nest.run.getBody().front().without_terminator(), [](Operation &op) {
    switch (*kindOf(&op)) {
    case Op::Constant: case Op::Random: return true;
    case Op::Broadcast: return elementsOf(op.getOperand(0)) == 1;
    default: return isElementwise(*kindOf(&op));
    }
  });
}

} // namespace

void emitMap(LoopNest &nest) {
  if (emitTranspose(nest) || emitPairs(nest))
    return;
  ArrayRef<int64_t> shape = nest.shape();
  IndexMath math = nest.math();
  int64_t axis = laneAxis(shape);
  Point zeros(shape.size(), math.at(0));
  if (axis < 0)
    return nest.once([&] {
      Expression expression = nest.expression();
      nest.finish(expression, Point(shape.size(), expression.math.at(0)));
    });

  // A flat kernel is one row, whatever its shape: the row's axis then runs past its size, which addresses the rows behind.
  bool flat = isFlat(nest);
  int64_t columns = flat ? elementsOf(nest.run.getResult(0)) : shape[axis];
  int64_t rows = elementsOf(nest.run.getResult(0)) / columns;
  int64_t whole = columns / nest.lanes, rest = columns % nest.lanes;
  SmallVector<int64_t> outer(shape.take_front(axis));
  auto pointAt = [&](Value row, Value column) {
    Point point = zeros;
    if (!flat) {
      Point head = math.delinearize({row, 0, {}}, outer);
      llvm::copy(head, point.begin());
    }
    point[axis] = {column, 1, {}};
    return point;
  };
  auto vectorAt = [&](Value row, Value column, Value mask) {
    Expression expression = nest.expression();
    expression.mask = mask;
    nest.finish(expression, pointAt(row, column));
  };
  auto tail = [&](Value row) {
    if (rest)
      vectorAt(row, math.constant(whole * nest.lanes), nest.tailMask(rest));
  };
  if (rows == 1) {
    nest.forPieces(whole, [&](Value vector) { vectorAt(math.constant(0), math.mul(vector, nest.lanes), {}); });
    return rest ? nest.once([&] { tail(math.constant(0)); }) : void();
  }
  RowsAhead later(nest, shape.take_front(axis + 1));
  nest.forPieces(rows, [&](Value row) {
    later.ask(row, rows);
    nest.carry({whole}, {}, [&](ValueRange vector, ValueRange) {
      if (whole)
        vectorAt(row, math.mul(vector[0], nest.lanes), {});
      return LoopNest::Carry{};
    });
    tail(row);
  });
}

} // namespace tl
