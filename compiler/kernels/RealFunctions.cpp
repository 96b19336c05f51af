// Each function: brought near 0 exactly, a series there, and back. Errors stand in docs/accuracy.md.
#include "compiler/kernels/RealFunctions.h"
#include "compiler/kernels/Expression.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <array>
#include <cmath>
#include <limits>

using namespace mlir;

namespace tl {

// π/2 and ln 2 as sums of doubles, each part what the ones before leave.
constexpr double halfPi[] = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110};
constexpr double perHalfPi = 0x1.45f306dc9c883p-1;
constexpr double ln2[] = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
/// The first part short enough that its product with an exponent is exact.
constexpr double shortLn2[] = {0x1.62e42feep-1, 0x1.a39ef35793c76p-33};
constexpr double perLn2 = 0x1.71547652b82fep+0;
/// A number plus this is rounded to a whole one, which then stands in its lowest bits.
constexpr double toWhole = 0x1.8p52;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// 1/first!, sign/(first + step)!, 1/(first + 2·step)!, …
template <size_t n> static constexpr std::array<double, n> inverseFactorials(int first, int step, int sign) {
  std::array<double, n> c{};
  double factorial = 1;
  int reached = 0;
  for (size_t i = 0; i < n; ++i) {
    for (int to = first + int(i) * step; reached < to;)
      factorial *= ++reached;
    c[i] = (sign < 0 && i % 2 ? -1 : 1) / factorial;
  }
  return c;
}

// e^x and its kin ----------------------------------------------------------------

RealFunctions::Power RealFunctions::powerOf(Pair x) {
  static constexpr auto c = inverseFactorials<12>(2, 1, 1);
  Value whole = sub(fma(x.high, number(perLn2), number(toWhole)), number(toWhole));
  Value rest = fma(whole, number(-ln2[0]), x.high);
  Value low = fma(whole, number(-ln2[1]), x.low);
  rest = add(rest, low);
  return {whole, fma(mul(rest, rest), polynomial(rest, c), rest)};
}

/// In two steps, for 2^n alone may not be a number where the result is one.
Value RealFunctions::scaled(Power power) {
  Value half = math::FloorOp::create(b, loc, mul(power.whole, number(0.5)));
  Value product = mul(add(number(1), power.rest), powerOfTwo(half));
  return mul(product, powerOfTwo(sub(power.whole, half)));
}

/// 2^n for a whole n from -1022 to 1023.
Value RealFunctions::powerOfTwo(Value n) {
  Value exponent = toBits(add(n, number(toWhole + 1023)));
  return fromBits(arith::ShLIOp::create(b, loc, exponent, bits(52)));
}

Value RealFunctions::exp(Value x) { return scaled(powerOf({clamp(x, -800, 800), number(0)})); }

/// 2^n·(1 + r) - 1 = 2^n·r + (2^n - 1)
Value RealFunctions::expm1(Value x) {
  Power power = powerOf({clamp(x, -60, 700), number(0)});
  Value scale = powerOfTwo(power.whole);
  Value near = fma(power.rest, scale, sub(scale, number(1)));
  Value isSmall = less(abs(x), number(0x1p-54)); // -0 stays -0
  return choose(isSmall, x, choose(less(number(60), x), exp(x), near));
}

/// (e^2|x| - 1) / (e^2|x| + 1) with the sign of x
Value RealFunctions::tanh(Value x) {
  Value e = expm1(clamp(mul(abs(x), number(2)), 0, 50));
  return math::CopySignOp::create(b, loc, div(e, add(e, number(2))), x);
}

Value RealFunctions::sigmoid(Value x) { return div(number(1), add(number(1), exp(neg(x)))); }

// ln x and its kin ---------------------------------------------------------------

/// Of a positive number: x = 2^n·m with m near 1, s = (m - 1) / (m + 1), and ln x = n·ln 2 + 2·(s + s³/3 + s⁵/5 + …).
/// The quotient's own rounding error is kept too.
RealFunctions::Pair RealFunctions::logarithm(Value x) {
  static constexpr auto c = [] {
    std::array<double, 12> c{};
    for (size_t i = 0; i < c.size(); ++i)
      c[i] = 2.0 / double(2 * i + 3);
    return c;
  }();
  Value isTiny = less(x, number(0x1p-1022));
  Value at = toBits(choose(isTiny, mul(x, number(0x1p54)), x));
  constexpr uint64_t rootOfHalf = 0x3fe6a09e667f3bcd;
  Value exponent = arith::ShRSIOp::create(b, loc, arith::SubIOp::create(b, loc, at, bits(rootOfHalf)), bits(52));
  Value m = fromBits(arith::SubIOp::create(b, loc, at, arith::ShLIOp::create(b, loc, exponent, bits(52))));
  Value whole = fromBits(arith::AddIOp::create(b, loc, exponent, bits(0x4338000000000000))); // the bits of toWhole
  Value n = sub(sub(whole, number(toWhole)), choose(isTiny, number(54), number(0)));
  Value f = sub(m, number(1)), sum = add(m, number(1));
  Value lostOfSum = sub(f, sub(sum, number(2)));
  Value s = div(f, sum);
  Value lost = div(fma(neg(s), lostOfSum, fma(neg(s), sum, f)), sum);
  Value square = mul(s, s);
  Value tail = fma(mul(s, square), polynomial(square, c), mul(lost, number(2)));
  Value front = mul(n, number(shortLn2[0])), back = mul(s, number(2));
  Value most = add(front, back);
  Value rest = add(sub(back, sub(most, front)), fma(n, number(shortLn2[1]), tail));
  Value high = add(most, rest);
  return {high, sub(rest, sub(high, most))};
}

Value RealFunctions::log(Value x) {
  Pair y = logarithm(x);
  Value finite = choose(less(x, number(infinity)), add(y.high, y.low), x);
  Value outside = choose(equal(x, number(0)), number(-infinity), number(NAN));
  return choose(less(number(0), x), finite, outside);
}

/// ln(1 + x) = ln u + c / u with u = 1 + x as it is rounded and c what the rounding took
Value RealFunctions::log1p(Value x) {
  Value one = number(1), u = add(one, x);
  Value taken = choose(less(abs(x), one), sub(x, sub(u, one)), sub(one, sub(u, x)));
  Pair y = logarithm(u);
  Value inside = add(y.high, add(y.low, div(taken, u)));
  Value finite = choose(less(u, number(infinity)), inside, u);
  Value outside = choose(equal(u, number(0)), number(-infinity), number(NAN));
  return choose(less(abs(x), number(0x1p-54)), x, choose(less(number(0), u), finite, outside));
}

/// |x|^y = e^(y·ln |x|) with the product as a pair, then what C says of signs, zeros and infinities
Value RealFunctions::pow(Value x, Value y) {
  Value zero = number(0), one = number(1), inf = number(infinity), base = abs(x);
  Value isZero = equal(base, zero), isInfinite = equal(base, inf), isEdge = either(isZero, isInfinite);
  Pair logOfBase = logarithm(choose(isEdge, one, base));
  Value most = clamp(y, -1e25, 1e25); // past which no result but 0, 1 and ∞ is left
  Value product = mul(most, logOfBase.high);
  Value low = fma(most, logOfBase.low, fma(most, logOfBase.high, neg(product)));
  low = choose(less(abs(product), number(800)), low, zero);
  Value size = scaled(powerOf({clamp(product, -800, 800), low}));
  Value vanishes = differ(isInfinite, less(zero, y));
  size = choose(both(isEdge, equal(y, y)), choose(vanishes, zero, inf), size);

  auto isWhole = [&](Value v) { return equal(math::FloorOp::create(b, loc, v).getResult(), v); };
  Value whole = isWhole(y), halfIsWhole = isWhole(mul(y, number(0.5)));
  Value isOdd = both(whole, negated(halfIsWhole));
  Value signedSize = choose(isOdd, math::CopySignOp::create(b, loc, size, x).getResult(), size);
  Value hasNone = both(both(less(x, zero), less(base, inf)), negated(whole));
  Value power = choose(both(equal(x, x), negated(hasNone)), signedSize, number(NAN));
  Value isOne = either(equal(x, one), both(equal(x, number(-1)), equal(abs(y), inf)));
  return choose(either(equal(y, zero), isOne), one, power);
}

// Angles --------------------------------------------------------------------------

/// x = k·π/2 + r, exact but for its last rounding: k·π/2 is taken off in parts, and what the first leaves has few digits.
/// Past 2^50, where k has no last digit, there is no value: neighbours in f32 lie millions of turns apart.
Value RealFunctions::turned(Value x, int quarters) {
  static constexpr auto ofSine = inverseFactorials<8>(3, 2, -1);
  static constexpr auto ofCosine = inverseFactorials<8>(4, 2, -1);
  Value counted = fma(x, number(perHalfPi), number(toWhole)), k = neg(sub(counted, number(toWhole)));
  Value r = choose(less(number(0x1p50), abs(x)), number(NAN), x);
  for (double part : halfPi)
    r = fma(k, number(part), r);
  Value square = mul(r, r);
  Value sine = fma(mul(r, square), neg(polynomial(square, ofSine)), r);
  Value cosine = add(number(1), mul(square, fma(square, polynomial(square, ofCosine), number(-0.5))));
  Value quarter = arith::AddIOp::create(b, loc, toBits(counted), bits(uint64_t(quarters)));
  auto hasBit = [&](uint64_t bit) {
    Value masked = arith::AndIOp::create(b, loc, quarter, bits(bit));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, masked, bits(0)).getResult();
  };
  Value y = choose(hasBit(1), cosine, sine);
  return choose(hasBit(2), neg(y), y);
}

// Registers -----------------------------------------------------------------------

Value RealFunctions::number(double value) { return splatConstant(b, loc, type, value); }
Value RealFunctions::bits(uint64_t value) {
  Type wide = bitsType();
  TypedAttr attribute = b.getI64IntegerAttr(int64_t(value));
  if (auto vector = dyn_cast<VectorType>(wide))
    attribute = DenseElementsAttr::get(vector, attribute);
  return arith::ConstantOp::create(b, loc, attribute);
}
Value RealFunctions::add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
Value RealFunctions::sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
Value RealFunctions::mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
Value RealFunctions::div(Value x, Value y) { return arith::DivFOp::create(b, loc, x, y); }
Value RealFunctions::fma(Value x, Value y, Value z) { return math::FmaOp::create(b, loc, x, y, z); }
Value RealFunctions::neg(Value x) { return arith::NegFOp::create(b, loc, x); }
Value RealFunctions::abs(Value x) { return math::AbsFOp::create(b, loc, x); }
Value RealFunctions::clamp(Value x, double low, double high) {
  Value raised = arith::MaximumFOp::create(b, loc, x, number(low));
  return arith::MinimumFOp::create(b, loc, raised, number(high));
}
Value RealFunctions::equal(Value x, Value y) { return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, x, y); }
Value RealFunctions::less(Value x, Value y) { return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, y); }
Value RealFunctions::both(Value x, Value y) { return arith::AndIOp::create(b, loc, x, y); }
Value RealFunctions::either(Value x, Value y) { return arith::OrIOp::create(b, loc, x, y); }
Value RealFunctions::differ(Value x, Value y) { return arith::XOrIOp::create(b, loc, x, y); }
Value RealFunctions::negated(Value x) { return differ(x, splatConstant(b, loc, x.getType(), 1)); }
Value RealFunctions::choose(Value condition, Value x, Value y) { return arith::SelectOp::create(b, loc, condition, x, y); }
Value RealFunctions::polynomial(Value x, ArrayRef<double> c) {
  Value y = number(c.back());
  for (double coefficient : llvm::reverse(c.drop_back()))
    y = fma(y, x, number(coefficient));
  return y;
}
Value RealFunctions::toBits(Value x) { return arith::BitcastOp::create(b, loc, bitsType(), x); }
Value RealFunctions::fromBits(Value x) { return arith::BitcastOp::create(b, loc, type, x); }
Type RealFunctions::bitsType() const {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(VectorType::get(vector.getShape(), b.getI64Type())) : b.getI64Type();
}

} // namespace tl
