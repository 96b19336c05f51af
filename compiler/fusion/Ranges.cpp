// What numbers may be in a box of places, as far as indices tell.
#include "compiler/fusion/Squares.h"
#include <limits>

using namespace mlir;

namespace tl {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr Range anything{-infinite, infinite}, eitherTruth{0, 1};
using Box = SmallVector<std::pair<int64_t, int64_t>>;

Range hull(Range a, Range b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }

Range truth(bool mayBeFalse, bool mayBeTrue) { return {mayBeFalse ? 0.0 : 1.0, mayBeTrue ? 1.0 : 0.0}; }

Range compared(Op op, Range a, Range b) {
  switch (op) {
  case Op::Lt: return truth(a.high >= b.low, a.low < b.high);
  case Op::Le: return truth(a.high > b.low, a.low <= b.high);
  case Op::Gt: return compared(Op::Lt, b, a);
  case Op::Ge: return compared(Op::Le, b, a);
  default: return eitherTruth;
  }
}

bool isFinite(Range range) { return range.low > -infinite && range.high < infinite; }

Range computed(Op op, ArrayRef<Range> x, bool isReal) {
  switch (op) {
  case Op::Lt: case Op::Le: case Op::Gt: case Op::Ge: // NaN compares as no number does.
    return isReal ? eitherTruth : compared(op, x[0], x[1]);
  case Op::Not: return {1 - x[0].high, 1 - x[0].low};
  case Op::And: return {std::min(x[0].low, x[1].low), std::min(x[0].high, x[1].high)};
  case Op::Or: return {std::max(x[0].low, x[1].low), std::max(x[0].high, x[1].high)};
  case Op::Select: return x[0].low == 1 ? x[1] : x[0].high == 0 ? x[2] : hull(x[1], x[2]);
  default: break;
  }
  if (isReal || !llvm::all_of(x, isFinite)) // Arithmetic of indices; that of reals rounds.
    return anything;
  switch (op) {
  case Op::Add: return {x[0].low + x[1].low, x[0].high + x[1].high};
  case Op::Sub: return {x[0].low - x[1].high, x[0].high - x[1].low};
  case Op::Neg: return {-x[0].high, -x[0].low};
  case Op::Abs: return {std::max({0.0, x[0].low, -x[0].high}), std::max(-x[0].low, x[0].high)};
  default: return anything;
  }
}

} // namespace

Range rangeIn(Value tensor, ArrayRef<std::pair<int64_t, int64_t>> box) {
  Operation *op = tensor.getDefiningOp();
  std::optional<Op> kind = op ? kindOf(op) : std::nullopt;
  if (!kind)
    return anything;
  switch (*kind) {
  case Op::Constant: return {constantValue(op), constantValue(op)};
  case Op::Iota: {
    auto [first, last] = box[integer(op, "axis")];
    return {double(first), double(last)};
  }
  case Op::Broadcast: {
    Box inner;
    for (int64_t axis : integers(op, "axes"))
      inner.push_back(box[axis]);
    return rangeIn(op->getOperand(0), inner);
  }
  case Op::Transpose: {
    SmallVector<int64_t> axes = integers(op, "axes");
    Box inner(axes.size());
    for (auto [out, in] : llvm::enumerate(axes))
      inner[in] = box[out];
    return rangeIn(op->getOperand(0), inner);
  }
  case Op::Reshape: { // of axes of one element
    Box inner;
    size_t axis = 0;
    ArrayRef<int64_t> shape = shapeOf(tensor);
    for (int64_t size : shapeOf(op->getOperand(0))) {
      while (size != 1 && axis < shape.size() && shape[axis] == 1)
        ++axis;
      if (size == 1)
        inner.push_back({0, 0});
      else if (axis == shape.size() || shape[axis] != size)
        return anything;
      else
        inner.push_back(box[axis++]);
    }
    return rangeIn(op->getOperand(0), inner);
  }
  default: break;
  }
  if (!isElementwise(*kind))
    return anything;
  SmallVector<Range> operands;
  for (Value operand : op->getOperands())
    operands.push_back(rangeIn(operand, box));
  return computed(*kind, operands, isa<FloatType>(elementOf(op->getOperand(0))));
}

} // namespace tl
