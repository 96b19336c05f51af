// What Ops.def says of elementwise words, held against the reference, which has formulas of its own.
#include "compiler/calculus/Facts.h"
#include "compiler/layertest/Kinks.h"
#include "compiler/reference/Pointwise.h"
#include <cmath>
#include <gtest/gtest.h>

namespace tl::reference {
namespace {

const std::vector<Op> words = {
#define OP(Id, ...)
#define ELEMENTWISE(Id, ...) Op::Id,
#include "compiler/calculus/Ops.def"
};

const std::vector<double> reals = {-INFINITY, -7, -2.5f, -1, -0.3f, -0.0, 0, 0.3f, 0.7f, 1, 2.5f, 9, INFINITY, NAN};
const std::vector<double> wholes = {-9, -2, -1, 1, 3, 7};

/// Calls `check` with every choice of arguments.
template <class Check> void forArguments(Op word, const std::vector<double> &numbers, Check check) {
  std::vector<double> x(size_t(operandCount(word)), 0.0);
  size_t all = 1;
  for (size_t i = 0; i < x.size(); ++i)
    all *= numbers.size();
  for (size_t n = 0; n < all; ++n) {
    size_t rest = n;
    for (double &each : x) {
      each = numbers[rest % numbers.size()];
      rest /= numbers.size();
    }
    check(x);
  }
}

void expectSame(Op word, const std::vector<double> &x, DType from, DType to) {
  std::vector<Tensor> operands;
  for (double each : x)
    operands.push_back(Tensor({}, each));
  double value = valueOf(word, x, to), known = pointwise(word, operands, from, to).data[0];
  EXPECT_TRUE(value == known || (std::isnan(value) && std::isnan(known)))
      << nameOf(word) << " of " << testing::PrintToString(x) << " is " << value << ", to the reference " << known;
}

TEST(Facts, valuesAreThoseOfTheReference) {
  for (Op word : words)
    forArguments(word, reals, [&](const std::vector<double> &x) { expectSame(word, x, DType::F64, DType::F64); });
}

TEST(Facts, valuesOfWholeNumbersAreThoseOfTheReference) {
  for (Op word : {Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Max, Op::Min, Op::Eq, Op::Lt})
    forArguments(word, wholes, [&](const std::vector<double> &x) { expectSame(word, x, DType::I32, DType::I32); });
  for (double x : {-2.5, -0.5, 0.0, 0.5, 3.0})
    for (DType to : {DType::I1, DType::I32})
      expectSame(Op::Cast, {x}, DType::F64, to);
}

/// `tlc test` adds noise to the one and not to the other.
TEST(Facts, exactWordsGiveNumbersOfF32AndOthersDoNot) {
  for (Op word : words) {
    bool isExact = true;
    forArguments(word, reals, [&](const std::vector<double> &x) {
      double value = valueOf(word, x, DType::F32);
      isExact &= std::isnan(value) || double(float(value)) == value;
    });
    if (word != Op::Cast) // whose rounding depends on the dtypes
      EXPECT_EQ(isExact, factsOf(word).rounding == Rounding::Exact) << nameOf(word);
  }
}

/// `tlc test` measures there.
TEST(Facts, kinksAreKnown) {
  const double step = 1e-6;
  for (Op word : words)
    forArguments(word, reals, [&](const std::vector<double> &x) {
      auto moved = [&](double by) {
        std::vector<double> at = x;
        at[0] += by;
        return valueOf(word, at, DType::F64);
      };
      double here = valueOf(word, x, DType::F64), above = (moved(step) - here) / step, below = (here - moved(-step)) / step;
      bool isKink = std::isfinite(above) && std::isfinite(below) && std::abs(above) + std::abs(below) < 1e3 && std::abs(above - below) > 0.1;
      if (isKink)
        EXPECT_TRUE(layertest::hasKink(word)) << nameOf(word) << " at " << testing::PrintToString(x);
    });
}

}  // namespace
}  // namespace tl::reference
