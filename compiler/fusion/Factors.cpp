// Factors of products that have few digits, in a form that kernels multiply.
#include "compiler/fusion/Factors.h"

using namespace mlir;

namespace tl {

Value madeOnce(OpBuilder &b, Location loc, Value x, llvm::function_ref<Value(ir::Build, Value)> make) {
  auto argument = llvm::dyn_cast<BlockArgument>(x);
  auto scan = argument ? llvm::dyn_cast<ir::ScanOp>(argument.getOwner()->getParentOp()) : nullptr;
  if (!scan || !llvm::is_contained(scan.constantArguments(), argument))
    return make({b, loc}, x);
  size_t constant = argument.getArgNumber() - scan.constantArguments().front().getArgNumber();
  OpBuilder before(scan);
  Value made = make({before, loc}, scan.getConstants()[constant]);
  scan.getConstantsMutable().append(made);
  return argument.getOwner()->addArgument(made.getType(), loc);
}

Value Factors::wide(Value factor) {
  if (Value known = widened.lookup(factor))
    return known;
  Operation *op = factor.getDefiningOp();
  OpBuilder b(factor.getContext());
  b.setInsertionPointAfterValue(factor);
  ir::Build m{b, factor.getLoc()};
  TensorType type = computedIn(ir::typeOf(factor));
  Value made;
  if (auto constant = llvm::dyn_cast_if_present<ir::ConstantOp>(op))
    made = m.constant(constant.number(), type);
  else if (llvm::isa_and_present<ir::ReshapeOp, ir::TransposeOp, ir::BroadcastOp, ir::SliceOp, ir::PadOp, ir::WindowOp>(op))
    made = m.op(*ir::wordOf(op), {wide(op->getOperand(0))}, ir::attributesOf(op), type);
  else
    made = madeOnce(b, factor.getLoc(), factor, [&](ir::Build at, Value x) { return at.cast(x, type.dtype); });
  return widened[factor] = made;
}

/// What lies in memory under views, and which of its axes is the one along which pairs are.
static std::optional<std::pair<Value, int64_t>> belowViews(Value factor, int64_t axis) {
  Operation *op = factor.getDefiningOp();
  if (auto transpose = llvm::dyn_cast_if_present<ir::TransposeOp>(op))
    return belowViews(transpose.getX(), transpose.getAxes()[size_t(axis)]);
  if (auto window = llvm::dyn_cast_if_present<ir::WindowOp>(op)) {
    int64_t along = int64_t(window.getAxis());
    if (axis == along || axis == along + 1) // Every other window would begin within a pair.
      return std::nullopt;
    return belowViews(window.getX(), axis < along ? axis : axis - 1);
  }
  if (llvm::isa_and_present<ir::BroadcastOp>(op))
    return std::nullopt;
  return std::pair(factor, axis);
}

std::optional<int64_t> Factors::movedForPairs(Value factor, int64_t axis) {
  auto below = belowViews(factor, axis);
  if (!below)
    return std::nullopt;
  auto [base, along] = *below;
  TensorType type = ir::typeOf(base);
  return along + 1 == int64_t(type.shape.size()) && type.shape[size_t(along)] % 2 == 0 ? 0 : type.elements();
}

Value Factors::inPairs(Value factor, int64_t axis) {
  if (Value known = paired.lookup({factor, axis}))
    return known;
  Operation *op = factor.getDefiningOp();
  OpBuilder b(factor.getContext());
  b.setInsertionPointAfterValue(factor);
  ir::Build m{b, factor.getLoc()};
  const int64_t rank = int64_t(ir::typeOf(factor).shape.size());
  Value made;
  if (auto transpose = llvm::dyn_cast_if_present<ir::TransposeOp>(op)) {
    std::vector<int64_t> axes = transpose.getAxes().vec();
    axes.push_back(rank);
    made = m.transpose(inPairs(transpose.getX(), transpose.getAxes()[size_t(axis)]), axes);
  } else if (auto window = llvm::dyn_cast_if_present<ir::WindowOp>(op)) {
    Attributes along = ir::attributesOf(op);
    made = m.window(inPairs(window.getX(), axis < along.axis ? axis : axis - 1), along.axis, along.size, along.stride, along.dilation);
  } else {
    made = madeOnce(b, factor.getLoc(), factor, [&](ir::Build at, Value x) {
      std::vector<int64_t> shape = ir::typeOf(x).shape, axes;
      if (shape[size_t(axis)] % 2) {
        std::vector<int64_t> none(shape.size(), 0), one = none;
        one[size_t(axis)] = 1;
        x = at.pad(x, none, one);
        ++shape[size_t(axis)];
      }
      shape[size_t(axis)] /= 2;
      shape.insert(shape.begin() + axis + 1, 2);
      Value split = at.reshape(x, shape);
      if (axis + 1 == rank)
        return split;
      for (int64_t each = 0; each <= rank; ++each)
        if (each != axis + 1)
          axes.push_back(each);
      axes.push_back(axis + 1);
      // A copy, not a view: kernels load what lies side by side.
      Value turned = at.transpose(split, axes);
      return Value(ir::CastOp::create(at.b, at.loc, turned.getType(), turned));
    });
  }
  return paired[{factor, axis}] = made;
}

} // namespace tl
