// Kernels that go through a square in tiles: which tiles, in which order, and where rows and columns lie; SquareTile.cpp says what is done in
// each.
#include "compiler/kernels/SquareKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tl {

SquareKernel::SquareKernel(LoopNest &nest) : nest(nest), b(nest.b), loc(nest.loc), math(nest.math()), plan(nest.run) {
  for (const SquareProduct &taker : plan.takers)
    if (!llvm::is_contained(taken, taker.square))
      taken.push_back(taker.square);
}

// Places ---------------------------------------------------------------------------------

Value SquareKernel::stack(int64_t elements) {
  return memref::AllocaOp::create(b, loc, MemRefType::get({elements}, b.getF32Type()), b.getI64IntegerAttr(64));
}

/// Where the numbers of a side begin.
Value SquareKernel::startOf(const SquareSide &side, const Index &at) {
  Value start = math.constant(side.view.offset);
  for (auto [index, stride] : llvm::zip(at, side.strides))
    if (stride)
      start = math.add(start, math.mul(index, stride));
  return start;
}

Value SquareKernel::outputOf(Value result) {
  auto yielded = nest.run.getBody().front().getTerminator()->getOperands();
  auto found = llvm::find(yielded, result);
  return found == yielded.end() ? Value() : nest.outputs[found - yielded.begin()];
}

/// The lanes from row `start` of the tile on, in a column.
Point SquareKernel::pointAt(const Index &at, Value start, Value column) {
  Point point = llvm::map_to_vector<4>(at, [](Value index) { return AxisIndex{index, 0, {}}; });
  point[plan.axes.row] = {math.add(at[plan.axes.row], start), 1, {}};
  point[plan.axes.column] = {column, 0, {}};
  return point;
}

/// What is computed there, with the lanes cut where rows end.
Expression SquareKernel::expressionAt(const Index &at, Value start) {
  Expression expression = nest.expression();
  if (int64_t rows = plan.axes.shape[plan.axes.row]; plan.rowTiles * plan.rows != rows) {
    Value row = math.vectorOf({math.add(at[plan.axes.row], start), 1, {}});
    expression.mask = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, row, splatConstant(b, loc, row.getType(), double(rows)));
  }
  return expression;
}

void SquareKernel::forRowVectors(llvm::function_ref<void(Value start)> body) {
  forVectors(nest, plan.rows, [&](Value start, int64_t) { body(start); });
}

/// The last of `tiles` is another case where it `isOther`.
void SquareKernel::ifLast(Value number, int64_t tiles, bool isOther, llvm::function_ref<void(bool isLast)> body) {
  if (!isOther || tiles == 1)
    return body(isOther);
  Value isFull = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, number, math.constant(tiles - 1));
  auto branch = scf::IfOp::create(b, loc, isFull, /*withElseRegion=*/true);
  for (bool isLast : {false, true}) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(isLast ? branch.elseBlock() : branch.thenBlock());
    body(isLast);
  }
}

// Order ----------------------------------------------------------------------------------

/// Means are made row tile by row tile, shared among threads. What is added up for columns is added up by one thread, which has all rows of
/// a batch: so the number of threads changes no bit.
void SquareKernel::emit() {
  const SquareAxes &axes = plan.axes;
  int64_t area = plan.rows * plan.columns;
  for (size_t i = 0; i < std::max(plan.makers.size(), taken.size()); ++i)
    squares.push_back(stack(area));
  for (SquareProduct &maker : plan.makers)
    panels.push_back(stack(maker.rows.depth * plan.rows));
  bool givesColumns = false;
  for (SquareProduct &taker : plan.takers) {
    sums.push_back(taker.givesRows() ? stack(taker.rows.depth * plan.rows) : Value());
    givesColumns |= !taker.givesRows();
  }
  if (plan.total || plan.skips)
    tops = stack(plan.rows);
  if (plan.total)
    totals = stack(plan.rows);
  SmallVector<int64_t> shared = axes.batch, own = axes.across;
  if (!givesColumns)
    shared.append(std::exchange(own, {}));
  auto sizesOf = [&](ArrayRef<int64_t> which) { return llvm::map_to_vector(which, [&](int64_t axis) { return axes.shape[axis]; }); };
  SmallVector<int64_t> sizes = sizesOf(shared), ownSizes = sizesOf(own);
  (givesColumns ? ownSizes : sizes).push_back(plan.rowTiles);
  nest.forPieces(llvm::product_of(sizes), [&](Value piece) {
    Index at(axes.shape.size(), math.constant(0));
    Point outer = math.delinearize({piece, 0, {}}, sizes);
    for (auto [axis, index] : llvm::zip(shared, outer))
      at[axis] = index.base;
    if (!givesColumns)
      return rowTile(at, outer.back().base);
    for (SquareProduct &taker : plan.takers)
      if (!taker.givesRows())
        clear(outputOf(taker.op.getOut()), startOf(taker.columns, at), taker.columns.strides[axes.column], axes.shape[axes.column], taker.columns.depth);
    nest.carry(ownSizes, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
      Index inner = at;
      for (auto [axis, index] : llvm::zip(own, indices))
        inner[axis] = index;
      rowTile(inner, indices.back());
      return {};
    });
  });
}

void SquareKernel::rowTile(const Index &outer, Value number) {
  Index at = outer;
  at[plan.axes.row] = math.mul(number, plan.rows);
  rowTileNumber = number;
  for (auto [maker, panel] : llvm::zip(plan.makers, panels))
    pack(maker, panel, at);
  for (auto [taker, sum] : llvm::zip(plan.takers, sums))
    if (sum)
      clear(sum, math.constant(0), plan.rows, taker.rows.depth, plan.rows);
  if (plan.total)
    forRowVectors([&](Value start) {
      auto type = VectorType::get({nest.lanes}, b.getF32Type());
      nest.store(splatConstant(b, loc, type, double(std::numeric_limits<float>::lowest())), tops, start, nest.lanes);
      nest.store(splatConstant(b, loc, type, 0), totals, start, nest.lanes);
    });
  else if (plan.skips)
    forRowVectors([&](Value start) {
      Expression expression = expressionAt(at, start);
      nest.store(expression.lanesAt(plan.top, pointAt(at, start, math.constant(0))), tops, start, nest.lanes);
    });
  forNeeded(at, [&](Value columnTile) {
    at[plan.axes.column] = math.mul(columnTile, plan.columns);
    ifLast(columnTile, plan.columnTiles, plan.lastColumns != plan.columns, [&](bool isLast) { tile(at, isLast ? plan.lastColumns : plan.columns); });
  });
  at[plan.axes.column] = math.constant(0);
  if (plan.total) {
    finishMeans();
    storeOfRows(plan.topOfRow(), tops, at);
    storeOfRows(plan.total.getOut(), totals, at);
  }
  for (auto [taker, sum] : llvm::zip(plan.takers, sums))
    if (sum)
      storeRows(taker, sum, at);
}

/// Is there a row of the tile that sees nothing, so that what is hidden from it matters?
Value SquareKernel::needsAll(const Index &at) {
  auto type = VectorType::get({nest.lanes}, b.getF32Type());
  Value most = splatConstant(b, loc, type, double(std::numeric_limits<float>::max()));
  auto least = nest.carry({plan.rows / nest.lanes}, {most}, [&](ValueRange vector, ValueRange carried) -> LoopNest::Carry {
    Value start = math.mul(vector[0], nest.lanes), top = load(tops, start);
    if (Value mask = expressionAt(at, start).mask) // rows behind the last were never looked at
      top = arith::SelectOp::create(b, loc, mask, top, most);
    return {arith::MinimumFOp::create(b, loc, carried[0], top)};
  });
  // Above that, e^(hidden - top) is 0 in f32.
  Value border = splatConstant(b, loc, b.getF32Type(), plan.hidden + 128);
  Value top = vector::ReductionOp::create(b, loc, vector::CombiningKind::MINIMUMF, least[0]);
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ULE, top, border);
}

/// The tiles of columns that rows need; where one of them sees nothing in these, all others too.
void SquareKernel::forNeeded(const Index &at, llvm::function_ref<void(Value columnTile)> body) {
  auto forAll = [&](Value from, Value to) {
    nest.carry(from, to, {}, [&](Value tile, ValueRange) -> LoopNest::Carry {
      body(tile);
      return {};
    });
  };
  Value none = math.constant(0), all = math.constant(plan.columnTiles);
  if (!plan.skips)
    return forAll(none, all);
  auto border = [&](int64_t offset) -> Value {
    Value place = arith::MaxSIOp::create(b, loc, math.add(at[plan.axes.row], offset), none);
    return arith::MinUIOp::create(b, loc, math.div(place, plan.columns), all);
  };
  Value from = border(plan.low), to = border(plan.high);
  // In three parts, of one code: those that are needed, those before, those behind.
  nest.carry({3}, {}, [&](ValueRange part, ValueRange) -> LoopNest::Carry {
    auto is = [&](int64_t number) { return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, part[0], math.constant(number)); };
    auto either = [&](Value condition, Value yes, Value no) { return arith::SelectOp::create(b, loc, condition, yes, no).getResult(); };
    Value isNeeded = is(0), isBefore = is(1);
    Value start = either(isNeeded, from, either(isBefore, none, to)), end = either(isNeeded, to, either(isBefore, from, all));
    Value runs = arith::OrIOp::create(b, loc, isNeeded, needsAll(at));
    forAll(start, either(runs, end, start));
    return {};
  });
}

} // namespace tl
