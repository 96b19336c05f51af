// Evaluates op by op with running error bounds.
#include "tests/kernels/Reference.h"
#include "compiler/passes/SimplifyPatterns.h"
#include "runtime/data/Philox.h"
#include <cmath>

namespace tl::test {
namespace {
using namespace mlir;

constexpr double f32Unit = 0x1p-24, f64Unit = 0x1p-53;

double unitOf(DType dtype) { return dtype == DType::F32 ? f32Unit : dtype == DType::F64 ? f64Unit : 0; }

/// How far a function may be from the true value: `relative` units in the last place, `absolute` units of 1. The
/// polynomials work in f32 whatever the dtype.
struct Rounding {
  double relative, absolute;
};
Rounding roundingOf(Op op, DType dtype, double y, ArrayRef<double> x) {
  switch (op) {
  case Op::Add:
  case Op::Sub:
  case Op::Mul:
  case Op::Div:
  case Op::Sqrt:
    return {unitOf(dtype), 0};
  case Op::Rsqrt:
    return {3 * unitOf(dtype), 0};
  case Op::Exp:
    return {6 * f32Unit, 1e-37};
  case Op::Log:
    return {6 * f32Unit, 2 * f32Unit};
  case Op::Tanh:
  case Op::Erf:
    return {8 * f32Unit, 4 * f32Unit};
  case Op::Sigmoid:
    return {8 * f32Unit, 1e-37};
  case Op::Sin:
  case Op::Cos:
    return {8 * f32Unit, (8 + std::abs(x[0])) * f32Unit}; // the multiple of π taken off is rounded
  case Op::Pow:
    return {(8 + 4 * std::abs(x[1] * std::log(std::abs(x[0]) + 1e-30))) * f32Unit, 1e-37};
  default:
    return {0, 0};
  }
}

/// The largest power of two that every number is a multiple of.
double quantum(const Tensor &tensor) {
  double least = INFINITY;
  for (double x : tensor.data)
    if (x != 0) {
      int exponent;
      double fraction = std::frexp(x, &exponent);
      int64_t bits = int64_t(std::ldexp(std::abs(fraction), 53));
      least = std::min(least, std::ldexp(double(bits & -bits), exponent - 53));
    }
  return least;
}

template <typename F> Tensor map(Tensor x, F f) {
  for (double &value : x.data)
    value = f(value);
  return x;
}
Tensor absolute(const Tensor &x) {
  return map(x, [](double v) { return std::abs(v); });
}
Tensor zeros(const Tensor &x) {
  return map(x, [](double) { return 0; });
}
bool isExact(const Bounded &x) {
  return llvm::all_of(x.error.data, [](double e) { return e == 0; });
}

class OpBounds {
public:
  OpBounds(Operation *op, std::vector<Bounded> operands)
      : op(op), word(*ir::wordOf(op)), x(std::move(operands)), type(ir::typeOf(op->getResult(0))) {}

  Bounded run() {
    if (isElementwise(word))
      return elementwise();
    std::vector<Tensor> values, errors;
    for (const Bounded &operand : x) {
      values.push_back(operand.value);
      errors.push_back(operand.error);
    }
    Bounded y{rounded(evaluate(op, values)), {}};
    if (word == Op::Contract || word == Op::ReduceSum || word == Op::ScatterAdd)
      return sum(std::move(y));
    if (word == Op::ArgMax)
      return {y.value, map(y.value, [&](double) { return isExact(x[0]) ? 0 : INFINITY; })};
    if (x.empty())
      return {y.value, zeros(y.value)};
    // Errors move as values do; ids are exact.
    if (word == Op::Gather)
      errors[1] = values[1];
    y.error = evaluate(op, errors);
    return y;
  }

private:
  Tensor rounded(Tensor y) const {
    return type.dtype == DType::F32 ? map(std::move(y), [](double v) { return double(float(v)); }) : y;
  }

  /// The largest change at the corners of the operands' intervals, and one rounding.
  Bounded elementwise() {
    Bounded y{{type.shape, {}}, {type.shape, {}}};
    size_t count = x.size();
    for (size_t i = 0; i < x[0].value.data.size(); ++i) {
      SmallVector<double> at;
      bool exact = true;
      for (const Bounded &operand : x) {
        at.push_back(operand.value.data[i]);
        exact &= operand.error.data[i] == 0;
      }
      double value = pointwise(at), error = 0;
      for (size_t corner = 0; corner < (exact ? 0 : size_t(1) << count); ++corner) {
        SmallVector<double> moved = at;
        for (size_t n = 0; n < count; ++n)
          moved[n] += (corner >> n & 1 ? 1 : -1) * x[n].error.data[i];
        double change = std::abs(pointwise(moved) - value);
        error = std::isnan(change) ? INFINITY : std::max(error, change);
      }
      Rounding r = roundingOf(word, type.dtype, value, at);
      bool correctlyRounded = r.relative <= unitOf(type.dtype) && r.absolute == 0;
      if (!exact || !correctlyRounded)
        error = error * 1.01 + r.relative * (std::abs(value) + error) + r.absolute;
      y.value.data.push_back(value);
      y.error.data.push_back(error);
    }
    y.value = rounded(std::move(y.value));
    return y;
  }
  double pointwise(ArrayRef<double> at) const {
    return word == Op::StopGradient ? at[0] : *tl::evaluate(word, at, type.dtype);
  }

  /// n terms in any order are off by at most n units of the sum of their absolute values; numbers on one grid are
  /// summed exactly while they fit the mantissa.
  Bounded sum(Bounded y) {
    size_t first = word == Op::ScatterAdd ? 1 : 0, second = word == Op::Contract ? 1 : first;
    auto over = [&](const Tensor &a, const Tensor &b) {
      std::vector<Tensor> operands{a, b};
      if (word == Op::ScatterAdd)
        operands = {x[0].value, a};
      if (word == Op::ReduceSum)
        operands = {a};
      return evaluate(op, operands);
    };
    const Bounded &a = x[first], &b = x[second];
    Tensor magnitude = over(absolute(a.value), absolute(b.value));
    double terms = double(a.value.data.size()) / double(std::max<size_t>(1, y.value.data.size()));
    if (word == Op::Contract)
      terms = summedTerms();
    if (word == Op::ScatterAdd)
      terms = double(x[0].value.data.size());
    double grid = word == Op::Contract ? quantum(a.value) * quantum(b.value) : quantum(a.value),
           unit = unitOf(type.dtype);
    bool isInteger = unit == 0, exact = isExact(a) && isExact(b);
    y.error = zeros(y.value);
    auto add = [&](const Tensor &more, double factor) {
      for (size_t i = 0; i < more.data.size(); ++i)
        y.error.data[i] += factor * more.data[i];
    };
    if (!exact) {
      add(over(a.error, absolute(b.value)), 1.01);
      if (word == Op::Contract) {
        add(over(absolute(a.value), b.error), 1.01);
        add(over(a.error, b.error), 1.01);
      }
    }
    for (size_t i = 0; i < magnitude.data.size() && !isInteger; ++i)
      if (!exact || magnitude.data[i] * unit > grid)
        y.error.data[i] += (terms + 2) * unit * magnitude.data[i];
    return y;
  }
  double summedTerms() {
    Attributes a = ir::attributesOf(op);
    std::map<int64_t, int64_t> sizes;
    for (int side : {0, 1})
      for (size_t axis = 0; axis < a.indices[side].size(); ++axis)
        sizes[a.indices[side][axis]] = x[side].value.shape[axis];
    double count = 1;
    for (auto [loop, size] : sizes)
      if (!llvm::is_contained(a.indices[2], loop))
        count *= double(size);
    return count;
  }

  Operation *op;
  Op word;
  std::vector<Bounded> x;
  TensorType type;
};

/// Element e is word e % 4 of block e / 4, as compiler/kernels/Random.cpp says.
Tensor random(ir::RandomOp op, const std::array<uint32_t, 4> &counters) {
  TensorType type = ir::typeOf(op.getOut());
  Tensor y{type.shape, {}};
  for (uint32_t e = 0; e < uint32_t(type.elements()); ++e) {
    auto block = data::philox({e / 4, uint32_t(op.getSite()), counters[2], counters[3]}, {counters[0], counters[1]});
    y.data.push_back((double(block[e % 4] / 512) + 0.5) * 0x1p-23);
  }
  return y;
}

} // namespace

std::map<std::string, Bounded> expected(func::FuncOp function, const Named &given,
                                        const std::array<uint32_t, 4> &counters) {
  llvm::DenseMap<Value, Bounded> values;
  std::map<std::string, Bounded> results;
  for (Operation &op : function.front().without_terminator()) {
    std::vector<Bounded> operands;
    for (Value operand : op.getOperands())
      operands.push_back(values[operand]);
    auto name = op.getAttrOfType<StringAttr>("name");
    if (llvm::isa<ir::WriteOp, ir::OutputOp>(op)) {
      results[name.str()] = operands[0];
    } else if (name) {
      const Tensor &value = given.at(name.str());
      values[op.getResult(0)] = {value, zeros(value)};
    } else if (auto draw = llvm::dyn_cast<ir::RandomOp>(op)) {
      Tensor value = random(draw, counters);
      values[draw] = {value, zeros(value)};
    } else {
      values[op.getResult(0)] = OpBounds(&op, std::move(operands)).run();
    }
  }
  return results;
}

} // namespace tl::test
