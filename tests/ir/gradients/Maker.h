// A small random function of `tl` under construction: what it takes has a name and numbers.
#pragma once
#include "compiler/ir/Build.h"
#include "compiler/layertest/Field.h"
#include "compiler/reference/Tensor.h"
#include <functional>
#include <random>

namespace tl::test {

using Shape = std::vector<int64_t>;

/// Numbers to draw. Logarithmic ranges are even in the exponent, and `isSigned` ones have either sign.
struct Range {
  double low, high;
  bool isLogarithmic = false, isSigned = false;
};

/// Where the numbers of an operand are drawn from: one of the ranges for a whole tensor. A value made by other ops is
/// brought near the first range where that holds positive numbers only, and between -1 and 1 where `isBounded`.
struct Domain {
  std::vector<Range> ranges = {{-2, 2}};
  bool isBounded = false;
};

/// Makes y = f(x…) of variables x, inputs and constants, all real numbers of one dtype. The same seed makes the same
/// function of either real dtype; every number is one of f32.
class Maker : public ir::Build {
public:
  using Field = layertest::Field;

  Maker(mlir::OpBuilder &b, mlir::Location loc, ir::StageOp stage, uint64_t seed, DType real)
      : Build{b, loc}, random(seed), real(real), stage(stage) {}

  /// 0 … n - 1
  int64_t below(int64_t n) { return int64_t(random() % uint64_t(n)); }
  double between(double low, double high) { return low + (high - low) * (double(random() >> 11) * 0x1p-53); }
  template <typename T> T pick(const std::vector<T> &from) { return from[size_t(below(int64_t(from.size())))]; }
  std::vector<int64_t> shuffled(int64_t rank);
  /// Some axes, in any order.
  std::vector<int64_t> someAxes(int64_t rank);

  /// A shape for an operand: drawn, or, where functions are composed, mostly that of a value there is.
  Shape shape(int64_t leastRank = 0);
  /// A value of that shape with numbers of that domain: a new variable, or one made of what there is.
  mlir::Value take(const Shape &shape, const Domain &domain = {});
  mlir::Value variable(const Shape &shape, const Domain &domain);
  /// Row numbers below `rows`: some come twice, some never.
  mlir::Value ids(const Shape &shape, int64_t rows);
  mlir::Value flags(const Shape &shape);
  /// Constants that are kept in 16 bits, as what they are computed in.
  mlir::Value kept(const Shape &shape);
  mlir::Value input(const TensorType &type, std::vector<double> data);

  int64_t room = 40; // elements that a drawn shape may have
  bool isComposing = false;
  std::vector<mlir::Value> values; // made so far, while composing
  std::mt19937_64 random;
  DType real;
  std::vector<Field> fields;

private:
  mlir::Value field(const TensorType &type, std::vector<double> data, bool isVariable);
  std::vector<double> draw(int64_t count, const Domain &domain);
  /// x, made to lie in a domain that leaves numbers out.
  mlir::Value confine(mlir::Value x, const Domain &domain);

  ir::StageOp stage; // of the variables
};

} // namespace tl::test
