// What the elementwise words of the calculus mean for one element. Not `valueOf` of Ops.def, which folds constants: what is compiled is
// judged by this, and would share its mistakes.
#include "compiler/reference/Pointwise.h"
#include "compiler/reference/Numbers.h"
#include <cmath>
#include <stdexcept>

namespace tl::reference {
namespace {

using OfOne = double (*)(double);
using OfTwo = double (*)(double, double);
using OfTwoWholes = int64_t (*)(int64_t, int64_t);

/// Null where `word` is not a function of one real number.
OfOne ofOne(Op word) {
  switch (word) {
  case Op::Neg: return [](double x) { return -x; };
  case Op::Exp: return [](double x) { return std::exp(x); };
  case Op::Log: return [](double x) { return std::log(x); };
  case Op::Log1p: return [](double x) { return std::log1p(x); };
  case Op::Expm1: return [](double x) { return std::expm1(x); };
  case Op::Sqrt: return [](double x) { return std::sqrt(x); };
  case Op::Rsqrt: return [](double x) { return 1 / std::sqrt(x); };
  case Op::Tanh: return [](double x) { return std::tanh(x); };
  case Op::Erf: return [](double x) { return std::erf(x); };
  case Op::Sigmoid: return [](double x) { return 1 / (1 + std::exp(-x)); };
  case Op::Sin: return [](double x) { return std::sin(x); };
  case Op::Cos: return [](double x) { return std::cos(x); };
  case Op::Abs: return [](double x) { return std::fabs(x); };
  case Op::Floor: return [](double x) { return std::floor(x); };
  case Op::Sign: return [](double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : x; };  // NaN stays NaN
  case Op::Not: return [](double x) { return x == 0 ? 1.0 : 0.0; };
  case Op::StopGradient: return [](double x) { return x; };
  default: return nullptr;
  }
}

OfTwo ofTwo(Op word) {
  switch (word) {
  case Op::Add: return [](double a, double b) { return a + b; };
  case Op::Sub: return [](double a, double b) { return a - b; };
  case Op::Mul: return [](double a, double b) { return a * b; };
  case Op::Div: return [](double a, double b) { return a / b; };
  case Op::Max: return [](double a, double b) { return a != a || b != b ? NAN : a > b ? a : b; };
  case Op::Min: return [](double a, double b) { return a != a || b != b ? NAN : a < b ? a : b; };
  case Op::Pow: return [](double a, double b) { return std::pow(a, b); };
  case Op::And: return [](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; };
  case Op::Or: return [](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; };
  case Op::Eq: return [](double a, double b) { return a == b ? 1.0 : 0.0; };
  case Op::Ne: return [](double a, double b) { return a != b ? 1.0 : 0.0; };
  case Op::Lt: return [](double a, double b) { return a < b ? 1.0 : 0.0; };
  case Op::Le: return [](double a, double b) { return a <= b ? 1.0 : 0.0; };
  case Op::Gt: return [](double a, double b) { return a > b ? 1.0 : 0.0; };
  case Op::Ge: return [](double a, double b) { return a >= b ? 1.0 : 0.0; };
  default: return nullptr;
  }
}

/// The words that compute otherwise on whole numbers; a product does not fit a double.
OfTwoWholes ofTwoWholes(Op word) {
  switch (word) {
  case Op::Add: return [](int64_t a, int64_t b) { return a + b; };
  case Op::Sub: return [](int64_t a, int64_t b) { return a - b; };
  case Op::Mul: return [](int64_t a, int64_t b) { return a * b; };
  case Op::Div: return [](int64_t a, int64_t b) { return b == 0 ? a : a / b; };  // never stops the program
  default: return nullptr;
  }
}

/// A real number as an integer: toward zero; one that is too large, or NaN, is the least integer.
double truncated(double x, DType to) {
  double whole = std::trunc(x);
  if (to == DType::I32)
    return whole >= -0x1p31 && whole < 0x1p31 ? whole + 0.0 : -0x1p31;
  return whole >= 0 && whole < 256 ? whole : 0;
}

double cast(double x, DType to) {
  switch (to) {
  case DType::I1: return x != 0 ? 1.0 : 0.0;
  case DType::U8:
  case DType::I32: return truncated(x, to);
  case DType::BF16:
  case DType::F16: return narrowed(to, x);
  case DType::F32:
  case DType::F64: return x;
  }
  return x;
}

}  // namespace

Tensor pointwise(Op word, const std::vector<Tensor> &x, DType from, DType to) {
  Tensor y(x[0].shape);
  if (word == Op::Cast)
    y.data = x[0].data.unaryExpr([to](double v) { return cast(v, to); });
  else if (word == Op::Select)
    y.data = (x[0].data != 0).select(x[1].data, x[2].data);
  else if (OfTwoWholes whole = from == DType::I32 ? ofTwoWholes(word) : nullptr)
    y.data = x[0].data.binaryExpr(x[1].data, [whole](double a, double b) {
      return double(int32_t(uint32_t(whole(int64_t(a), int64_t(b)))));  // as 32 bits hold it
    });
  else if (OfOne one = ofOne(word))
    y.data = x[0].data.unaryExpr(one);
  else if (OfTwo two = ofTwo(word))
    y.data = x[0].data.binaryExpr(x[1].data, two);
  else
    throw std::logic_error(std::string("no meaning of tl.") + nameOf(word));
  return y;
}

}  // namespace tl::reference
