// Evaluates op by op with running error bounds.
#include "tests/kernels/Reference.h"
#include "compiler/ir/TlDialect.h"
#include <cmath>

namespace tl::test {
namespace {
using namespace mlir;

constexpr double f32Unit = 0x1p-24, f64Unit = 0x1p-53;

double unitOf(DType dtype) {
  return dtype == DType::F32   ? f32Unit
         : dtype == DType::F64 ? f64Unit
                               : 0;
}

/// How far a function may be from the true value: `relative` to it, `absolute` units of 1. docs/accuracy.md has them sharper.
struct Rounding {
  double relative, absolute;
};
/// Apart from what Ops.def says of rounding: a word that is wrongly said to be exact there is held to it here.
Rounding roundingOf(Op op, DType dtype) {
  switch (op) {
  case Op::Add:
  case Op::Sub:
  case Op::Mul:
  case Op::Div:
  case Op::Sqrt:
    return {unitOf(dtype), 0};
  case Op::Rsqrt:
    return {3 * unitOf(dtype), 0};
  case Op::Erf: // in f32 whatever the dtype
    return {8 * f32Unit, 4 * f32Unit};
  case Op::Exp:
  case Op::Expm1:
  case Op::Log:
  case Op::Log1p:
  case Op::Tanh:
  case Op::Sigmoid:
  case Op::Pow:
    return {8 * unitOf(dtype), 1e-37};
  case Op::Sin:
  case Op::Cos:
    return {4 * unitOf(dtype), dtype == DType::F64 ? f64Unit : 0};
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

Tensor absolute(Tensor x) {
  x.data = x.data.abs().eval();
  return x;
}
Tensor zeros(const Tensor &x) { return Tensor(x.shape); }
bool isExact(const Bounded &x) { return (x.error.data == 0).all(); }

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
    Bounded y{reference::evaluate(op, values), {}};
    if (word == Op::Contract || word == Op::ReduceSum || word == Op::Fold || word == Op::ScatterAdd)
      return sum({rounded(std::move(y.value)), {}});
    if (word == Op::ArgMax || word == Op::ArgSort)
      return {y.value, Tensor(y.value.shape, isExact(x[0]) ? 0 : INFINITY)};
    if (x.empty())
      return {rounded(y.value), zeros(y.value)};
    // Errors move as values do; ids are exact.
    if (word == Op::Gather || word == Op::PutRows)
      errors[1] = values[1];
    if (word == Op::First)
      return {y.value, Tensor(y.value.shape, isExact(x[0]) ? 0 : INFINITY)};
    y.error = reference::evaluate(op, errors);
    return y;
  }

private:
  Tensor rounded(Tensor y) const {
    if (type.dtype == DType::F32)
      y.data = y.data.cast<float>().cast<double>().eval();
    return y;
  }

  /// The largest change at the corners of the operands' intervals, and one rounding.
  Bounded elementwise() {
    std::vector<Tensor> values;
    for (const Bounded &operand : x)
      values.push_back(operand.value);
    Bounded y{reference::evaluate(op, values), Tensor(type.shape)};
    for (size_t corner = 0; corner < size_t(1) << x.size(); ++corner) {
      std::vector<Tensor> moved = values;
      for (size_t n = 0; n < x.size(); ++n)
        moved[n].data += (corner >> n & 1 ? 1 : -1) * x[n].error.data;
      Eigen::ArrayXd change = (reference::evaluate(op, moved).data - y.value.data).abs();
      y.error.data = change.isNaN().select(INFINITY, y.error.data.max(change)).eval();
    }
    for (Eigen::Index i = 0; i < y.value.data.size(); ++i) {
      SmallVector<double> at;
      bool exact = true;
      for (const Bounded &operand : x) {
        at.push_back(operand.value.data[i]);
        exact &= operand.error.data[i] == 0;
        if (std::isinf(operand.error.data[i]) && ir::typeOf(op->getOperand(unsigned(at.size() - 1))).dtype == DType::I32)
          y.error.data[i] = INFINITY; // any whole number, of which the corners are two
      }
      double value = y.value.data[i], &error = y.error.data[i];
      if (exact)
        error = 0; // and no NaN from an infinite value
      else if (word == Op::Eq || word == Op::Ne) // the corners of two intervals that overlap need not meet
        error = std::abs(at[0] - at[1]) <= x[0].error.data[i] + x[1].error.data[i];
      Rounding r = roundingOf(word, type.dtype);
      bool correctlyRounded = r.relative <= unitOf(type.dtype) && r.absolute == 0;
      if (!exact || !correctlyRounded)
        error = error * 1.01 + r.relative * (std::abs(value) + error) + r.absolute;
    }
    // Where it is known exactly. Elsewhere the bound is about the value itself, and rounding would move it.
    for (Eigen::Index i = 0; i < y.value.data.size(); ++i)
      if (y.error.data[i] == 0)
        y.value.data[i] = type.dtype == DType::F32 ? double(float(y.value.data[i])) : y.value.data[i];
    return y;
  }

  /// n terms in any order are off by at most n units of the sum of their absolute values; numbers on one grid are
  /// summed exactly while they fit the mantissa.
  Bounded sum(Bounded y) {
    size_t first = word == Op::ScatterAdd ? 1 : 0, second = word == Op::Contract ? 1 : first;
    auto over = [&](const Tensor &a, const Tensor &b) {
      std::vector<Tensor> operands{a, b};
      if (word == Op::ScatterAdd)
        operands = {x[0].value, a};
      if (word == Op::ReduceSum || word == Op::Fold)
        operands = {a};
      return reference::evaluate(op, operands);
    };
    const Bounded &a = x[first], &b = x[second];
    Tensor magnitude = over(absolute(a.value), absolute(b.value));
    double terms = double(a.value.data.size()) / double(std::max<Eigen::Index>(1, y.value.data.size()));
    if (word == Op::Contract)
      terms = summedTerms();
    if (word == Op::ScatterAdd)
      terms = double(x[0].value.data.size());
    if (word == Op::Fold)
      terms = double(ir::attributesOf(op).size);
    double grid = word == Op::Contract ? quantum(a.value) * quantum(b.value) : quantum(a.value),
           unit = unitOf(type.dtype);
    bool isInteger = unit == 0, exact = isExact(a) && isExact(b);
    y.error = zeros(y.value);
    auto add = [&](const Tensor &more, double factor) {
      y.error.data += factor * more.data;
    };
    if (!exact) {
      add(over(a.error, absolute(b.value)), 1.01);
      if (word == Op::Contract) {
        add(over(absolute(a.value), b.error), 1.01);
        add(over(a.error, b.error), 1.01);
      }
    }
    for (Eigen::Index i = 0; i < magnitude.data.size() && !isInteger; ++i)
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

using Values = llvm::DenseMap<Value, Bounded>;

std::vector<Bounded> valuesOf(ValueRange range, const Values &values) {
  std::vector<Bounded> found;
  for (Value value : range)
    found.push_back(values.at(value));
  return found;
}

void runScan(ir::ScanOp scan, Values &values) {
  std::vector<Bounded> states = valuesOf(scan.getInit(), values), xs = valuesOf(scan.getXs(), values), stacks;
  for (Value result : scan.getResults().drop_front(states.size()))
    stacks.push_back({Tensor(ir::typeOf(result).shape), Tensor(ir::typeOf(result).shape)});
  for (int64_t n = 0; n < scan.steps(); ++n) {
    int64_t t = scan.getReverse() ? scan.steps() - 1 - n : n;
    Values inside;
    for (auto [argument, state] : llvm::zip(scan.stateArguments(), states))
      inside[argument] = state;
    for (auto [argument, x] : llvm::zip(scan.rowArguments(), xs))
      inside[argument] = {reference::rowOf(x.value, t), reference::rowOf(x.error, t)};
    for (auto [argument, constant] : llvm::zip(scan.constantArguments(), scan.getConstants()))
      inside[argument] = values.at(constant);
    for (Operation &op : scan.getBody().front().without_terminator())
      inside[op.getResult(0)] = OpBounds(&op, valuesOf(op.getOperands(), inside)).run();
    std::vector<Bounded> yields = valuesOf(scan.yield().getValues(), inside);
    for (size_t i = 0; i < yields.size(); ++i)
      if (i < states.size()) {
        states[i] = yields[i];
      } else {
        reference::putRow(stacks[i - states.size()].value, t, yields[i].value);
        reference::putRow(stacks[i - states.size()].error, t, yields[i].error);
      }
  }
  states.insert(states.end(), stacks.begin(), stacks.end());
  for (auto [result, value] : llvm::zip(scan.getResults(), states))
    values[result] = value;
}

} // namespace

std::map<std::string, Bounded> expected(func::FuncOp function, const Named &given,
                                        const std::array<uint32_t, 4> &counters) {
  Values values;
  std::map<std::string, Bounded> results;
  for (Operation &op : function.front().without_terminator()) {
    if (auto scan = llvm::dyn_cast<ir::ScanOp>(op)) {
      runScan(scan, values);
      continue;
    }
    std::vector<Bounded> operands = valuesOf(op.getOperands(), values);
    std::string name = ir::namedBy(&op).str();
    if (llvm::isa<ir::WriteOp, ir::OutputOp>(op)) {
      results[name] = operands[0];
    } else if (!name.empty()) {
      const Tensor &value = given.at(name);
      values[op.getResult(0)] = {value, zeros(value)};
    } else if (auto draw = llvm::dyn_cast<ir::RandomOp>(op)) {
      Tensor value = reference::evaluate(draw, {}, {counters[0] | uint64_t(counters[1]) << 32, counters[2] | uint64_t(counters[3]) << 32});
      values[draw] = {value, zeros(value)};
    } else {
      values[op.getResult(0)] = OpBounds(&op, std::move(operands)).run();
    }
  }
  return results;
}

} // namespace tl::test
