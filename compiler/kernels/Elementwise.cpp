// One elementwise op on registers: a scalar or a vector.
#include "compiler/fusion/Calculus.h"
#include "compiler/kernels/Expression.h"
#include "compiler/kernels/NarrowFloats.h"
#include "compiler/kernels/RealFunctions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace tl {
namespace {

class Elementwise {
public:
  Elementwise(OpBuilder &b, Location loc, Operation *op, ValueRange operands) : b(b), loc(loc), op(op), x(operands) {}
  Value emit();

private:
  template <typename FloatOp, typename IntegerOp> Value arithmetic() {
    if (isFloat())
      return FloatOp::create(b, loc, x[0], x[1]);
    return IntegerOp::create(b, loc, x[0], x[1]);
  }
  Value compare(arith::CmpFPredicate real, arith::CmpIPredicate integer) {
    if (isFloat())
      return arith::CmpFOp::create(b, loc, real, x[0], x[1]);
    return arith::CmpIOp::create(b, loc, integer, x[0], x[1]);
  }
  bool isFloat() const { return isa<FloatType>(getElementTypeOrSelf(x[0].getType())); }
  bool isDouble() const { return getElementTypeOrSelf(x[0].getType()).isF64(); }
  static Type like(Type type, Type element) {
    auto vector = dyn_cast<VectorType>(type);
    return vector ? Type(VectorType::get(vector.getShape(), element)) : element;
  }
  Value number(Value as, double value) { return splatConstant(b, loc, as.getType(), value); }
  Value sigmoid();
  Value quotient();
  Value sign();
  Value cast();
  Value erf();
  Value widened(llvm::function_ref<Value(RealFunctions &, ValueRange)> function);
  template <Value (RealFunctions::*function)(Value)> Value widened() {
    return widened([](RealFunctions &real, ValueRange x) { return (real.*function)(x[0]); });
  }
  /// Of f32 by a polynomial in f32 that `ApproximateMath` makes; of a double in double.
  template <typename OfF32, Value (RealFunctions::*ofF64)(Value)> Value real() {
    if (isDouble())
      return widened<ofF64>();
    return OfF32::create(b, loc, x[0]);
  }

  OpBuilder &b;
  Location loc;
  Operation *op;
  ValueRange x;
};

/// Integers: x / 0 is x, and x / -1 is 0 - x, for the processor would stop the program at 0 and at the least number by -1,
/// even for a lane past a row's end.
Value Elementwise::quotient() {
  if (isFloat())
    return arith::DivFOp::create(b, loc, x[0], x[1]);
  auto divisorIs = [&](double value) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, x[1], number(x[1], value)).getResult();
  };
  Value isMinusOne = divisorIs(-1), isSpecial = arith::OrIOp::create(b, loc, divisorIs(0), isMinusOne);
  Value divisor = arith::SelectOp::create(b, loc, isSpecial, number(x[1], 1), x[1]);
  Value negated = arith::SubIOp::create(b, loc, number(x[0], 0), x[0]);
  return arith::SelectOp::create(b, loc, isMinusOne, negated, arith::DivSIOp::create(b, loc, x[0], divisor).getResult());
}

/// x > 0 ? 1 : x < 0 ? -1 : x, so that sign(0) = 0 and sign(NaN) = NaN.
Value Elementwise::sign() {
  Value zero = number(x[0], 0);
  Value positive = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, x[0], zero);
  Value negative = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x[0], zero);
  Value rest = arith::SelectOp::create(b, loc, negative, number(x[0], -1), x[0]);
  return arith::SelectOp::create(b, loc, positive, number(x[0], 1), rest);
}

Value Elementwise::cast() {
  Type from = elementOf(op->getOperand(0)), to = elementOf(op->getResult(0));
  Type result = like(x[0].getType(), registerType(to));
  if (from == to)
    return x[0];
  if (isNarrowFloat(from))
    return widenedFloat(b, loc, from, x[0]);
  if (isNarrowFloat(to))
    return narrowedFloat(b, loc, to, x[0]);
  if (to.isInteger(1)) {
    if (isFloat())
      return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, x[0], number(x[0], 0));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, x[0], number(x[0], 0));
  }
  bool isUnsigned = from.isInteger(1) || from.isUnsignedInteger();
  if (isa<FloatType>(from) && isa<FloatType>(to)) {
    if (from.getIntOrFloatBitWidth() > to.getIntOrFloatBitWidth())
      return arith::TruncFOp::create(b, loc, result, x[0]);
    return arith::ExtFOp::create(b, loc, result, x[0]);
  }
  if (isa<FloatType>(to)) {
    // A byte becomes a float through i32, for which vectors have an instruction.
    Value wide = x[0];
    if (isUnsigned)
      wide = arith::ExtUIOp::create(b, loc, like(x[0].getType(), b.getI32Type()), x[0]);
    return arith::SIToFPOp::create(b, loc, result, wide);
  }
  if (isa<FloatType>(from)) {
    // What i32 cannot hold, NaN too, is undefined to LLVM and the least number to us.
    Type wide = like(x[0].getType(), b.getI32Type());
    Value size = math::AbsFOp::create(b, loc, x[0]);
    Value fits = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, size, number(x[0], 0x1p31));
    Value held = arith::SelectOp::create(b, loc, fits, x[0], number(x[0], 0));
    Value whole = arith::FPToSIOp::create(b, loc, wide, held);
    whole = arith::SelectOp::create(b, loc, fits, whole, splatConstant(b, loc, wide, -0x1p31));
    return to.isUnsignedInteger() ? arith::TruncIOp::create(b, loc, result, whole).getResult() : whole;
  }
  if (from.getIntOrFloatBitWidth() > to.getIntOrFloatBitWidth())
    return arith::TruncIOp::create(b, loc, result, x[0]);
  if (isUnsigned)
    return arith::ExtUIOp::create(b, loc, result, x[0]);
  return arith::ExtSIOp::create(b, loc, result, x[0]);
}

/// 1 / (1 + e^-x)
Value Elementwise::sigmoid() {
  if (isDouble())
    return widened<&RealFunctions::sigmoid>();
  Value e = math::ExpOp::create(b, loc, arith::NegFOp::create(b, loc, x[0]).getResult());
  return arith::DivFOp::create(b, loc, number(x[0], 1), arith::AddFOp::create(b, loc, number(x[0], 1), e).getResult());
}

/// In f32 whatever the dtype: no script has needed more digits of it.
Value Elementwise::erf() {
  if (!isDouble())
    return math::ErfOp::create(b, loc, x[0]);
  Value narrow = arith::TruncFOp::create(b, loc, like(x[0].getType(), b.getF32Type()), x[0]);
  return arith::ExtFOp::create(b, loc, x[0].getType(), math::ErfOp::create(b, loc, narrow).getResult());
}

/// Through double where f32 has too few digits for what lies between.
Value Elementwise::widened(llvm::function_ref<Value(RealFunctions &, ValueRange)> function) {
  Type type = x[0].getType(), wide = like(type, b.getF64Type());
  RealFunctions real(b, loc, wide);
  if (type == wide)
    return function(real, x);
  SmallVector<Value> operands;
  for (Value operand : x)
    operands.push_back(arith::ExtFOp::create(b, loc, wide, operand));
  return arith::TruncFOp::create(b, loc, type, function(real, operands));
}

Value Elementwise::emit() {
  switch (*kindOf(op)) {
  case Op::Neg:
    if (isFloat())
      return arith::NegFOp::create(b, loc, x[0]);
    return arith::SubIOp::create(b, loc, number(x[0], 0), x[0]);
  case Op::Exp:
    return real<math::ExpOp, &RealFunctions::exp>();
  case Op::Log:
    return real<math::LogOp, &RealFunctions::log>();
  case Op::Log1p:
    return real<math::Log1pOp, &RealFunctions::log1p>();
  case Op::Expm1:
    return real<math::ExpM1Op, &RealFunctions::expm1>();
  case Op::Tanh:
    return real<math::TanhOp, &RealFunctions::tanh>();
  case Op::Erf:
    return erf();
  case Op::Sin:
    return widened<&RealFunctions::sin>();
  case Op::Cos:
    return widened<&RealFunctions::cos>();
  case Op::Sigmoid:
    return sigmoid();
  case Op::Sqrt:
    return math::SqrtOp::create(b, loc, x[0]);
  case Op::Rsqrt:
    return arith::DivFOp::create(b, loc, number(x[0], 1), math::SqrtOp::create(b, loc, x[0]).getResult());
  case Op::Abs:
    if (isFloat())
      return math::AbsFOp::create(b, loc, x[0]);
    return math::AbsIOp::create(b, loc, x[0]);
  case Op::Floor:
    return math::FloorOp::create(b, loc, x[0]);
  case Op::Sign:
    return sign();
  case Op::Not:
    return arith::XOrIOp::create(b, loc, x[0], number(x[0], 1));
  case Op::StopGradient:
    return x[0];
  case Op::Cast:
    return cast();
  case Op::Add:
    return arithmetic<arith::AddFOp, arith::AddIOp>();
  case Op::Sub:
    return arithmetic<arith::SubFOp, arith::SubIOp>();
  case Op::Mul:
    return arithmetic<arith::MulFOp, arith::MulIOp>();
  case Op::Div:
    return quotient();
  case Op::Max:
    return arithmetic<arith::MaximumFOp, arith::MaxSIOp>();
  case Op::Min:
    return arithmetic<arith::MinimumFOp, arith::MinSIOp>();
  case Op::Pow:
    return widened([](RealFunctions &real, ValueRange x) { return real.pow(x[0], x[1]); });
  case Op::And:
    return arith::AndIOp::create(b, loc, x[0], x[1]);
  case Op::Or:
    return arith::OrIOp::create(b, loc, x[0], x[1]);
  case Op::Eq:
    return compare(arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq);
  case Op::Ne:
    return compare(arith::CmpFPredicate::UNE, arith::CmpIPredicate::ne);
  case Op::Lt:
    return compare(arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt);
  case Op::Le:
    return compare(arith::CmpFPredicate::OLE, arith::CmpIPredicate::sle);
  case Op::Gt:
    return compare(arith::CmpFPredicate::OGT, arith::CmpIPredicate::sgt);
  case Op::Ge:
    return compare(arith::CmpFPredicate::OGE, arith::CmpIPredicate::sge);
  case Op::Select:
    return arith::SelectOp::create(b, loc, x[0], x[1], x[2]);
  // No default: a new word does not compile until it stands above, or here with a place in Expression.cpp or a kernel.
  case Op::Constant: case Op::Iota: case Op::Random: case Op::Contract: case Op::ReduceSum: case Op::ReduceMax:
  case Op::ArgMax: case Op::ArgSort: case Op::Reshape: case Op::Transpose: case Op::Broadcast: case Op::Slice: case Op::Pad: case Op::Concat: case Op::Window: case Op::Fold:
  case Op::Gather: case Op::ScatterAdd: case Op::First: case Op::PutRows: case Op::Scan: case Op::Yield: case Op::Input: case Op::Scalar: case Op::Read: case Op::Write: case Op::Output:
  case Op::Gradient:
    break;
  }
  llvm_unreachable("not elementwise");
}

} // namespace

Value emitElementwise(OpBuilder &b, Location loc, Operation *op, ValueRange operands) {
  return Elementwise(b, loc, op, operands).emit();
}

} // namespace tl
