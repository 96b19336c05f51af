// Random functions: whatever is fused with whatever, and wherever it is placed, the numbers are those of the formulas.
#include "tests/kernels/Cases.h"
#include <algorithm>
#include <cmath>

namespace tl::test {
namespace {
using mlir::Value;

/// Draws a function op by op, each from values made before. What it compares, floors or counts is exact, so that
/// rounding cannot turn one answer into another; sums are scaled so that numbers stay near 1 and bounds stay tight.
class Graph {
public:
  Graph(Body &m, bool isLarge) : m(m) {
    if (isLarge)
      sizes = {39, 65, 70};
    else
      sizes = {pick<int64_t>({1, 2, 3, 5}), pick<int64_t>({15, 16, 17, 33}), pick<int64_t>({1, 4, 7, 31})};
  }

  void draw(int64_t least, int64_t most) {
    for (int i = 0; i < 3; ++i)
      variables.push_back(m.read(shape()));
    for (int i = 0; i < 2; ++i)
      values.push_back(m.input(shape()));
    values.push_back(m.cast(m.input({DType::U8, shape()}, wholes(0, 3)), DType::F32));
    for (DType dtype : {DType::BF16, DType::F16}) // numbers of few digits, of which both have all
      kept.push_back(m.read({dtype, shape()}, wholes(-3, 3)));
    for (Value variable : kept)
      values.push_back(m.cast(variable, DType::F32));
    values.insert(values.end(), variables.begin(), variables.end());
    exact = values.size();
    for (int64_t steps = least + below(most - least + 1); steps > 0; --steps)
      values.push_back(step());
    for (Value variable : variables)
      if (below(4))
        m.write(variable, likeOf(variable));
    for (Value variable : kept)
      if (below(2))
        m.write(variable, m.cast(likeOf(variable), ir::typeOf(variable).dtype));
    for (int i = 0; i < 3; ++i)
      m.output(values[values.size() - 1 - size_t(below(std::min<int64_t>(6, int64_t(values.size()))))]);
  }

private:
  int64_t below(int64_t n) { return int64_t(m.random() % uint64_t(n)); }
  template <typename T> T pick(const std::vector<T> &from) { return from[size_t(below(int64_t(from.size())))]; }
  Shape shape() {
    Shape shape;
    for (int64_t rank = 1 + below(3); rank > 0; --rank)
      shape.push_back(pick(sizes));
    return shape;
  }
  Shape shapeOf(Value value) { return ir::typeOf(value).shape; }
  int64_t rankOf(Value value) { return int64_t(shapeOf(value).size()); }
  /// Mostly one of the last few, so that chains grow.
  Value any() {
    int64_t count = int64_t(values.size());
    return below(3) ? values[size_t(count - 1 - below(std::min<int64_t>(count, 5)))] : pick(values);
  }
  Value anyExact() { return values[size_t(below(int64_t(exact)))]; }
  Value scaled(double factor, Value x) { return m.mul(x, m.fill(factor, x)); }

  /// A value of the shape of `model`: one there is, or one made to fit.
  Value likeOf(Value model) {
    std::vector<Value> fitting;
    for (Value value : values)
      if (shapeOf(value) == shapeOf(model) && value != model)
        fitting.push_back(value);
    if (!fitting.empty() && below(4))
      return pick(fitting);
    return fit(any(), shapeOf(model));
  }

  /// Sums what is too much, repeats what lacks.
  Value fit(Value x, const Shape &to) {
    while (rankOf(x) > int64_t(to.size()))
      x = sum(x, {below(rankOf(x))});
    Shape from = shapeOf(x), common = to, axes;
    for (size_t axis = 0; axis < from.size(); ++axis) {
      if (from[axis] > to[axis]) {
        Shape zeros(from.size()), limits = shapeOf(x);
        limits[axis] = to[axis];
        x = m.slice(x, zeros, limits);
      } else if (from[axis] < to[axis]) {
        Shape zeros(from.size()), after(from.size());
        after[axis] = to[axis] - from[axis];
        x = m.pad(x, zeros, after);
      }
      axes.push_back(int64_t(axis));
    }
    return m.broadcast(x, axes, to);
  }

  Value sum(Value x, std::vector<int64_t> axes) {
    double terms = 1;
    for (int64_t axis : axes)
      terms *= double(shapeOf(x)[size_t(axis)]);
    return scaled(1 / terms, m.reduceSum(x, axes));
  }

  Value step() {
    Value x = any();
    switch (below(16)) {
    case 0:
    case 1:
      return pick<std::function<Value()>>({[&] { return m.add(x, likeOf(x)); }, [&] { return m.sub(x, likeOf(x)); },
                                           [&] { return scaled(0.25, m.mul(x, likeOf(x))); },
                                           [&] {
                                             return m.op(Op::Max, {x, likeOf(x)});
                                           }})();
    case 2:
      return m.op(pick<Op>({Op::Tanh, Op::Sigmoid, Op::Erf}), {x});
    case 3:
      return m.div(x, m.add(m.fill(1, x), m.mul(likeOf(x), m.fill(0, x))));
    case 4: {
      Value a = anyExact(), chosen = m.op(pick<Op>({Op::Lt, Op::Ge, Op::Eq}), {a, m.fill(double(below(3)) - 1, a)});
      return m.select(chosen, likeOf(a), likeOf(a));
    }
    case 5: {
      Value a = anyExact();
      return m.mul(likeOf(a), m.cast(m.gt(a, m.fill(0, a)), DType::F32));
    }
    case 6:
      return fit(x, shape());
    case 7: {
      Shape axes = ir::otherAxes({}, rankOf(x));
      std::shuffle(axes.begin(), axes.end(), m.random);
      return m.transpose(x, axes);
    }
    case 8: {
      Shape shape = shapeOf(x);
      if (shape.size() < 2)
        return m.reshape(x, {1, shape.empty() ? 1 : shape[0]});
      shape[1] *= shape[0];
      shape.erase(shape.begin());
      return m.reshape(x, shape);
    }
    case 9:
      return rankOf(x) ? m.concat({x, likeOf(x)}, below(rankOf(x))) : m.neg(x);
    case 10:
    case 11: {
      std::vector<int64_t> axes;
      for (int64_t axis = 0; axis < rankOf(x); ++axis)
        if (below(2))
          axes.push_back(axis);
      return below(3) || axes.empty() ? sum(x, axes) : m.reduceMax(x, axes);
    }
    case 12:
    case 13:
      return contraction(x);
    case 14:
      return rows(x);
    default: {
      Value u = m.op(Op::Random, {}, {.site = uint32_t(below(5))}, {DType::F32, shapeOf(x)});
      return m.select(m.lt(u, m.fill(0.25, u)), m.fill(0, u), x);
    }
    }
  }

  /// Loops of the left side are 0, 1, …; some are summed, some kept, the right side has one of its own.
  Value contraction(Value x) {
    std::vector<int64_t> left = ir::otherAxes({}, rankOf(x)), right, out;
    Shape rightShape;
    double terms = 1;
    for (int64_t loop : left) {
      int64_t kind = below(4); // summed, of the left alone, a batch, summed
      if (kind != 1) {
        right.push_back(loop);
        rightShape.push_back(shapeOf(x)[size_t(loop)]);
      }
      if (kind == 1 || kind == 2)
        out.push_back(loop);
      else
        terms *= double(shapeOf(x)[size_t(loop)]);
    }
    int64_t own = rankOf(x);
    size_t at = size_t(below(int64_t(right.size()) + 1));
    right.insert(right.begin() + int64_t(at), own);
    rightShape.insert(rightShape.begin() + int64_t(at), pick(sizes));
    out.insert(out.begin() + below(int64_t(out.size()) + 1), own);
    Value y = fit(any(), rightShape);
    return scaled(0.5 / std::sqrt(terms),
                  below(2) ? m.contract(x, y, left, right, out) : m.contract(y, x, right, left, out));
  }

  Value rows(Value x) {
    if (rankOf(x) == 0)
      return x;
    int64_t count = shapeOf(x)[0], wanted = pick(sizes);
    if (below(2))
      return m.gather(x, m.input({DType::I32, {wanted}}, wholes(0, count - 1)));
    Shape table = shapeOf(x);
    table[0] = wanted;
    return scaled(0.5, m.scatterAdd(m.input({DType::I32, {count}}, wholes(0, wanted - 1)), x, {DType::F32, table}));
  }

  Body &m;
  std::vector<int64_t> sizes;
  std::vector<Value> variables, kept, values;
  size_t exact = 0; // the first so many values are exact
};

class RandomGraphs : public Kernels, public testing::WithParamInterface<int> {};

TEST_P(RandomGraphs, computeTheirFormulas) {
  isSimplified = GetParam() % 2;
  for (int i = 0; i < 25; ++i)
    add("graph " + std::to_string(25 * GetParam() + i), [&](Body &m) {
      m.random.seed(unsigned(1000 + 25 * GetParam() + i));
      Graph(m, false).draw(6, 20);
    });
}

INSTANTIATE_TEST_SUITE_P(Seeded, RandomGraphs, testing::Range(0, 8));

/// Large enough to be shared by threads, one of which is late.
TEST_F(Kernels, largeGraphsComputeTheirFormulas) {
  parallelAtLeast = 5;
  for (unsigned i = 0; i < 8; ++i)
    add("large graph " + std::to_string(i), [&](Body &m) {
      m.random.seed(i);
      Graph(m, true).draw(4, 8);
    });
}

} // namespace
} // namespace tl::test
