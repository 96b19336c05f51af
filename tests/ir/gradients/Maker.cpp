// Drawing shapes, numbers and operands.
#include "tests/ir/gradients/Maker.h"
#include <algorithm>
#include <cmath>

namespace tl::test {
using namespace mlir;

std::vector<int64_t> Maker::shuffled(int64_t rank) {
  std::vector<int64_t> axes = ir::otherAxes({}, rank);
  for (int64_t i = rank; i-- > 1;)
    std::swap(axes[size_t(i)], axes[size_t(below(i + 1))]);
  return axes;
}

std::vector<int64_t> Maker::someAxes(int64_t rank) {
  std::vector<int64_t> axes = shuffled(rank);
  axes.resize(size_t(below(rank + 1)));
  return axes;
}

Shape Maker::shape(int64_t leastRank) {
  if (isComposing && below(8)) {
    Shape known = ir::typeOf(pick(values)).shape;
    if (int64_t(known.size()) >= leastRank)
      return known;
  }
  Shape shape;
  bool isLarge = room > 40;
  int64_t rank = std::max(isLarge ? 2 : leastRank, below(5)), rest = room;
  for (int64_t axis = 0; axis < rank; ++axis) {
    shape.push_back(isLarge && rest > 90 ? 30 + below(60) : 1 + below(std::min<int64_t>(5, rest)));
    rest /= shape.back();
  }
  return shape;
}

std::vector<double> Maker::draw(int64_t count, const Domain &domain) {
  Range range = pick(domain.ranges);
  std::vector<double> data;
  for (int64_t i = 0; i < count; ++i) {
    double x = range.isLogarithmic ? std::exp(between(std::log(range.low), std::log(range.high)))
                                   : between(range.low, range.high);
    data.push_back(double(float(range.isSigned && below(2) ? -x : x)));
  }
  return data;
}

Value Maker::field(const TensorType &type, std::vector<double> data, bool isVariable) {
  const std::string name = fields.emplace_back(Field{"x" + std::to_string(fields.size()), type, std::move(data), isVariable}).name;
  return isVariable ? ir::readParameter(b, loc, stage, name, type) : ir::make(b, loc, Op::Input, {}, {.name = name}, type)->getResult(0);
}

Value Maker::variable(const Shape &shape, const Domain &domain) {
  TensorType type{real, shape};
  return field(type, draw(type.elements(), domain), true);
}

Value Maker::input(const TensorType &type, std::vector<double> data) { return field(type, std::move(data), false); }

Value Maker::ids(const Shape &shape, int64_t rows) {
  TensorType type{DType::I32, shape};
  std::vector<double> data;
  for (int64_t i = 0; i < type.elements(); ++i)
    data.push_back(double(below(rows)));
  return input(type, data);
}

Value Maker::flags(const Shape &shape) {
  if (below(2))
    return op(Op::Lt, {take(shape), take(shape)});
  Value whole = ids(shape, 2);
  return op(Op::Eq, {whole, fill(1, whole)});
}

Value Maker::kept(const Shape &shape) {
  TensorType type{pick<DType>({DType::BF16, DType::F16}), shape};
  std::vector<double> data = draw(type.elements(), {});
  for (double &number : data)
    number = rounded(type.dtype, number);
  return cast(cast(input(type, data), DType::F32), real);
}

Value Maker::confine(Value x, const Domain &domain) {
  if (domain.isBounded)
    return op(Op::Tanh, {x});
  return domain.ranges[0].low > 0 ? add(mul(x, x), fill(0.5, x)) : x;
}

Value Maker::take(const Shape &shape, const Domain &domain) {
  std::vector<Value> fitting;
  for (Value value : values)
    if (ir::typeOf(value).shape == shape)
      fitting.push_back(value);
  if (!isComposing || fitting.empty() || !below(6)) {
    Value made = variable(shape, isComposing ? Domain{} : domain);
    if (!isComposing)
      return made;
    values.push_back(made);
    return confine(made, domain);
  }
  return confine(pick(fitting), domain);
}

} // namespace tl::test
