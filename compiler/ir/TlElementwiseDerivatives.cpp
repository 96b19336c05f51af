// The derivative of every elementwise op: the mathematics above, the same line below.
#include "compiler/ir/Build.h"
#include <cmath>
#include <numbers>

namespace tl::ir {
using namespace mlir;

using Grads = SmallVector<Value>;

// x -> y -------------------------------------------------------------------------

/// y = -x        dx = -dy
Grads NegOp::buildOperandGrads(OpBuilder &b, ValueRange grads) { return {Build{b, getLoc()}.neg(grads[0])}; }

/// y = e^x        dx = dy·y
Grads ExpOp::buildOperandGrads(OpBuilder &b, ValueRange grads) { return {Build{b, getLoc()}.mul(grads[0], getOut())}; }

/// y = ln x        dx = dy / x
Grads LogOp::buildOperandGrads(OpBuilder &b, ValueRange grads) { return {Build{b, getLoc()}.div(grads[0], getX())}; }

/// y = ln (1 + x)        dx = dy / (1 + x)
Grads Log1pOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  return {m.div(grads[0], m.add(m.fill(1, getX()), getX()))};
}

/// y = e^x - 1        dx = dy·e^x, for y + 1 has no digits left of a small e^x
Grads Expm1Op::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  return {m.mul(grads[0], m.exp(getX()))};
}

/// y = √x        dx = dy / 2y
Grads SqrtOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  return {m.div(grads[0], m.mul(getOut(), m.fill(2, getOut())))};
}

/// y = x^(-1/2)        dx = -dy·y³ / 2
Grads RsqrtOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  Value y = getOut();
  return {m.mul(m.mul(grads[0], m.fill(-0.5, y)), m.mul(y, m.mul(y, y)))};
}

/// y = tanh x        dx = dy·(1 - y²)
Grads TanhOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  return {m.mul(grads[0], m.sub(m.fill(1, getOut()), m.mul(getOut(), getOut())))};
}

/// y = erf x        dx = dy·2/√π·e^(-x²)
Grads ErfOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  Value slope = m.mul(m.fill(2 * std::numbers::inv_sqrtpi, getX()), m.exp(m.neg(m.mul(getX(), getX()))));
  return {m.mul(grads[0], slope)};
}

/// y = 1 / (1 + e^-x)        dx = dy·y·(1 - y)
Grads SigmoidOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  return {m.mul(grads[0], m.mul(getOut(), m.sub(m.fill(1, getOut()), getOut())))};
}

/// y = sin x        dx = dy·cos x
Grads SinOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  return {m.mul(grads[0], m.op(tl::Op::Cos, {getX()}))};
}

/// y = cos x        dx = -dy·sin x
Grads CosOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  return {m.neg(m.mul(grads[0], m.op(tl::Op::Sin, {getX()})))};
}

/// y = |x|        dx = dy·sign x, hence 0 at 0
Grads AbsOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  return {m.mul(grads[0], m.op(tl::Op::Sign, {getX()}))};
}

/// y = x in another dtype        dx = dy in that of x, or in what that is computed in; none between a real number and another kind
Grads CastOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  bool isReal = llvm::isa<FloatType>(getX().getType().getElementType());
  return {isReal ? Build{b, getLoc()}.cast(grads[0], computedIn(typeOf(getX()).dtype)) : Value()};
}

// a, b -> y ----------------------------------------------------------------------

/// y = a + b        da = dy        db = dy
Grads AddOp::buildOperandGrads(OpBuilder &, ValueRange grads) { return {grads[0], grads[0]}; }

/// y = a - b        da = dy        db = -dy
Grads SubOp::buildOperandGrads(OpBuilder &b, ValueRange grads) { return {grads[0], Build{b, getLoc()}.neg(grads[0])}; }

/// y = a·b        da = dy·b        db = dy·a
Grads MulOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  return {m.mul(grads[0], getRhs()), m.mul(grads[0], getLhs())};
}

/// y = a / b        da = dy / b        db = -(dy / b)·y
Grads DivOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  Value dA = m.div(grads[0], getRhs());
  return {dA, m.neg(m.mul(dA, getOut()))};
}

/// y = max(a, b)        da = dy where a > b        db = dy where b >= a
/// So `max(x, 0)`, a relu, has slope 0 at 0.
Grads MaxOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  Value dY = grads[0], zero = m.fill(0, dY);
  return {m.select(m.gt(getLhs(), getRhs()), dY, zero), m.select(m.ge(getRhs(), getLhs()), dY, zero)};
}

/// y = min(a, b)        da = dy where a < b        db = dy where b <= a
Grads MinOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  Value dY = grads[0], zero = m.fill(0, dY);
  return {m.select(m.lt(getLhs(), getRhs()), dY, zero), m.select(m.le(getRhs(), getLhs()), dY, zero)};
}

/// y = a^b        da = dy·b·a^(b-1), 0 where b = 0        db = dy·y·ln a where a > 0, else 0
/// The second has no other meaning for a < 0, and at a = 0 its limit for b > 0 is 0; ln is asked of positive numbers
/// only, and 0^-1 of nobody.
Grads PowOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  Value dY = grads[0], base = getLhs(), power = getRhs(), zero = m.fill(0, dY), one = m.fill(1, dY);
  Value oneLess = m.select(m.eq(power, zero), zero, m.sub(power, one));
  Value dBase = m.mul(dY, m.mul(power, m.pow(base, oneLess)));
  Value isPositive = m.gt(base, zero);
  Value logarithm = m.log(m.select(isPositive, base, one));  // ln 1 = 0 where there is none
  return {dBase, m.mul(dY, m.mul(getOut(), logarithm))};
}

// cond, a, b -> y ----------------------------------------------------------------

/// y = c ? a : b        da = c ? dy : 0        db = c ? 0 : dy
Grads SelectOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  Value zero = m.fill(0, grads[0]);
  return {Value(), m.select(getCond(), grads[0], zero), m.select(getCond(), zero, grads[0])};
}

}  // namespace tl::ir
