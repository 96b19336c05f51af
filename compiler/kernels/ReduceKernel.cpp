// Sums, maxima and argmax, with the pointwise work before and after them.
#include "compiler/fusion/Calculus.h"
#include "compiler/kernels/LoopNest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <limits>

using namespace mlir;

namespace tl {
namespace {

/// Sums along memory are as many sums at once, combined at the end: the order of a sum is the program's, not the processor's.
constexpr int64_t sumLanes = 16;

class Reduction {
public:
  explicit Reduction(LoopNest &nest)
      : nest(nest), b(nest.b), loc(nest.loc), math(nest.math()), root(nest.root), source(root->getOperand(0)), in(shapeOf(source)),
        isSum(isKind(root, Op::ReduceSum)), element(registerType(elementOf(source))), axes(integers(root, "axes")) {
    llvm::sort(axes); // An op may name them in any order; here they are met in the tensor's.
  }

  /// Whether lanes go along what is summed, not along the result.
  static bool isAlongSum(Operation *root) {
    int64_t lane = laneAxis(shapeOf(root->getOperand(0)));
    return lane < 0 || llvm::is_contained(integers(root, "axes"), lane);
  }

  void emit() { isAlongSum(root) ? alongSum(laneAxis(in)) : alongResult(laneAxis(in)); }

private:
  void alongSum(int64_t lane);
  void alongResult(int64_t lane);
  void columns(Value row, Value column, int64_t vectors, Value lastMask);
  using Body = llvm::function_ref<LoopNest::Carry(ValueRange, ValueRange)>;
  LoopNest::Carry carrySums(ArrayRef<int64_t> sizes, LoopNest::Carry sums, int64_t terms, Body body);
  Value identity(bool vector) {
    double value = isSum                     ? 0
                   : isa<FloatType>(element) ? -std::numeric_limits<double>::infinity()
                                             : std::numeric_limits<int32_t>::min();
    return splatConstant(b, loc, vector ? Type(VectorType::get({nest.lanes}, element)) : element, value);
  }
  Value combine(Value x, Value y) {
    if (isa<FloatType>(element))
      return isSum ? arith::AddFOp::create(b, loc, x, y).getResult() : arith::MaximumFOp::create(b, loc, x, y).getResult();
    return isSum ? arith::AddIOp::create(b, loc, x, y).getResult() : arith::MaxSIOp::create(b, loc, x, y).getResult();
  }
  Value acrossLanes(Value vector);
  /// Input point from the result's point and the indices of the reduced axes.
  Point inputPoint(const Point &out, ArrayRef<AxisIndex> reduced) {
    Point point;
    size_t kept = 0, gone = 0;
    for (size_t axis = 0; axis < in.size(); ++axis)
      point.push_back(llvm::is_contained(axes, axis) ? reduced[gone++] : out[kept++]);
    return point;
  }
  SmallVector<int64_t> reducedSizes(int64_t without) {
    SmallVector<int64_t> sizes;
    for (int64_t axis = 0; axis < int64_t(in.size()); ++axis)
      if (llvm::is_contained(axes, axis))
        sizes.push_back(axis == without ? 1 : in[axis]);
    return sizes;
  }
  Value valueAt(const Point &point, Value mask, bool vector) {
    Expression expression = nest.expression();
    expression.mask = mask;
    return vector ? expression.lanesAt(source, point) : expression.at(source, point);
  }
  void store(const Point &out, Value value, Value mask) {
    Expression expression = nest.expression();
    expression.mask = mask;
    expression.set(root->getResult(0), value);
    nest.finish(expression, out);
  }

  LoopNest &nest;
  OpBuilder &b;
  Location loc;
  IndexMath math;
  Operation *root;
  Value source;
  ArrayRef<int64_t> in;
  bool isSum;
  Type element;
  SmallVector<int64_t> axes;
};

/// Halves are combined until one lane is left.
Value Reduction::acrossLanes(Value vector) {
  for (int64_t width = nest.lanes / 2; width; width /= 2) {
    Value low = vector::ExtractStridedSliceOp::create(b, loc, vector, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{width}, ArrayRef<int64_t>{1});
    Value high = vector::ExtractStridedSliceOp::create(b, loc, vector, ArrayRef<int64_t>{width}, ArrayRef<int64_t>{width}, ArrayRef<int64_t>{1});
    vector = combine(low, high);
  }
  return vector::ExtractOp::create(b, loc, vector, ArrayRef<int64_t>{0});
}

/// A loop nest that carries sums; its body adds so many terms to each. In f32 a sum that grew a million times as large as its
/// terms keeps nothing of their last digits, and is wrong by the same amount in the same direction each time where they are
/// alike (a channel whose mean is large). So sums of a block of terms are added up in double.
LoopNest::Carry Reduction::carrySums(ArrayRef<int64_t> sizes, LoopNest::Carry sums, int64_t terms, Body body) {
  constexpr int64_t block = 128;
  int64_t inner = terms;
  size_t axis = sizes.size();
  while (axis > 0 && inner * sizes[axis - 1] <= block)
    inner *= sizes[--axis];
  if (axis == 0 || !isSum || !element.isF32())
    return nest.carry(sizes, sums, body);
  // The axis that crosses the border of a block is taken apart: `blocks` times `steps` of it, and a rest.
  --axis;
  int64_t steps = std::max<int64_t>(1, block / inner), blocks = sizes[axis] / steps;
  auto wide = VectorType::get({nest.lanes}, b.getF64Type());
  auto addBlocks = [&](int64_t first, int64_t count, int64_t length, const LoopNest::Carry &totals) {
    SmallVector<int64_t> outer(sizes.take_front(axis)), within{length};
    outer.push_back(count);
    llvm::append_range(within, sizes.drop_front(axis + 1));
    return nest.carry(outer, totals, [&](ValueRange at, ValueRange carried) {
      auto parts = nest.carry(within, LoopNest::Carry(sums.size(), identity(true)), [&](ValueRange there, ValueRange parts) {
        SmallVector<Value> indices(at.drop_back());
        indices.push_back(math.add(math.add(math.mul(at.back(), length), there.front()), first));
        llvm::append_range(indices, there.drop_front());
        return body(indices, parts);
      });
      LoopNest::Carry next;
      for (auto [total, part] : llvm::zip(carried, parts))
        next.push_back(arith::AddFOp::create(b, loc, total, arith::ExtFOp::create(b, loc, wide, part)));
      return next;
    });
  };
  LoopNest::Carry totals;
  for (Value sum : sums)
    totals.push_back(arith::ExtFOp::create(b, loc, wide, sum));
  totals = addBlocks(0, blocks, steps, totals);
  if (int64_t rest = sizes[axis] % steps)
    totals = addBlocks(blocks * steps, 1, rest, totals);
  for (Value &total : totals)
    total = arith::TruncFOp::create(b, loc, VectorType::get({nest.lanes}, element), total);
  return totals;
}

/// Lanes go along a reduced axis, and are combined last.
void Reduction::alongSum(int64_t lane) {
  int64_t length = lane < 0 ? 1 : in[lane], whole = length / nest.lanes, rest = length % nest.lanes;
  // Four sums at once hide the latency of an addition.
  int64_t ways = whole >= 8 ? 4 : 1;
  int64_t lanePosition = lane < 0 ? 0 : llvm::find(axes, lane) - axes.begin();
  SmallVector<int64_t> sizes = reducedSizes(lane);
  nest.forPieces(elementsOf(root->getResult(0)), [&](Value piece) {
    Point out = math.delinearize({piece, 0, {}}, shapeOf(root->getResult(0)));
    auto pointAt = [&](ValueRange outer, AxisIndex along) {
      SmallVector<AxisIndex> reduced;
      for (auto [position, index] : llvm::enumerate(outer))
        reduced.push_back(int64_t(position) == lanePosition && lane >= 0 ? along : AxisIndex{index, 0, {}});
      return inputPoint(out, reduced);
    };
    if (lane < 0) // a single element
      return store(out, valueAt(pointAt(SmallVector<Value>(axes.size(), math.constant(0)), {}), {}, false), {});
    int64_t terms = whole / ways + 1;
    auto sums = carrySums(sizes, LoopNest::Carry(ways, identity(true)), terms, [&](ValueRange outer, ValueRange carried) {
      auto inner = carrySums({whole / ways}, LoopNest::Carry(carried), 1, [&](ValueRange step, ValueRange sums) {
        LoopNest::Carry next;
        for (int64_t way = 0; way < ways && whole; ++way) {
          Value column = math.add(math.mul(step[0], ways * nest.lanes), way * nest.lanes);
          next.push_back(combine(sums[way], valueAt(pointAt(outer, {column, 1, {}}), {}, true)));
        }
        return whole ? next : LoopNest::Carry(sums);
      });
      for (int64_t vector = whole / ways * ways; vector < whole; ++vector)
        inner[0] = combine(inner[0], valueAt(pointAt(outer, {math.constant(vector * nest.lanes), 1, {}}), {}, true));
      if (rest) {
        Value mask = nest.tailMask(rest);
        Value value = valueAt(pointAt(outer, {math.constant(whole * nest.lanes), 1, {}}), mask, true);
        value = arith::SelectOp::create(b, loc, mask, value, identity(true));
        inner[0] = combine(inner[0], value);
      }
      return inner;
    });
    while (sums.size() > 1) {
      Value last = sums.pop_back_val();
      sums.front() = combine(sums.front(), last);
    }
    store(out, acrossLanes(sums[0]), {});
  });
}

/// Vectors of results next to each other; `lastMask` is that of the last of them.
void Reduction::columns(Value row, Value column, int64_t vectors, Value lastMask) {
  ArrayRef<int64_t> outShape = shapeOf(root->getResult(0));
  int64_t outLane = laneAxis(outShape);
  Point head = math.delinearize({row, 0, {}}, outShape.take_front(outLane));
  auto outAt = [&](int64_t vector) {
    Point out(outShape.size(), math.at(0));
    llvm::copy(head, out.begin());
    out[outLane] = {math.add(column, vector * nest.lanes), 1, {}};
    return out;
  };
  auto maskOf = [&](int64_t vector) { return vector == vectors - 1 ? lastMask : Value(); };
  auto sums = carrySums(reducedSizes(-1), LoopNest::Carry(vectors, identity(true)), 1, [&](ValueRange indices, ValueRange sums) {
    SmallVector<AxisIndex> reduced;
    for (Value index : indices)
      reduced.push_back({index, 0, {}});
    LoopNest::Carry next;
    for (int64_t vector = 0; vector < vectors; ++vector)
      next.push_back(combine(sums[vector], valueAt(inputPoint(outAt(vector), reduced), maskOf(vector), true)));
    return next;
  });
  for (int64_t vector = 0; vector < vectors; ++vector)
    store(outAt(vector), sums[vector], maskOf(vector));
}

/// Lanes go along the result: each lane is a sum of its own. As much of a row as there are registers for is read at once, in
/// parts of about one size: lines of a row that are met in passes of their own come from memory one by one.
void Reduction::alongResult(int64_t lane) {
  constexpr int64_t mostVectors = 8;
  int64_t length = in[lane], vectors = (length + nest.lanes - 1) / nest.lanes, rest = length % nest.lanes;
  int64_t rows = elementsOf(root->getResult(0)) / length;
  int64_t tiles = (vectors + mostVectors - 1) / mostVectors, together = (vectors + tiles - 1) / tiles;
  int64_t last = vectors - (tiles - 1) * together;
  // The last part of a row is apart where it is smaller or cut.
  int64_t equal = last == together && !rest ? tiles : tiles - 1;
  nest.forPieces(rows * equal, [&](Value piece) {
    columns(math.div(piece, equal), math.mul(math.rem(piece, equal), together * nest.lanes), together, {});
  });
  if (equal < tiles)
    nest.forPieces(rows, [&](Value row) {
      columns(row, math.constant(equal * together * nest.lanes), last, rest ? nest.tailMask(rest) : Value());
    });
}

} // namespace

void emitReduce(LoopNest &nest) {
  if (Reduction::isAlongSum(nest.root))
    nest.lanes = sumLanes;
  Reduction(nest).emit();
}

/// A scalar loop per result; the first of equal maxima wins. What has been greatest becomes NaN with the first NaN and stays so.
void emitArgMax(LoopNest &nest) {
  OpBuilder &b = nest.b;
  Location loc = nest.loc;
  IndexMath math = nest.math();
  Value source = nest.root->getOperand(0), result = nest.root->getResult(0);
  int64_t axis = integer(nest.root, "axis");
  nest.forPieces(elementsOf(result), [&](Value piece) {
    Point out = math.delinearize({piece, 0, {}}, shapeOf(result));
    auto valueAt = [&](Value index) {
      Point point = out;
      point.insert(point.begin() + axis, AxisIndex{index, 0, {}});
      Expression expression = nest.expression();
      return expression.at(source, point);
    };
    LoopNest::Carry first{valueAt(math.constant(0)), math.constant(0)};
    bool isReal = isa<FloatType>(elementOf(source));
    auto best = nest.carry({shapeOf(source)[axis]}, first, [&](ValueRange index, ValueRange best) -> LoopNest::Carry {
      Value value = valueAt(index[0]);
      Value greater = isReal ? arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, value, best[0]).getResult()
                             : arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, value, best[0]).getResult();
      Value most = isReal ? arith::MaximumFOp::create(b, loc, value, best[0]).getResult()
                          : arith::MaxSIOp::create(b, loc, value, best[0]).getResult();
      return {most, arith::SelectOp::create(b, loc, greater, index[0], best[1])};
    });
    Value place = arith::IndexCastOp::create(b, loc, b.getI32Type(), best[1]);
    if (isReal) {
      Value isNaN = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, best[0], best[0]);
      place = arith::SelectOp::create(b, loc, isNaN, splatConstant(b, loc, b.getI32Type(), -1), place);
    }
    Expression expression = nest.expression();
    expression.set(result, place);
    nest.finish(expression, out);
  });
}

} // namespace tl
