// Arithmetic on positions.
#include "compiler/kernels/Point.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tl {

std::optional<int64_t> constantIndex(Value value) {
  if (auto op = value.getDefiningOp<arith::ConstantIndexOp>())
    return op.value();
  return std::nullopt;
}

Value IndexMath::constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

Value IndexMath::add(Value x, Value y) {
  auto cx = constantIndex(x), cy = constantIndex(y);
  if (cx && cy)
    return constant(*cx + *cy);
  if (cx && *cx == 0)
    return y;
  if (cy && *cy == 0)
    return x;
  return arith::AddIOp::create(b, loc, x, y);
}

Value IndexMath::mul(Value x, int64_t y) {
  if (auto cx = constantIndex(x))
    return constant(*cx * y);
  return y == 1 ? x : arith::MulIOp::create(b, loc, x, constant(y)).getResult();
}

Value IndexMath::div(Value x, int64_t y) {
  if (auto cx = constantIndex(x))
    return constant(*cx / y);
  return y == 1 ? x : arith::DivUIOp::create(b, loc, x, constant(y)).getResult();
}

Value IndexMath::rem(Value x, int64_t y) {
  if (auto cx = constantIndex(x))
    return constant(*cx % y);
  return y == 1 ? constant(0) : arith::RemUIOp::create(b, loc, x, constant(y)).getResult();
}

Value IndexMath::splat(int64_t value) {
  auto type = VectorType::get({lanes}, b.getI32Type());
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, b.getI32IntegerAttr(int32_t(value))));
}

Value IndexMath::vectorOf(const AxisIndex &index) {
  if (index.irregular)
    return index.irregular;
  auto type = VectorType::get({lanes}, b.getI32Type());
  Value base = arith::IndexCastOp::create(b, loc, b.getI32Type(), index.base);
  Value vector = vector::BroadcastOp::create(b, loc, type, base);
  if (!index.step)
    return vector;
  SmallVector<int32_t> steps;
  for (int64_t lane = 0; lane < lanes; ++lane)
    steps.push_back(int32_t(lane * index.step));
  Value offsets = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, ArrayRef<int32_t>(steps)));
  return arith::AddIOp::create(b, loc, vector, offsets);
}

AxisIndex IndexMath::add(const AxisIndex &x, const AxisIndex &y) {
  if (!x.irregular && !y.irregular)
    return {add(x.base, y.base), x.step + y.step, {}};
  return {{}, 0, arith::AddIOp::create(b, loc, vectorOf(x), vectorOf(y))};
}

AxisIndex IndexMath::scale(const AxisIndex &x, int64_t factor) {
  if (!x.irregular)
    return {mul(x.base, factor), x.step * factor, {}};
  return factor == 1 ? x : AxisIndex{{}, 0, arith::MulIOp::create(b, loc, x.irregular, splat(factor))};
}

AxisIndex IndexMath::shift(const AxisIndex &x, int64_t offset) {
  if (!offset)
    return x;
  if (!x.irregular)
    return {add(x.base, offset), x.step, {}};
  return {{}, 0, arith::AddIOp::create(b, loc, x.irregular, splat(offset))};
}

std::pair<AxisIndex, AxisIndex> IndexMath::divide(const AxisIndex &x, int64_t divisor) {
  if (divisor == 1)
    return {x, at(0)};
  if (!x.varies())
    return {{div(x.base, divisor), 0, {}}, {rem(x.base, divisor), 0, {}}};
  Value vector = vectorOf(x), by = splat(divisor);
  return {{{}, 0, arith::DivUIOp::create(b, loc, vector, by)}, {{}, 0, arith::RemUIOp::create(b, loc, vector, by)}};
}

/// x where `outer` is x / size and `inner` x % size.
static Value wholeOf(const AxisIndex &outer, const AxisIndex &inner, int64_t size) {
  if (outer.varies() || inner.varies())
    return {};
  auto quotient = outer.base.getDefiningOp<arith::DivUIOp>();
  auto rest = inner.base.getDefiningOp<arith::RemUIOp>();
  bool areOfOne = quotient && rest && quotient.getLhs() == rest.getLhs() && constantIndex(quotient.getRhs()) == size &&
                  constantIndex(rest.getRhs()) == size;
  return areOfOne ? quotient.getLhs() : Value();
}

AxisIndex IndexMath::linear(const Point &point, ArrayRef<int64_t> shape) {
  SmallVector<std::pair<AxisIndex, int64_t>, 4> terms; // and the elements of each
  int64_t stride = llvm::product_of(shape);
  for (auto [index, size] : llvm::zip(point, shape)) {
    if (size == 1)
      continue;
    stride /= size;
    // Axes of which a loop runs over all at once: nothing is taken apart to be put together again.
    if (Value whole = terms.empty() ? Value() : wholeOf(terms.back().first, index, size))
      terms.back() = {{whole, 0, {}}, stride};
    else
      terms.push_back({index, stride});
  }
  AxisIndex sum = at(0);
  for (auto &[index, stride] : llvm::reverse(terms))
    sum = add(sum, scale(index, stride));
  return sum;
}

Point IndexMath::delinearize(AxisIndex position, ArrayRef<int64_t> shape) {
  Point point(shape.size());
  for (int64_t axis = int64_t(shape.size()) - 1; axis >= 0; --axis) {
    int64_t size = shape[axis];
    bool outermost = llvm::all_of(shape.take_front(axis), [](int64_t s) { return s == 1; });
    if (size == 1) {
      point[axis] = at(0);
    } else if (outermost) {
      point[axis] = position;
      position = at(0);
    } else {
      std::tie(position, point[axis]) = divide(position, size);
    }
  }
  return point;
}

Point IndexMath::reshape(const Point &point, ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  // Equal trailing axes keep their index: lanes along the last axis stay regular.
  size_t same = 0;
  while (same < from.size() && same < to.size() && from[from.size() - 1 - same] == to[to.size() - 1 - same])
    ++same;
  Point head(point.begin(), point.end() - same);
  Point result = delinearize(linear(head, from.drop_back(same)), to.drop_back(same));
  result.append(point.end() - same, point.end());
  return result;
}

} // namespace tl
