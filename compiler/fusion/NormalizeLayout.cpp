// Before kernels are made: reshapes out of the way of pointwise work, padded copies in the place of what they copy, long
// sums in two steps.
#include "compiler/ir/Build.h"
#include "compiler/fusion/Calculus.h"
#include "compiler/fusion/Fusion.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace tl {
namespace {

using Shape = std::vector<int64_t>;

bool isPointwise(Value value) {
  Operation *op = value.getDefiningOp();
  std::optional<Op> kind = op ? kindOf(op) : std::nullopt;
  return kind && isElementwise(*kind);
}

/// For each axis of `from` the axis of `to` that is the same one after a reshape; -1: it is split or joined.
SmallVector<int64_t> sameAxes(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  SmallVector<int64_t> same(from.size(), -1);
  size_t j = 0;
  int64_t before = 1, beforeOther = 1; // elements in front of the axes
  for (auto [i, size] : llvm::enumerate(from)) {
    while (j < to.size() && beforeOther < before)
      beforeOther *= to[j++];
    if (j < to.size() && beforeOther == before && to[j] == size && size > 1)
      same[i] = j;
    before *= size;
  }
  return same;
}

/// Σ_ij x[i, j] = Σ_i Σ_j x[i, j], the same for maxima: where there are few results, threads share the first step.
void reduceInTwoSteps(Operation *reduce) {
  constexpr int64_t leastElements = 1 << 15, mostRow = 16;
  Value x = reduce->getOperand(0);
  SmallVector<int64_t> axes = integers(reduce, "axes");
  llvm::sort(axes);
  int64_t last = int64_t(shapeOf(x).size()) - 1, results = elementsOf(reduce->getResult(0));
  bool isWhole = results == 1;
  if (elementsOf(x) < leastElements || axes.size() < 2 || axes.front() != 0 || (!isWhole && axes.back() == last) ||
      results * shapeOf(x)[0] * mostRow > elementsOf(x))
    return;
  OpBuilder builder(reduce);
  ir::Build b{builder, reduce->getLoc()};
  Op kind = *kindOf(reduce);
  auto along = [](std::vector<int64_t> axes) {
    Attributes attributes;
    attributes.axes = std::move(axes);
    return attributes;
  };
  Value rows = b.op(kind, {x}, along({axes.begin() + 1, axes.end()}));
  reduce->getResult(0).replaceAllUsesWith(b.op(kind, {rows}, along({0})));
  reduce->erase();
}

/// e(reshape x, …) → reshape e(x, …), where x is computed point by point for e alone: then both are one loop.
class ReshapeBehind {
public:
  ReshapeBehind(Operation *op, Value x) : builder(op), b{builder, op->getLoc()}, shape(shapeOf(x)) {}
  bool isFree(Value value) const;
  Value reshaped(Value value);

private:
  OpBuilder builder;
  ir::Build b;
  Shape shape;
};

/// Can a value be had in the other shape without losing what it could be computed with?
bool ReshapeBehind::isFree(Value value) const {
  Operation *from = value.getDefiningOp();
  switch (*kindOf(from)) {
  case Op::Constant: case Op::Input: case Op::Read: case Op::Reshape: return true;
  case Op::Broadcast: {
    SmallVector<int64_t> same = sameAxes(shapeOf(value), shape);
    return llvm::all_of(integers(from, "axes"), [&](int64_t axis) { return same[axis] >= 0 || shapeOf(value)[axis] == 1; });
  }
  default:
    return isPointwise(value) && (!value.hasOneUse() || llvm::all_of(from->getOperands(), [&](Value v) { return isFree(v); }));
  }
}

Value ReshapeBehind::reshaped(Value value) {
  Operation *from = value.getDefiningOp();
  tl::TensorType type = ir::typeOf(value);
  type.shape = shape;
  if (isKind(from, Op::Constant))
    return b.constant(constantValue(from), type);
  if (isKind(from, Op::Broadcast)) {
    SmallVector<int64_t> same = sameAxes(shapeOf(value), shape);
    Shape small, axes;
    for (int64_t axis : integers(from, "axes"))
      if (same[axis] >= 0) {
        axes.push_back(same[axis]);
        small.push_back(shape[same[axis]]);
      }
    return b.broadcast(b.reshape(from->getOperand(0), small), axes, shape);
  }
  if (isKind(from, Op::Reshape))
    return ArrayRef(shape) == shapeOf(from->getOperand(0)) ? from->getOperand(0) : b.reshape(from->getOperand(0), shape);
  if (!isPointwise(value) || !value.hasOneUse())
    return b.reshape(value, shape);
  SmallVector<Value> operands;
  for (Value operand : from->getOperands())
    operands.push_back(reshaped(operand));
  return b.op(*kindOf(from), operands, ir::attributesOf(from), type);
}

/// True where the op was replaced.
bool putReshapeBehind(Operation *op) {
  for (Value operand : op->getOperands()) {
    Operation *reshape = operand.getDefiningOp();
    if (!isKind(reshape, Op::Reshape) || !operand.hasOneUse())
      continue;
    Value x = reshape->getOperand(0);
    if (!isPointwise(x) || !x.hasOneUse())
      continue;
    ReshapeBehind behind(op, x);
    if (!llvm::all_of(op->getOperands(), [&](Value value) { return behind.isFree(value); }))
      continue;
    SmallVector<Value> operands;
    for (Value value : op->getOperands())
      operands.push_back(behind.reshaped(value));
    OpBuilder builder(op);
    ir::Build b{builder, op->getLoc()};
    tl::TensorType type = ir::typeOf(op->getResult(0));
    Shape shape = type.shape;
    type.shape = Shape(shapeOf(x));
    Value result = b.op(*kindOf(op), operands, ir::attributesOf(op), type);
    op->getResult(0).replaceAllUsesWith(b.reshape(result, shape));
    op->erase();
    return true;
  }
  return false;
}

/// x = slice(pad x): what is padded anyway is read there and not stored once more.
void readPadded(Operation *pad) {
  Value x = pad->getOperand(0);
  if (!isPointwise(x))
    return;
  SmallVector<Operation *> others;
  for (Operation *user : x.getUsers()) {
    std::optional<Op> kind = kindOf(user);
    if (user == pad)
      continue;
    if (!kind || isKind(user, Op::Scan) || isKind(user, Op::Reshape) || isKind(user, Op::Write) || isKind(user, Op::Output) || isKind(user, Op::Pad))
      return; // These want it whole, in memory.
    others.push_back(user);
  }
  if (others.empty())
    return;
  pad->moveAfter(x.getDefiningOp());
  OpBuilder builder(pad->getContext());
  builder.setInsertionPointAfter(pad);
  ir::Build b{builder, pad->getLoc()};
  Shape starts, limits;
  for (auto [start, size] : llvm::zip(integers(pad, "starts"), shapeOf(x))) {
    starts.push_back(start);
    limits.push_back(start + size);
  }
  Value inside = b.slice(pad->getResult(0), starts, limits);
  for (Operation *user : others)
    user->replaceUsesOfWith(x, inside);
}

} // namespace

void normalizeLayout(func::FuncOp function) {
  SmallVector<Operation *> pointwise, reductions, pads;
  for (Operation &op : function.getBody().front())
    if (std::optional<Op> kind = kindOf(&op)) {
      if (isElementwise(*kind))
        pointwise.push_back(&op);
      if (*kind == Op::ReduceSum || *kind == Op::ReduceMax)
        reductions.push_back(&op);
    }
  llvm::for_each(pointwise, [](Operation *op) { putReshapeBehind(op); });
  llvm::for_each(reductions, reduceInTwoSteps);
  for (Operation &op : function.getBody().front())
    if (isKind(&op, Op::Pad))
      pads.push_back(&op);
  llvm::for_each(pads, readPadded);
}

} // namespace tl
