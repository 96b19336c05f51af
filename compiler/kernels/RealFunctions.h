// Functions of real numbers computed in double, on registers of one number or of a vector: those of the run's scalars, and
// those of f32 that need more digits on the way than f32 has. Arithmetic alone: no call of libm, whose bits change with the machine.
#pragma once
#include "mlir/IR/Builders.h"
#include "llvm/ADT/ArrayRef.h"

namespace tl {

class RealFunctions {
public:
  /// `type`: f64, or a vector of it.
  RealFunctions(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type) : b(b), loc(loc), type(type) {}

  mlir::Value exp(mlir::Value x);
  mlir::Value expm1(mlir::Value x);
  mlir::Value log(mlir::Value x);
  mlir::Value log1p(mlir::Value x);
  mlir::Value tanh(mlir::Value x);
  mlir::Value sigmoid(mlir::Value x);
  /// NaN where |x| is above 2^50.
  mlir::Value sin(mlir::Value x) { return turned(x, 0); }
  mlir::Value cos(mlir::Value x) { return turned(x, 1); }
  /// As C's pow: a negative base has powers where y is whole, x^0 is 1 even of NaN.
  mlir::Value pow(mlir::Value x, mlir::Value y);

private:
  /// An unevaluated sum: `low` holds what `high` has no digits for.
  struct Pair {
    mlir::Value high, low;
  };
  /// e^x = 2^whole · (1 + rest), -0.35 < ln(1 + rest) < 0.35.
  struct Power {
    mlir::Value whole, rest;
  };
  Power powerOf(Pair x);
  mlir::Value scaled(Power power);
  mlir::Value powerOfTwo(mlir::Value n);
  Pair logarithm(mlir::Value x);
  mlir::Value turned(mlir::Value x, int quarters);

  mlir::Value number(double value);
  mlir::Value bits(uint64_t value);
  mlir::Value add(mlir::Value x, mlir::Value y);
  mlir::Value sub(mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::Value x, mlir::Value y);
  mlir::Value div(mlir::Value x, mlir::Value y);
  /// x·y + z, rounded once.
  mlir::Value fma(mlir::Value x, mlir::Value y, mlir::Value z);
  mlir::Value neg(mlir::Value x);
  mlir::Value abs(mlir::Value x);
  mlir::Value clamp(mlir::Value x, double low, double high);
  mlir::Value equal(mlir::Value x, mlir::Value y);
  mlir::Value less(mlir::Value x, mlir::Value y);
  mlir::Value both(mlir::Value x, mlir::Value y);
  mlir::Value either(mlir::Value x, mlir::Value y);
  mlir::Value differ(mlir::Value x, mlir::Value y);
  mlir::Value negated(mlir::Value x);
  mlir::Value choose(mlir::Value condition, mlir::Value x, mlir::Value y);
  /// c[0] + x·(c[1] + x·(c[2] + …))
  mlir::Value polynomial(mlir::Value x, llvm::ArrayRef<double> c);
  mlir::Value toBits(mlir::Value x);
  mlir::Value fromBits(mlir::Value x);
  mlir::Type bitsType() const;

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type type;
};

} // namespace tl
