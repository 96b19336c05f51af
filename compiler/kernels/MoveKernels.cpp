// Kernels that move rows: scatter-add and concatenation.
#include "compiler/kernels/Calculus.h"
#include "compiler/kernels/LoopNest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tl {
namespace {

/// Calls `body` for each vector of a row of `length` elements, with the mask of the cut one.
void alongRow(LoopNest &nest, int64_t length, llvm::function_ref<void(Value column, Value mask)> body) {
  IndexMath math(nest.b, nest.loc);
  int64_t whole = length / lanes, rest = length % lanes;
  if (whole)
    nest.carry({whole}, {}, [&](ValueRange vector, ValueRange) -> LoopNest::Carry {
      body(math.mul(vector[0], lanes), {});
      return {};
    });
  if (rest)
    body(math.constant(whole * lanes), nest.tailMask(rest));
}

} // namespace

/// Rows are cut into pieces of whole vectors; each piece is owned by one thread, which adds in the order of the ids.
void emitScatter(LoopNest &nest) {
  OpBuilder &b = nest.b;
  Location loc = nest.loc;
  IndexMath math(b, loc);
  Value ids = nest.root->getOperand(0), updates = nest.root->getOperand(1), result = nest.root->getResult(0);
  ArrayRef<int64_t> shape = shapeOf(result);
  int64_t rows = shape[0], length = elementsOf(result) / rows, count = elementsOf(ids);
  int64_t pieces = (length + lanes - 1) / lanes, last = length - (pieces - 1) * lanes;
  SmallVector<int64_t> flatUpdates{count, length};
  auto piece = [&](Value column, Value mask) {
    auto fresh = [&] {
      Expression expression = nest.expression();
      expression.mask = mask;
      return expression;
    };
    nest.carry({rows}, {}, [&](ValueRange row, ValueRange) -> LoopNest::Carry {
      Expression expression = fresh();
      Type type = VectorType::get({lanes}, registerType(elementOf(result)));
      expression.store(splatConstant(b, loc, type, 0), nest.outputs[0], {math.add(math.mul(row[0], length), column), 1, {}});
      return {};
    });
    nest.carry({count}, {}, [&](ValueRange i, ValueRange) -> LoopNest::Carry {
      Expression expression = fresh();
      AxisIndex named = expression.rowAt(ids, math.delinearize({i[0], 0, {}}, shapeOf(ids)));
      Value exists = expression.clamp(named, rows), row = named.base;
      AxisIndex position{math.add(math.mul(row, length), column), 1, {}};
      Point from = math.reshape({{i[0], 0, {}}, {column, 1, {}}}, flatUpdates, shapeOf(updates));
      Value update = expression.lanesAt(updates, from);
      update = arith::SelectOp::create(b, loc, exists, update, splatConstant(b, loc, update.getType(), 0));
      llvm::DenseMap<Value, Value> table{{result, nest.outputs[0]}};
      Expression old(b, loc, table, {});
      old.mask = mask;
      SmallVector<int64_t> flat{rows, length};
      Value sum = old.lanesAt(result, math.reshape({{row, 0, {}}, {column, 1, {}}}, flat, shape));
      Value added = isa<FloatType>(elementOf(result)) ? arith::AddFOp::create(b, loc, sum, update).getResult()
                                                      : arith::AddIOp::create(b, loc, sum, update).getResult();
      expression.store(added, nest.outputs[0], position);
      return {};
    });
  };
  int64_t whole = last == lanes ? pieces : pieces - 1;
  nest.forPieces(whole, [&](Value index) { piece(math.mul(index, lanes), {}); });
  if (whole < pieces)
    nest.once([&] { piece(math.constant(whole * lanes), nest.tailMask(last)); });
}

void emitConcat(LoopNest &nest) {
  IndexMath math(nest.b, nest.loc);
  Value result = nest.root->getResult(0);
  ArrayRef<int64_t> shape = shapeOf(result);
  int64_t axis = integer(nest.root, "axis"), start = 0;
  for (Value part : nest.root->getOperands()) {
    ArrayRef<int64_t> partShape = shapeOf(part);
    // Lanes are next to each other in the result too only where no axis behind theirs is longer than one there.
    int64_t lane = laneAxis(partShape);
    bool scalar = lane < 0 || llvm::any_of(shape.drop_front(lane + 1), [](int64_t size) { return size > 1; });
    int64_t length = scalar ? 1 : partShape[lane];
    auto move = [&](Point from, Value mask) {
      Expression expression = nest.expression();
      expression.mask = mask;
      Point to = from;
      to[axis] = math.shift(to[axis], start);
      expression.store(expression.at(part, from), nest.outputs[0], math.linear(to, shape));
    };
    nest.forPieces(elementsOf(part) / length, [&](Value row) {
      if (scalar)
        return move(math.delinearize({row, 0, {}}, partShape), {});
      Point from(partShape.size(), math.at(0));
      llvm::copy(math.delinearize({row, 0, {}}, partShape.take_front(lane)), from.begin());
      alongRow(nest, length, [&](Value column, Value mask) {
        from[lane] = {column, 1, {}};
        move(from, mask);
      });
    });
    start += partShape[axis];
  }
}

} // namespace tl
