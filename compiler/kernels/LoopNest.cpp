// How a kernel's loops are made and shared among threads.
#include "compiler/kernels/LoopNest.h"
#include "compiler/kernels/TurnRows.h"
#include "compiler/fusion/Calculus.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tl {

std::pair<Value, Value> LoopNest::share(int64_t count) {
  IndexMath math = this->math();
  if (!thread)
    return {math.constant(0), math.constant(count)};
  auto border = [&](Value number) -> Value { return arith::DivUIOp::create(b, loc, math.mul(number, count), threads); };
  return {border(thread), border(arith::AddIOp::create(b, loc, thread, math.constant(1)))};
}

LoopNest::Carry LoopNest::carry(Value low, Value high, ValueRange values, llvm::function_ref<Carry(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(b, loc, low, high, this->math().constant(1), values);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Carry next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!next.empty()) // A loop that carries nothing has its yield already.
    scf::YieldOp::create(b, loc, next);
  return Carry(loop.getResults());
}

void LoopNest::forPieces(int64_t count, Body body) {
  if (count <= 0)
    return;
  if (count == 1 && !thread)
    return body(math().constant(0));
  auto [low, high] = share(count);
  carry(low, high, {}, [&](Value piece, ValueRange) -> Carry {
    body(piece);
    return {};
  });
}

void LoopNest::forRanges(int64_t count, int64_t pieces, llvm::function_ref<void(Value range, Value low, Value high)> body) {
  IndexMath math = this->math();
  if (!thread)
    return forPieces(count, [&](Value range) { body(range, math.constant(0), math.constant(pieces)); });
  auto [low, high] = share(count * pieces);
  Value first = arith::DivUIOp::create(b, loc, low, math.constant(pieces)), last = arith::CeilDivUIOp::create(b, loc, high, math.constant(pieces));
  last = arith::SelectOp::create(b, loc, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, low, high), last, first);
  carry(first, last, {}, [&, low = low, high = high](Value range, ValueRange) -> Carry {
    Value start = math.mul(range, pieces), end = math.add(start, pieces);
    body(range, arith::SubIOp::create(b, loc, arith::MaxUIOp::create(b, loc, low, start), start),
         arith::SubIOp::create(b, loc, arith::MinUIOp::create(b, loc, high, end), start));
    return {};
  });
}

void LoopNest::once(llvm::function_ref<void()> body) {
  if (!thread)
    return body();
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value first = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, thread, zero);
  auto branch = scf::IfOp::create(b, loc, first);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  body();
}

LoopNest::Carry LoopNest::carry(ArrayRef<int64_t> sizes, const Carry &values,
                                llvm::function_ref<Carry(ValueRange, ValueRange)> body) {
  SmallVector<Value> indices;
  std::function<Carry(size_t, ValueRange)> level = [&](size_t depth, ValueRange carried) -> Carry {
    if (depth == sizes.size())
      return body(indices, carried);
    IndexMath math = this->math();
    if (sizes[depth] == 1) {
      indices.push_back(math.constant(0));
      Carry result = level(depth + 1, carried);
      indices.pop_back();
      return result;
    }
    return carry(math.constant(0), math.constant(sizes[depth]), carried, [&](Value index, ValueRange inner) {
      indices.push_back(index);
      Carry next = level(depth + 1, inner);
      indices.pop_back();
      return next;
    });
  };
  return level(0, values);
}

void LoopNest::either(Value index, int64_t full, int64_t last, llvm::function_ref<void(bool isLast)> body) {
  if (!full || !last)
    return body(full == 0);
  Value isFull = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, index, math().constant(full));
  auto branch = scf::IfOp::create(b, loc, isFull, /*withElseRegion=*/true);
  for (bool isLast : {false, true}) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(isLast ? branch.elseBlock() : branch.thenBlock());
    body(isLast);
  }
}

void LoopNest::alongRow(int64_t length, llvm::function_ref<void(Value column, Value mask)> body) {
  IndexMath math = this->math();
  int64_t whole = length / lanes, rest = length % lanes;
  if (whole)
    carry({whole}, {}, [&](ValueRange vector, ValueRange) -> Carry {
      body(math.mul(vector[0], lanes), {});
      return {};
    });
  if (rest)
    body(math.constant(whole * lanes), tailMask(rest));
}

ArrayRef<int64_t> LoopNest::shape() { return shapeOf(run->getResult(0)); }

void LoopNest::finish(Expression &expression, const Point &point) {
  auto yield = cast<kernel::YieldOp>(run.getBody().front().getTerminator());
  SmallVector<Value> values;
  for (Value value : yield.getValues())
    values.push_back(expression.at(value, point));
  AxisIndex position = expression.math.linear(point, shape());
  for (auto [value, output] : llvm::zip(values, outputs))
    expression.store(value, output, position);
}

Value LoopNest::firstLanes(int64_t count, int64_t of) {
  SmallVector<bool> bits;
  for (int64_t lane = 0; lane < of; ++lane)
    bits.push_back(lane < count);
  auto type = VectorType::get({of}, b.getI1Type());
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, ArrayRef<bool>(bits)));
}

/// Of bf16 kernels load pairs, as the bits of a number.
static int64_t widthOf(MemRefType buffer) { return buffer.getElementType().isInteger(16) ? 2 : 1; }
static Type numberOf(MemRefType buffer) { return widthOf(buffer) == 1 ? buffer.getElementType() : Float32Type::get(buffer.getContext()); }

Value LoopNest::load(Value buffer, Value position, int64_t count) {
  auto from = cast<MemRefType>(buffer.getType());
  const int64_t width = widthOf(from);
  auto stored = VectorType::get({lanes * width}, from.getElementType());
  SmallVector<Value, 1> at{math().mul(position, width)};
  Value line = count == lanes ? vector::LoadOp::create(b, loc, stored, buffer, at).getResult()
                              : vector::MaskedLoadOp::create(b, loc, stored, buffer, at, firstLanes(count * width, lanes * width), splatConstant(b, loc, stored, 0)).getResult();
  return width == 1 ? line : vector::BitCastOp::create(b, loc, VectorType::get({lanes}, numberOf(from)), line);
}

Value LoopNest::loadSpread(Value buffer, Value position) {
  auto from = cast<MemRefType>(buffer.getType());
  const int64_t width = widthOf(from);
  Value number;
  if (width == 1) {
    number = memref::LoadOp::create(b, loc, buffer, position);
  } else {
    Value pair = vector::LoadOp::create(b, loc, VectorType::get({width}, from.getElementType()), buffer, ValueRange{math().mul(position, width)});
    number = vector::ExtractOp::create(b, loc, vector::BitCastOp::create(b, loc, VectorType::get({1}, numberOf(from)), pair), ArrayRef<int64_t>{0});
  }
  return vector::BroadcastOp::create(b, loc, VectorType::get({lanes}, numberOf(from)), number);
}

void LoopNest::askFor(Value buffer, Value position) {
  Value at = math().mul(position, widthOf(cast<MemRefType>(buffer.getType())));
  memref::PrefetchOp::create(b, loc, buffer, at, /*isWrite=*/false, /*localityHint=*/2, /*isDataCache=*/true);
}

void LoopNest::store(Value line, Value buffer, Value position, int64_t count) {
  SmallVector<Value, 1> at{position};
  if (count == lanes)
    vector::StoreOp::create(b, loc, line, buffer, at);
  else
    vector::MaskedStoreOp::create(b, loc, buffer, at, tailMask(count), line);
}

void LoopNest::turnSquare(Value source, Value from, int64_t fromStride, int64_t height, Value target, Value to,
                          int64_t toStride, int64_t width, int64_t storedLanes) {
  IndexMath math = this->math();
  SmallVector<Value> rows(lanes, splatConstant(b, loc, VectorType::get({lanes}, b.getF32Type()), 0));
  for (int64_t r = 0; r < height; ++r)
    rows[r] = load(source, math.add(from, r * fromStride), width);
  storeTurned(*this, std::move(rows), target, to, toStride, width, storedLanes);
}

SmallVector<Value> turned(LoopNest &nest, SmallVector<Value> rows) {
  OpBuilder &b = nest.b;
  Location loc = nest.loc;
  const int64_t lanes = nest.lanes;
  // Squares of 2 · side: the upper right square of `side` changes places with the lower left (Eklundh, 1972).
  for (int64_t side = 1; side < lanes; side *= 2) {
    SmallVector<int64_t> upper(lanes), lower(lanes); // lanes of the one row, then of the other
    for (int64_t lane = 0; lane < lanes; ++lane) {
      bool isRight = lane & side;
      upper[lane] = isRight ? lanes + lane - side : lane;
      lower[lane] = isRight ? lanes + lane : lane + side;
    }
    for (int64_t r = 0; r < lanes; ++r)
      if (!(r & side)) {
        Value up = rows[r], low = rows[r + side];
        rows[r] = vector::ShuffleOp::create(b, loc, up, low, upper);
        rows[r + side] = vector::ShuffleOp::create(b, loc, up, low, lower);
      }
  }
  return rows;
}

void storeTurned(LoopNest &nest, SmallVector<Value> rows, Value target, Value to, int64_t toStride, int64_t width, int64_t storedLanes) {
  IndexMath math = nest.math();
  rows = turned(nest, std::move(rows));
  for (int64_t c = 0; c < width; ++c)
    nest.store(rows[c], target, math.add(to, c * toStride), storedLanes);
}

} // namespace tl
