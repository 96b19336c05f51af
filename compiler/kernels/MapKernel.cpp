// Kernels without a root: every element on its own.
#include "compiler/fusion/Calculus.h"
#include "compiler/kernels/LoopNest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

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

/// Looks up whole rows of tables that no cache holds: memory is asked for those of later rows of the kernel.
class RowsAhead {
public:
  RowsAhead(LoopNest &nest, int64_t axis) : nest(nest) {
    for (Operation &op : nest.run.getBody().front().without_terminator())
      if (isKind(&op, Op::Gather) && nest.buffers.count(op.getOperand(0)) && nest.buffers.count(op.getOperand(1)) && shapeOf(op.getResult(0)) == nest.shape() &&
          int64_t(shapeOf(op.getOperand(1)).size()) == axis && axis + 1 == int64_t(nest.shape().size()) && elementsOf(op.getOperand(0)) * elementBytes(op.getOperand(0)) > nest.target.secondCache)
        lookups.push_back(&op);
  }

  /// Before row `row` of `rows` is computed.
  void ask(Value row, int64_t rows) {
    constexpr int64_t ahead = 6, mostLines = 16; // of a longer row what follows its first lines comes by itself
    if (rows <= ahead)
      return;
    OpBuilder &b = nest.b;
    IndexMath math = nest.math();
    for (Operation *op : lookups) {
      Value table = op->getOperand(0), ids = op->getOperand(1);
      Value later = arith::MinUIOp::create(b, nest.loc, math.add(row, math.constant(ahead)), math.constant(rows - 1));
      Expression expression = nest.expression();
      AxisIndex named = expression.rowAt(ids, math.delinearize({later, 0, {}}, shapeOf(ids)));
      expression.clamp(named, shapeOf(table)[0]);
      const int64_t length = elementsOf(table) / shapeOf(table)[0], line = Target::line * 4 / elementBytes(table);
      Value start = math.mul(named.base, length);
      for (int64_t at = 0; at < std::min(length, mostLines * line); at += line)
        memref::PrefetchOp::create(b, nest.loc, nest.buffers.lookup(table), ValueRange{math.add(start, math.constant(at))}, /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
    }
  }

private:
  static int64_t elementBytes(Value tensor) { return elementOf(tensor).getIntOrFloatBitWidth() / 8; }

  LoopNest &nest;
  SmallVector<Operation *> lookups;
};

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
  RowsAhead later(nest, axis);
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
