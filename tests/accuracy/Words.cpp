// What is measured, and on which arguments.
#include "tests/accuracy/Words.h"
#include <bit>
#include <cmath>
#include <limits>

namespace tl::accuracy {
namespace {

constexpr uint64_t drawnPairs = 1 << 27, drawnDoubles = 1 << 24;
constexpr double none = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

/// A word whose value is the expression in x and y, in double and in extended precision.
#define WORD(op, expression)                                                 \
  {Op::op, [](double x, double y) -> double { return (void)y, expression; }, \
   [](long double x, long double y) -> long double { return (void)y, expression; }}

// clang-format off
const std::vector<Word> words = {
    WORD(Neg, -x),
    WORD(Abs, std::fabs(x)),
    WORD(Floor, std::floor(x)),
    WORD(Sign, x > 0 ? 1 : x < 0 ? -1 : x),
    WORD(Exp, std::exp(x)),
    WORD(Expm1, std::expm1(x)),
    WORD(Log, std::log(x)),
    WORD(Log1p, std::log1p(x)),
    WORD(Sqrt, std::sqrt(x)),
    WORD(Rsqrt, 1 / std::sqrt(x)),
    WORD(Tanh, std::tanh(x)),
    WORD(Sigmoid, 1 / (1 + std::exp(-x))),
    WORD(Erf, std::erf(x)),
    WORD(Sin, std::sin(x)),
    WORD(Cos, std::cos(x)),
    WORD(Add, x + y),
    WORD(Sub, x - y),
    WORD(Mul, x *y),
    WORD(Div, x / y),
    WORD(Max, std::isnan(x) || std::isnan(y) ? none : x > y ? x : y),
    WORD(Min, std::isnan(x) || std::isnan(y) ? none : x < y ? x : y),
    WORD(Pow, std::pow(x, y)),
};
// clang-format on
#undef WORD

uint64_t mixed(uint64_t n) {
  n = (n + 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
  n = (n ^ n >> 30) * 0x94d049bb133111ebu;
  n = (n ^ n >> 27) * 0xbf58476d1ce4e5b9u;
  return n ^ n >> 31;
}

/// With an exponent of [low, high], of either sign.
double spread(uint64_t random, int low, int high) {
  double digits = 1 + double(random >> 12) * 0x1p-52;
  return std::ldexp(random & 1 ? -digits : digits, low + int((random >> 1 & 0x7ff) % uint64_t(high - low + 1)));
}

constexpr double special[] = {0.0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, -1.5, 7, -8, 1e30, -1e30, 0x1p-149, -0x1p-130,
                              0x1p24, 0x1p24 + 2, -0x1p24 - 2, 0x1.fffffep-1, 0x1.000002p0, inf, -inf, none};
constexpr uint64_t specials = std::size(special);

Arguments pairAt(const Row &row, uint64_t n) {
  if (n < specials * specials)
    return {special[n / specials], special[n % specials]};
  uint64_t random = mixed(2 * n), other = mixed(2 * n + 1);
  switch (n % 4) {
  case 0: // any bits
    if (row.dtype == DType::F64)
      return {std::bit_cast<double>(random), std::bit_cast<double>(other)};
    return {std::bit_cast<float>(uint32_t(random)), std::bit_cast<float>(uint32_t(other))};
  case 1: return {spread(random, -20, 20), spread(other, -8, 8)};
  case 2: return {1 + spread(random, -24, -4), spread(other, 4, 30)}; // large powers of numbers near 1
  default: return {spread(random, -3, 3), double(int64_t(other % 81) - 40)};
  }
}

double doubleAt(uint64_t n) {
  if (n < specials)
    return special[n];
  uint64_t random = mixed(n);
  return n % 4 ? spread(random, n % 4 == 1 ? -60 : -6, n % 4 == 1 ? 60 : 9) : std::bit_cast<double>(random);
}

} // namespace

uint64_t Row::count() const {
  if (dtype == DType::F64)
    return drawnDoubles;
  return operands() == 1 ? uint64_t(1) << 32 : drawnPairs;
}

std::vector<Row> rowsOf(DType dtype) {
  std::vector<Row> rows;
  for (const Word &word : words) {
    bool isAngle = word.op == Op::Sin || word.op == Op::Cos;
    bool isExact = word.op == Op::Neg || word.op == Op::Abs || word.op == Op::Floor || word.op == Op::Sign;
    if (dtype == DType::F64 && (isExact || word.op == Op::Erf)) // of a double, erf is computed in f32
      continue;
    if (isAngle)
      rows.push_back({&word, dtype, "up to 2^50", 0, 0x1p50});
    else
      rows.push_back({&word, dtype, operandCount(word.op) == 1 ? "all" : "drawn pairs", none, none});
  }
  return rows;
}

Arguments argumentsAt(const Row &row, uint64_t n) {
  if (row.operands() == 2) {
    Arguments drawn = pairAt(row, n);
    return row.dtype == DType::F64 ? drawn : Arguments{double(float(drawn.x)), double(float(drawn.y))};
  }
  return {row.dtype == DType::F64 ? doubleAt(n) : double(std::bit_cast<float>(uint32_t(n))), 0};
}

} // namespace tl::accuracy
