// A tile of a contraction: held in registers while the summed loops run, then finished by the epilogue.
#include "compiler/kernels/ContractKernel.h"
#include "compiler/kernels/Rolled.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tl {

using Loop = ContractPlan::Loop;

// Places -----------------------------------------------------------------------------

void Contraction::setAxes(Point &point, const Loop &loop, const AxisIndex &index) {
  ArrayRef<int64_t> shape = shapeOf(nest.root->getResult(0));
  SmallVector<int64_t> sizes = llvm::map_to_vector(loop.outAxes, [&](int64_t axis) { return shape[axis]; });
  for (auto [axis, inner] : llvm::zip(loop.outAxes, math.delinearize(index, sizes)))
    point[axis] = inner;
}

Point Contraction::pointAt(const Place &place, Value row, int64_t vector) {
  Point point(shapeOf(nest.root->getResult(0)).size(), math.at(0));
  for (auto [loop, index] : llvm::zip(plan.batch, place.batch))
    setAxes(point, loop, index);
  for (auto [loop, index] : llvm::zip(plan.across, place.across))
    setAxes(point, loop, index);
  setAxes(point, plan.row, {math.add(place.row, math.div(row, plan.wholeRows)), 0, {}});
  Point inner = math.delinearize({math.rem(row, plan.wholeRows), 0, {}}, sizesOf(plan.whole));
  for (auto [loop, index] : llvm::zip(plan.whole, inner))
    setAxes(point, loop, index);
  setAxes(point, plan.column, {math.add(place.column, vector * lanes), 1, {}});
  return point;
}

// The result -------------------------------------------------------------------------

void Contraction::finishVector(const Place &place, Value row, int64_t v, Value sum) {
  Expression expression = nest.expression();
  if (v == place.vectors - 1 && place.lastLanes < lanes)
    expression.mask = nest.tailMask(place.lastLanes);
  expression.set(nest.root->getResult(0), sum);
  nest.finish(expression, pointAt(place, row, v));
}

void Contraction::finishTile(const Place &place, ArrayRef<Value> sums) {
  if (!scratch) {
    for (int64_t r = 0; r < place.rows; ++r)
      for (int64_t v = 0; v < place.vectors; ++v)
        finishVector(place, math.constant(r), v, sums[r * place.vectors + v]);
    return;
  }
  for (auto [i, sum] : llvm::enumerate(sums))
    vector::StoreOp::create(b, loc, sum, scratch, ValueRange{math.constant(i * lanes)});
  finishRows(place);
}

/// What follows the sums of a tile, which stand row by row in `scratch`.
void Contraction::finishRows(const Place &place) {
  nest.carry({place.rows}, {}, [&](ValueRange r, ValueRange) -> LoopNest::Carry {
    for (int64_t v = 0; v < place.vectors; ++v) {
      Value position = math.add(math.mul(r[0], place.vectors * lanes), v * lanes);
      finishVector(place, r[0], v, vector::LoadOp::create(b, loc, vector, scratch, ValueRange{position}));
    }
    return {};
  });
}

/// How far one index of a loop lies behind the one before it where sums are kept: loops that run as one are neighbours in the result.
int64_t Contraction::keptStride(const Loop &loop) {
  return loop.outAxes.empty() ? 0 : wholeView(nest.root->getResult(0)).strides[loop.outAxes.back()];
}

Value Contraction::keptStart(const Place &place) {
  Value start = math.add(math.mul(place.row, keptStride(plan.row)), math.mul(place.column, keptStride(plan.column)));
  for (auto [loops, indices] : {std::pair(&plan.batch, &place.batch), std::pair(&plan.across, &place.across)})
    for (auto [loop, index] : llvm::zip(*loops, *indices))
      start = math.add(start, math.mul(index.base, keptStride(loop)));
  return start;
}

/// Where each vector of a tile is kept.
SmallVector<Value> Contraction::keptPositions(const Place &place) {
  Value start = keptStart(place);
  SmallVector<Value> positions;
  for (int64_t offset : plan.rowOffsets(place.rows, [&](const Loop &loop) { return keptStride(loop); }))
    for (int64_t v = 0; v < place.vectors; ++v)
      positions.push_back(math.add(start, offset + v * lanes));
  return positions;
}

void Contraction::keepTile(const Place &place, ArrayRef<Value> sums) {
  for (auto [i, position] : llvm::enumerate(keptPositions(place))) {
    SmallVector<Value, 1> at{position};
    if (int64_t(i) % place.vectors == place.vectors - 1 && place.lastLanes < lanes)
      vector::MaskedStoreOp::create(b, loc, kept, at, nest.tailMask(place.lastLanes), sums[i]);
    else
      vector::StoreOp::create(b, loc, sums[i], kept, at);
  }
}

LoopNest::Carry Contraction::keptTile(const Place &place, Value slab) {
  LoopNest::Carry sums;
  Value first = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, slab, math.constant(0));
  for (auto [i, position] : llvm::enumerate(keptPositions(place))) {
    SmallVector<Value, 1> at{position};
    bool isCut = int64_t(i) % place.vectors == place.vectors - 1 && place.lastLanes < lanes;
    Value before = isCut ? vector::MaskedLoadOp::create(b, loc, vector, kept, at, nest.tailMask(place.lastLanes), zero).getResult()
                         : vector::LoadOp::create(b, loc, vector, kept, at).getResult();
    sums.push_back(arith::SelectOp::create(b, loc, first, zero, before));
  }
  return sums;
}

// The operands -----------------------------------------------------------------------

/// The first `count` lanes at a position, `stride` apart.
Value Contraction::loadLanes(Value buffer, Value at, int64_t stride, int64_t count) {
  if (stride == 1)
    return nest.load(buffer, at, count);
  return vector::GatherOp::create(b, loc, vector, buffer, ValueRange{at}, math.vectorOf({math.constant(0), stride, {}}), // nobody has brought it into order
                                  nest.tailMask(count), zero);
}

/// sum + left · right in each lane, or, of pairs, the sum and both products.
Value Contraction::multiplyAdd(Value factor, Value other, Value sum) {
  if (!plan.isPaired)
    return vector::FMAOp::create(b, loc, factor, other, sum);
  auto pairs = VectorType::get({2 * lanes}, b.getBF16Type());
  auto ofPairs = [&](Value words) -> Value { return vector::BitCastOp::create(b, loc, pairs, words); };
  auto name = b.getStringAttr("llvm.x86.avx512bf16.dpbf16ps." + std::to_string(32 * lanes));
  // In this order the instruction spreads the left factor itself where one vector of columns reads it.
  return LLVM::CallIntrinsicOp::create(b, loc, vector, name, ValueRange{sum, ofPairs(other), ofPairs(factor)}).getResult(0);
}

/// Tensors of the result's shape that the epilogue will read and the first cache does not hold, such as an optimizer's slots.
SmallVector<Value> Contraction::readByEpilogue() {
  SmallVector<Value> tensors;
  for (Value tensor : nest.run.getBody().getArguments())
    if (tensor.getType() == nest.root->getResult(0).getType() && tensor != plan.left.base && tensor != plan.right.base && bytesOf(tensor) > plan.target.firstCache)
      tensors.push_back(tensor);
  return tensors;
}

/// Asks for a row of `tensors`.
void Contraction::prefetch(const Place &place, Value row, ArrayRef<Value> tensors) {
  for (Value tensor : tensors)
    for (int64_t v = 0; v < place.vectors; ++v)
      memref::PrefetchOp::create(b, loc, nest.buffers[tensor], ValueRange{math.linear(pointAt(place, row, v), shapeOf(tensor)).base},
                                 /*isWrite=*/true, /*localityHint=*/3, /*isDataCache=*/true);
}

/// Whether the rows of a tile, each without gaps, come from behind the second cache: as they are met side by side, no hardware foresees the next ones.
bool Contraction::rowsComeFromAfar() {
  return !copied && vector.getElementType().isF32() && !plan.isLanewise() && plan.whole.empty() && plan.summed.size() == 1 && plan.summed[0].left == 1 && plan.row.left >= plan.summed[0].size &&
         plan.countOf(plan.left.base) * bytesOf(DType::F32) > plan.target.secondCache;
}

/// Asks for what the tile's `row` is in the next tile of rows.
void Contraction::askForNextRow(const Place &place, Value leftBase, Value row) {
  Value start = math.add(leftBase, math.mul(math.add(row, place.rows), plan.row.left));
  nest.carry({(plan.summed[0].size + Target::line - 1) / Target::line}, {}, [&](ValueRange line, ValueRange) -> LoopNest::Carry {
    nest.askFor(left, math.add(start, math.mul(line[0], Target::line)));
    return {};
  });
}

/// Asks for what the next slab will read: its lines are first met far apart, which no hardware foresees. Two threads share
/// the pieces, and each needs it all.
void Contraction::prefetchSlab(Value slab, Value piece, int64_t pieces) {
  int64_t slabs = sizeOf(plan.slabs), sharing = std::max<int64_t>(1, pieces / 2);
  Value next = math.add(slab, 1), share = math.rem(piece, sharing);
  for (auto [base, buffer] : {std::pair(plan.left.base, left), std::pair(plan.right.base, right)}) {
    int64_t elements = plan.countOf(base) / slabs, lines = elements / Target::line / sharing + 1;
    Value start = math.add(math.mul(next, elements), math.mul(share, lines * Target::line)), last = math.constant(plan.countOf(base) - 1);
    nest.carry({lines}, {}, [&, buffer = buffer](ValueRange line, ValueRange) -> LoopNest::Carry {
      Value at = arith::MinUIOp::create(b, loc, math.add(start, math.mul(line[0], Target::line)), last);
      nest.askFor(buffer, at);
      return {};
    });
  }
}

// Tiles ------------------------------------------------------------------------------

LoopNest::Carry Contraction::sumsOf(const Place &place, Value leftBase, Value rightBase, LoopNest::Carry start, Value slab) {
  SmallVector<int64_t> sizes = sizesOf(plan.summed);
  SmallVector<int64_t> offsets = plan.rowOffsets(place.rows, [&](const Loop &loop) { return copied ? plan.copies.row : loop.left; });
  auto step = [&](ValueRange indices, ValueRange carried) {
    keepRolled(b, place.rows * place.vectors, plan.target);
    Point point = llvm::map_to_vector<4>(indices, [](Value index) { return AxisIndex{index, 0, {}}; });
    Value leftAt, rightAt = rightBase;
    if (copied)
      leftAt = math.add(leftBase, math.mul(math.linear(point, sizes).base, plan.copies.step));
    else
      leftAt = sumOf(math, leftBase, plan.summed, point, &Loop::left);
    if (panel)
      rightAt = math.add(rightAt, math.mul(math.linear(point, sizes).base, place.vectors * lanes));
    else
      rightAt = sumOf(math, rightAt, plan.summed, point, &Loop::right);
    LoopNest::Carry next(carried);
    SmallVector<Value> rowOfRight;
    for (int64_t v = 0; v < place.vectors; ++v)
      rowOfRight.push_back(panel ? loadLanes(panel, math.add(rightAt, v * lanes), 1, lanes)
                                 : loadLanes(right, math.add(rightAt, v * lanes * plan.column.right), plan.column.right, lanesOf(place, v)));
    for (int64_t r = 0; r < place.rows; ++r) {
      Value at = math.add(leftAt, offsets[r]), spread;
      if (!plan.isLanewise())
        spread = nest.loadSpread(copied ? copied : left, at);
      for (int64_t v = 0; v < place.vectors; ++v) {
        Value factor = spread ? spread : loadLanes(left, math.add(at, v * lanes * plan.column.left), plan.column.left, lanesOf(place, v));
        next[r * place.vectors + v] = multiplyAdd(factor, rowOfRight[v], next[r * place.vectors + v]);
      }
    }
    return next;
  };
  if (plan.lastSteps) {
    Value isLast = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, slab, math.constant(sizeOf(plan.slabs) - 1));
    Value steps = arith::SelectOp::create(b, loc, isLast, math.constant(plan.lastSteps), math.constant(sizes[0]));
    return nest.carry(math.constant(0), steps, start, [&](Value index, ValueRange carried) { return step({index}, carried); });
  }
  if (!plan.borders.empty())
    return withinBorders(place, sizes, std::move(start), step);
  SmallVector<Value> fetched = readByEpilogue();
  const bool asksForRows = rowsComeFromAfar();
  if ((fetched.empty() && !asksForRows) || sizes.size() != 1 || sizes[0] < place.rows)
    return nest.carry(sizes, std::move(start), step);
  // A row at a time, so that the requests do not queue up, and between loops, so that the steps are multiply-adds alone.
  auto stepsBefore = [&](Value row) { return math.div(math.mul(row, sizes[0]), place.rows); };
  return nest.carry({place.rows}, std::move(start), [&](ValueRange row, ValueRange carried) {
    if (asksForRows)
      askForNextRow(place, leftBase, row[0]);
    if (!fetched.empty())
      ifLast(slab, [&](bool isLast) {
        if (isLast)
          prefetch(place, row[0], fetched);
      });
    return nest.carry(stepsBefore(row[0]), stepsBefore(math.add(row[0], 1)), carried, step);
  });
}

/// The steps of a sum but those of which the tile knows that they add zeros.
LoopNest::Carry Contraction::withinBorders(const Place &place, ArrayRef<int64_t> sizes, LoopNest::Carry start, llvm::function_ref<LoopNest::Carry(ValueRange, ValueRange)> step) {
  auto indexOf = [&](int64_t number) {
    for (auto [loops, indices] : {std::pair(&plan.batch, &place.batch), std::pair(&plan.across, &place.across)})
      for (auto [loop, index] : llvm::zip(*loops, *indices))
        if (loop.number == number)
          return index.base;
    llvm_unreachable("a border's loop is one of the tile");
  };
  SmallVector<Value> low, high; // of each summed loop
  for (auto [loop, size] : llvm::zip(plan.summed, sizes)) {
    Value first = math.constant(0), end = math.constant(size);
    for (const Border &border : plan.borders) {
      if (border.summed != loop.number)
        continue;
      int64_t stride = border.summedStride;
      Value outer = math.mul(indexOf(border.outer), border.outerStride);
      auto quotient = [&](int64_t bound, int64_t more) { // ⌊(bound - outer) / stride⌋ + more, or rounded up
        Value from = arith::SubIOp::create(b, loc, math.constant(bound), outer), by = math.constant(stride);
        Value whole = stride > 0 ? arith::CeilDivSIOp::create(b, loc, from, by).getResult() : arith::FloorDivSIOp::create(b, loc, from, by).getResult();
        return math.add(whole, more);
      };
      first = arith::MaxSIOp::create(b, loc, first, stride > 0 ? quotient(border.low, 0) : quotient(border.high, 1));
      end = arith::MinSIOp::create(b, loc, end, stride > 0 ? quotient(border.high, 0) : quotient(border.low, 1));
    }
    low.push_back(first), high.push_back(end);
  }
  SmallVector<Value> indices;
  std::function<LoopNest::Carry(size_t, ValueRange)> level = [&](size_t depth, ValueRange carried) -> LoopNest::Carry {
    if (depth == plan.summed.size())
      return step(indices, carried);
    return nest.carry(low[depth], high[depth], carried, [&](Value index, ValueRange inner) {
      indices.push_back(index);
      LoopNest::Carry next = level(depth + 1, inner);
      indices.pop_back();
      return next;
    });
  };
  return level(0, start);
}

Value Contraction::leftOf(const Place &place, Value slab) {
  Value start = math.add(math.mul(place.row, plan.row.left), plan.left.offset);
  if (plan.isLanewise())
    start = math.add(start, math.mul(place.column, plan.column.left));
  start = sumOf(math, sumOf(math, start, plan.batch, place.batch, &Loop::left), plan.across, place.across, &Loop::left);
  return slab ? sumOf(math, start, plan.slabs, math.delinearize({slab, 0, {}}, sizesOf(plan.slabs)), &Loop::left) : start;
}

Value Contraction::rightOf(const Point &batch, Value slab) {
  Value start = sumOf(math, math.constant(plan.right.offset), plan.batch, batch, &Loop::right);
  return slab ? sumOf(math, start, plan.slabs, math.delinearize({slab, 0, {}}, sizesOf(plan.slabs)), &Loop::right) : start;
}

/// Where the last slab is another case than those before; without slabs there is only the last.
void Contraction::ifLast(Value slab, llvm::function_ref<void(bool isLast)> body) {
  slab ? nest.either(slab, sizeOf(plan.slabs) - 1, 1, body) : body(true);
}

void Contraction::tile(const Place &place, Value slab, Value copyAt, Value panelAt) {
  Value leftBase = copied ? copyAt : leftOf(place, slab), rightBase = panelAt;
  if (!panel)
    rightBase = math.add(math.mul(place.column, plan.column.right), rightOf(place.batch, slab));
  if (plan.isInTileRegisters)
    return tileOfRegisters(place, slab, leftBase, rightBase);
  auto sums = sumsOf(place, leftBase, rightBase, slab ? keptTile(place, slab) : LoopNest::Carry(place.rows * place.vectors, zero), slab);
  ifLast(slab, [&](bool isLast) { isLast ? finishTile(place, sums) : keepTile(place, sums); });
}

} // namespace tl
