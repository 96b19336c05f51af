// Squares that are made in tiles: the means, and what their derivatives make of a square, are those of the formulas, whatever is hidden
// and wherever tiles end.
#include "tests/kernels/Cases.h"
#include <cmath>
#include <numeric>

namespace tl::test {
namespace {
using mlir::Value;

/// Attention of `t` queries to `u` keys, in `g` groups of `r` heads, each of `e` numbers with values of `f`.
struct Attention {
  int64_t b = 2, t = 40, u = 40, g = 1, r = 2, e = 8, f = 8;
  bool isCausal = false, isPadded = false, hasMask = false;
  int64_t window = 0;
  double rate = 0, cap = 0;
  bool isRounded = false;      // factors to bf16
  bool isStoredTurned = false; // keys and values with their numbers first, queries and means too

  std::string name() const {
    std::string text;
    for (int64_t size : {b, t, u, g, r, e, f, window, int64_t(isCausal), int64_t(isPadded), int64_t(hasMask), int64_t(isRounded), int64_t(isStoredTurned)})
      text += std::to_string(size) + " ";
    return text + std::to_string(rate) + " " + std::to_string(cap);
  }

  Value factor(Body &m, Value x) const { return isRounded ? m.cast(x, DType::BF16) : x; }

  Value scores(Body &m, Value q, Value k) const {
    q = factor(m, q);
    k = factor(m, k);
    Value dots = isStoredTurned ? m.contract(q, k, {5, 0, 3, 1, 2}, {0, 5, 1, 4}, {0, 1, 2, 3, 4})
                                : m.contract(q, k, {0, 3, 1, 2, 5}, {0, 4, 1, 5}, {0, 1, 2, 3, 4});
    std::vector<int64_t> square = {b, g, r, t, u};
    Value score = m.mul(dots, m.fill(1 / std::sqrt(double(e)), dots));
    if (cap)
      score = m.mul(m.op(Op::Tanh, {m.div(score, m.fill(cap, score))}), m.fill(cap, score));
    Value row = m.broadcast(m.iota({t}, 0), {0}, {t, u}), column = m.broadcast(m.iota({u}, 0), {1}, {t, u});
    Value place = m.add(row, m.fill(double(u - t), row)), none = m.fill(-1e30, score);
    if (isCausal)
      score = m.select(m.broadcast(m.ge(place, column), {3, 4}, square), score, none);
    if (window)
      score = m.select(m.broadcast(m.lt(m.sub(place, column), m.fill(double(window), place)), {3, 4}, square), score, none);
    if (hasMask)
      score = m.add(score, m.broadcast(m.input({t, u}), {3, 4}, square));
    if (isPadded) { // now and then there is nothing left to see
      Value keep = m.input({DType::F32, {b, u}}, [this](std::mt19937 &random) { return double(random() % uint64_t(b + 1) > 0); });
      score = m.select(m.broadcast(m.gt(keep, m.fill(0, keep)), {0, 4}, square), score, none);
    }
    return score;
  }

  Value means(Body &m, Value q, Value k, Value v) const {
    Value score = scores(m, q, k);
    std::vector<int64_t> square = {b, g, r, t, u};
    Value top = m.broadcast(m.reduceMax(score, {4}), {0, 1, 2, 3}, square), exponential = m.exp(m.sub(score, m.op(Op::StopGradient, {top})));
    Value share = m.div(exponential, m.broadcast(m.reduceSum(exponential, {4}), {0, 1, 2, 3}, square));
    if (rate) {
      Value drawn = m.op(Op::Random, {}, {.site = 7}, {DType::F32, square});
      share = m.select(m.lt(drawn, m.fill(rate, drawn)), m.fill(0, share), m.div(share, m.fill(1 - rate, share)));
    }
    share = factor(m, share);
    v = factor(m, v);
    return isStoredTurned ? m.contract(share, v, {0, 1, 2, 3, 4}, {0, 5, 1, 4}, {5, 0, 1, 2, 3})
                          : m.contract(share, v, {0, 1, 2, 3, 4}, {0, 4, 1, 5}, {0, 3, 1, 2, 5});
  }

  /// Queries and keys so small that no share is near 1: there the formulas, which do not make the mean for the derivative, are closer to it
  /// than their product is.
  std::array<Value, 3> inputs(Body &m) const {
    auto small = [&](Shape shape) { return m.input({DType::F32, shape}, between(-1, 1)); };
    if (isStoredTurned)
      return {small({e, b, t, g, r}), small({b, e, g, u}), m.input(Shape{b, f, g, u})};
    return {small({b, t, g, r, e}), small({b, u, g, e}), m.input(Shape{b, u, g, f})};
  }
};

/// Sizes that end within a tile, a vector, a register tile, and those that do not.
const std::vector<Attention> attentions = {
    {},
    {.isCausal = true},
    {.t = 64, .u = 64, .r = 1, .e = 16, .f = 16, .isCausal = true},
    {.t = 23, .u = 57, .g = 2, .r = 1, .e = 5, .f = 11, .isCausal = true},
    {.t = 49, .u = 33, .e = 17, .f = 3, .isPadded = true},
    {.b = 3, .t = 65, .u = 65, .e = 7, .f = 33, .isCausal = true, .isPadded = true},
    {.t = 70, .u = 70, .isCausal = true, .window = 9},
    {.t = 70, .u = 90, .isCausal = true, .window = 30},
    {.t = 41, .u = 40, .hasMask = true},
    {.cap = 0.75},
    {.t = 50, .u = 50, .isCausal = true, .rate = 0.25},
    {.g = 2, .isStoredTurned = true},
    {.t = 37, .u = 37, .g = 2, .r = 3, .e = 1, .f = 1, .isCausal = true},
};

TEST_F(Kernels, meansAreMadeWithoutTheirSquare) {
  hasSquares = true;
  squares = int(attentions.size());
  parallelAtLeast = 6;
  for (const Attention &one : attentions)
    add(one.name(), [&](Body &m) {
      auto [q, k, v] = one.inputs(m);
      m.output(one.means(m, q, k, v));
    });
}

TEST_F(Kernels, theirDerivativesMakeTheSquareAgain) {
  hasSquares = true;
  squares = 2 * int(attentions.size());
  parallelAtLeast = 6;
  for (const Attention &one : attentions)
    add(one.name(), [&](Body &m) {
      auto [q, k, v] = one.inputs(m);
      Value mean = one.means(m, q, k, v), dMean = m.input(ir::typeOf(mean));
      std::vector<int64_t> all(ir::typeOf(mean).shape.size());
      std::iota(all.begin(), all.end(), 0);
      m.output(mean);
      for (Value grad : m.gradient(m.reduceSum(m.mul(mean, dMean), all), {q, k, v}))
        m.output(grad);
    });
}

/// Of bf16 there is a kernel for the sums, and one for the means, whose shares are rounded when they are divided.
TEST_F(Kernels, theirFactorsAreRounded) {
  hasSquares = true;
  squares = 2 * 3 + 3 * 3;
  for (bool withGradients : {false, true})
    for (const Attention &one : {Attention{.t = 50, .u = 50, .isRounded = true}, Attention{.t = 23, .u = 57, .g = 2, .r = 1, .e = 5, .f = 11, .isCausal = true, .isRounded = true},
                                 Attention{.t = 50, .u = 50, .isCausal = true, .rate = 0.25, .isRounded = true}})
      add(one.name(), [&](Body &m) {
        auto [q, k, v] = one.inputs(m);
        Value mean = one.means(m, q, k, v), dMean = m.input(ir::typeOf(mean));
        m.output(mean);
        if (withGradients)
          for (Value grad : m.gradient(m.reduceSum(m.mul(mean, dMean), {0, 1, 2, 3, 4}), {q, k, v}))
            m.output(grad);
      });
}

/// Only what is asked for is made: here no gradient of the keys.
TEST_F(Kernels, someOfTheDerivativesAreMade) {
  hasSquares = true;
  squares = 4;
  for (bool isOfValues : {false, true})
    add("one of them", [&](Body &m) {
      Attention one{.isCausal = true};
      auto [q, k, v] = one.inputs(m);
      Value mean = one.means(m, q, k, v), dMean = m.input(ir::typeOf(mean));
      m.output(mean);
      m.output(m.gradient(m.reduceSum(m.mul(mean, dMean), {0, 1, 2, 3, 4}), {isOfValues ? v : q})[0]);
    });
}

/// What others read of a square is stored, and the rest with it.
TEST_F(Kernels, aSquareThatIsReadIsStored) {
  hasSquares = true;
  squares = 0;
  Attention one{.isCausal = true};
  add("scores", [&](Body &m) {
    auto [q, k, v] = one.inputs(m);
    m.output(one.means(m, q, k, v));
    m.output(one.scores(m, q, k));
  });
  add("gradient of a mask", [&](Body &m) {
    auto [q, k, v] = one.inputs(m);
    Value mask = m.input(Shape{40, 40}), score = one.scores(m, q, k);
    Value seen = m.add(score, m.broadcast(mask, {3, 4}, ir::typeOf(score).shape)), top = m.broadcast(m.reduceMax(seen, {4}), {0, 1, 2, 3}, ir::typeOf(score).shape);
    Value exponential = m.exp(m.sub(seen, m.op(Op::StopGradient, {top})));
    Value share = m.div(exponential, m.broadcast(m.reduceSum(exponential, {4}), {0, 1, 2, 3}, ir::typeOf(score).shape));
    Value mean = m.contract(share, v, {0, 1, 2, 3, 4}, {0, 4, 1, 5}, {0, 3, 1, 2, 5});
    m.output(m.gradient(m.reduceSum(m.mul(mean, mean), {0, 1, 2, 3, 4}), {mask})[0]);
  });
}

} // namespace
} // namespace tl::test
