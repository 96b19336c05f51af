// A tile of a square: made of rows and columns, computed place by place, taken up into rows and columns.
#include "compiler/kernels/SquareKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tl {

void SquareKernel::tile(const Index &at, int64_t columns) {
  for (auto [i, maker] : llvm::enumerate(plan.makers)) {
    const SquareSide &side = maker.columns;
    Numbers numbers{nest.buffers[side.view.base], startOf(side, at), side.strides[plan.axes.column], side.step};
    multiply(nest, numbers, {panels[i], math.constant(0), plan.rows}, {squares[i], math.constant(0), plan.rows}, columns, plan.rows,
             math.constant(side.depth), side.depth, /*adds=*/false);
  }
  plan.total ? shares(at, columns) : places(at, columns);
  for (auto [i, taker] : llvm::enumerate(plan.takers)) {
    size_t square = llvm::find(taken, taker.square) - taken.begin();
    takeUp(taker, squares[square], sums[i], at, columns);
  }
}

/// What takers read, in the places of what makers made.
void SquareKernel::places(const Index &at, int64_t columns) {
  forRowVectors([&](Value start) {
    nest.carry({columns}, {}, [&](ValueRange column, ValueRange) -> LoopNest::Carry {
      Expression expression = expressionAt(at, start);
      Value place = math.add(math.mul(column[0], plan.rows), start);
      for (auto [maker, square] : llvm::zip(plan.makers, squares))
        expression.set(maker.op.getOut(), load(square, place));
      Point point = pointAt(at, start, math.add(at[plan.axes.column], column[0]));
      SmallVector<Value> values;
      for (Value value : taken)
        values.push_back(expression.lanesAt(value, point));
      for (auto [value, square] : llvm::zip(values, squares))
        nest.store(value, square, place, nest.lanes);
      return {};
    });
  });
}

/// Softmax, going on from tile to tile: p = e^(s - m), with m the greatest score of a row so far. Where m grows, what was summed up before is less
/// by e^(old m - m). (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018.)
void SquareKernel::shares(const Index &at, int64_t columns) {
  Value one = splatConstant(b, loc, VectorType::get({nest.lanes}, b.getF32Type()), 1);
  Value square = squares[0];
  forRowVectors([&](Value start) {
    Value before = load(tops, start);
    auto forColumns = [&](Value carried, llvm::function_ref<Value(Expression &, const Point &, Value place, Value carried)> body) {
      return nest.carry({columns}, {carried}, [&](ValueRange column, ValueRange inner) -> LoopNest::Carry {
        Expression expression = expressionAt(at, start);
        Point point = pointAt(at, start, math.add(at[plan.axes.column], column[0]));
        return {body(expression, point, math.add(math.mul(column[0], plan.rows), start), inner[0])};
      })[0];
    };
    auto exponential = [&](Expression &expression, const Point &point, Value score, Value top) {
      expression.set(plan.score, score);
      expression.set(plan.topOfRow(), top);
      return expression.lanesAt(plan.exponential.getOut(), point);
    };
    Value top = forColumns(before, [&](Expression &expression, const Point &point, Value place, Value most) -> Value {
      for (auto [maker, made] : llvm::zip(plan.makers, squares))
        expression.set(maker.op.getOut(), load(made, place));
      Value score = expression.lanesAt(plan.score, point);
      nest.store(score, square, place, nest.lanes);
      Value isMore = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, score, most);
      return arith::SelectOp::create(b, loc, isMore, score, most);
    });
    Value sum = forColumns(splatConstant(b, loc, one.getType(), 0), [&](Expression &expression, const Point &point, Value place, Value carried) -> Value {
      Value share = exponential(expression, point, load(square, place), top);
      expression.set(plan.total.getOut(), one); // Means are divided by it in the end.
      if (!taken.empty())
        nest.store(expression.lanesAt(taken[0], point), square, place, nest.lanes);
      return arith::AddFOp::create(b, loc, carried, share);
    });
    Expression expression = expressionAt(at, start);
    Value less = exponential(expression, pointAt(at, start, at[plan.axes.column]), before, top);
    nest.store(arith::AddFOp::create(b, loc, arith::MulFOp::create(b, loc, load(totals, start), less), sum), totals, start, nest.lanes);
    nest.store(top, tops, start, nest.lanes);
    if (taken.empty())
      return;
    nest.carry({plan.takers[0].rows.depth}, {}, [&](ValueRange line, ValueRange) -> LoopNest::Carry {
      Value place = math.add(math.mul(line[0], plan.rows), start);
      nest.store(arith::MulFOp::create(b, loc, load(sums[0], place), less), sums[0], place, nest.lanes);
      return {};
    });
  });
}

void SquareKernel::takeUp(SquareProduct &taker, Value square, Value sum, const Index &at, int64_t columns) {
  const SquareSide &ofRows = taker.rows, &ofColumns = taker.columns;
  int64_t columnStride = ofColumns.strides[plan.axes.column];
  Value columnsAt = startOf(ofColumns, at), zero = math.constant(0);
  if (sum) {
    multiply(nest, {nest.buffers[ofColumns.view.base], columnsAt, ofColumns.step, columnStride}, {square, zero, plan.rows}, {sum, zero, plan.rows},
             ofRows.depth, plan.rows, math.constant(columns), columns, /*adds=*/true);
    return;
  }
  Value left = arith::SubIOp::create(b, loc, math.constant(plan.axes.shape[plan.axes.row]), at[plan.axes.row]);
  Value rows = arith::MinUIOp::create(b, loc, left, math.constant(plan.rows));
  multiply(nest, {square, zero, plan.rows, 1}, {nest.buffers[ofRows.view.base], startOf(ofRows, at), ofRows.strides[plan.axes.row]},
           {outputOf(taker.op.getOut()), columnsAt, columnStride}, columns, ofColumns.depth, rows, plan.rows, /*adds=*/true);
}

/// Rows turned: a line for each of their numbers.
void SquareKernel::pack(SquareProduct &maker, Value panel, const Index &at) {
  const SquareSide &side = maker.rows;
  ifLast(rowTileNumber, plan.rowTiles, plan.lastRows != plan.rows, [&](bool isLast) {
    turn(nest, {nest.buffers[side.view.base], startOf(side, at), side.strides[plan.axes.row]}, {panel, math.constant(0), plan.rows},
         isLast ? plan.lastRows : plan.rows, side.depth, /*padded=*/true);
  });
}

void SquareKernel::finishMeans() {
  if (taken.empty())
    return;
  forRowVectors([&](Value start) {
    Value total = load(totals, start);
    nest.carry({plan.takers[0].rows.depth}, {}, [&](ValueRange line, ValueRange) -> LoopNest::Carry {
      Value place = math.add(math.mul(line[0], plan.rows), start);
      nest.store(arith::DivFOp::create(b, loc, load(sums[0], place), total), sums[0], place, nest.lanes);
      return {};
    });
  });
}

void SquareKernel::storeRows(SquareProduct &taker, Value sum, const Index &at) {
  const SquareSide &side = taker.rows;
  ifLast(rowTileNumber, plan.rowTiles, plan.lastRows != plan.rows, [&](bool isLast) {
    turn(nest, {sum, math.constant(0), plan.rows}, {outputOf(taker.op.getOut()), startOf(side, at), side.strides[plan.axes.row]}, side.depth,
         isLast ? plan.lastRows : plan.rows, /*padded=*/false);
  });
}

/// What each row has, where anybody reads it.
void SquareKernel::storeOfRows(Value tensor, Value vectors, const Index &at) {
  Value buffer = outputOf(tensor);
  if (!buffer)
    return;
  forRowVectors([&](Value start) {
    Expression expression = expressionAt(at, start);
    Point point = pointAt(at, start, at[plan.axes.column]);
    point.erase(point.begin() + plan.axes.column);
    expression.store(load(vectors, start), buffer, math.linear(point, shapeOf(tensor)));
  });
}

void SquareKernel::clear(Value buffer, Value at, int64_t stride, int64_t lines, int64_t length) {
  Value zero = splatConstant(b, loc, VectorType::get({nest.lanes}, b.getF32Type()), 0);
  nest.carry({lines}, {}, [&](ValueRange line, ValueRange) -> LoopNest::Carry {
    forVectors(nest, length, [&](Value start, int64_t lanes) { nest.store(zero, buffer, math.add(math.add(at, math.mul(line[0], stride)), start), lanes); });
    return {};
  });
}

} // namespace tl
