// What moves elements and what reduces them: layout, rows, sums, maxima.
#include "tests/kernels/Cases.h"
#include <algorithm>
#include <numeric>

namespace tl::test {
namespace {
using mlir::Value;

std::vector<Shape> permutations(size_t rank) {
  Shape axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  std::vector<Shape> all;
  do
    all.push_back(axes);
  while (std::next_permutation(axes.begin(), axes.end()));
  return all;
}

std::vector<Shape> subsets(size_t rank) {
  std::vector<Shape> all;
  for (size_t bits = 0; bits < (size_t(1) << rank); ++bits) {
    Shape axes;
    for (size_t axis = 0; axis < rank; ++axis)
      if (bits >> axis & 1)
        axes.push_back(int64_t(axis));
    all.push_back(axes);
  }
  return all;
}

Value doubled(Body &m, Value x) { return m.add(x, x); }

TEST_F(Kernels, transposes) {
  for (const Shape &shape : {Shape{5},
                             {16, 16},
                             {33, 17},
                             {1, 31},
                             {64, 3},
                             {3, 100},
                             {2, 17, 33},
                             {16, 1, 32},
                             {5, 3, 2},
                             {2, 3, 17, 5},
                             {3, 1, 2, 16}})
    for (const Shape &axes : permutations(shape.size())) {
      add("transpose", [&](Body &m) { m.output(m.transpose(m.input(shape), axes)); }); // on its own
      add("transpose", [&](Body &m) { m.output(doubled(m, m.transpose(m.input(shape), axes))); }); // as a way to read
    }
  for (DType dtype : {DType::I1, DType::U8, DType::I32, DType::F64, DType::BF16, DType::F16})
    add("transpose", [&](Body &m) { m.output(m.transpose(m.input({dtype, {19, 35}}), {1, 0})); });
}

TEST_F(Kernels, transposesOfWhatIsComputed) {
  for (const Shape &axes : permutations(3))
    add("transpose", [&](Body &m) {
      Value x = doubled(m, m.input({4, 17, 6}));
      m.output(m.transpose(x, axes));
      m.output(m.add(m.transpose(x, axes), m.transpose(m.neg(x), axes)));
    });
}

TEST_F(Kernels, broadcasts) {
  for (const Shape &to : {Shape{17}, {3, 17}, {17, 3}, {2, 33, 5}, {2, 1, 16}, {2, 3, 2, 17}})
    for (const Shape &axes : subsets(to.size()))
      add("broadcast", [&](Body &m) {
        Shape from;
        for (int64_t axis : axes)
          from.push_back(to[axis]);
        Value x = m.input(from), spread = m.broadcast(x, axes, to);
        m.output(m.mul(spread, m.input(to)));
        if (from != to)
          m.output(spread);
      });
}

TEST_F(Kernels, reshapes) {
  add("reshape", [](Body &m) {
    Value x = m.input({6, 34});
    m.output(m.reshape(x, {17, 12}));
    m.output(doubled(m, m.reshape(doubled(m, x), {2, 3, 34})));
    m.output(m.reshape(m.reduceSum(m.reshape(m.neg(x), {12, 17}), {0}), {1, 17, 1}));
    m.output(m.transpose(m.reshape(m.transpose(x, {1, 0}), {17, 12}), {1, 0}));
  });
}

/// The order of axes that puts one last.
static std::vector<int64_t> lastOf(int64_t axis, size_t rank) {
  std::vector<int64_t> order;
  for (int64_t other = 0; other < int64_t(rank); ++other)
    if (other != axis)
      order.push_back(other);
  order.push_back(axis);
  return order;
}

/// 0, 1, … for all axes but the last, which gets `last`.
static std::vector<int64_t> firstLoops(size_t rank, int64_t last) {
  std::vector<int64_t> loops;
  for (int64_t loop = 0; loop + 1 < int64_t(rank); ++loop)
    loops.push_back(loop);
  loops.push_back(last);
  return loops;
}

TEST_F(Kernels, slices) {
  auto part = [&](Shape shape, Shape starts, Shape limits, Shape strides) {
    for (DType dtype : {DType::F32, DType::U8, DType::I1, DType::I32, DType::BF16})
      add("slice", [&](Body &m) {
        Value x = m.input({dtype, shape});
        m.output(m.slice(x, starts, limits, strides));
        if (dtype == DType::F32)
          m.output(doubled(m, m.slice(m.neg(x), starts, limits, strides)));
      });
  };
  part({100}, {0}, {100}, {1});
  part({100}, {7}, {90}, {1});
  part({100}, {1}, {100}, {3});
  part({5, 64}, {1, 3}, {4, 61}, {1, 1});
  part({5, 64}, {0, 1}, {5, 64}, {2, 2});
  part({33, 6}, {2, 4}, {33, 5}, {5, 1});
  part({3, 17, 2}, {1, 1, 1}, {3, 17, 2}, {1, 4, 1});
  part({40, 1}, {3, 0}, {40, 1}, {2, 1});
}

TEST_F(Kernels, windows) {
  auto windows = [&](Shape shape, int64_t axis, int64_t size, int64_t stride, int64_t dilation) {
    for (DType dtype : {DType::F32, DType::U8, DType::F16})
      add("window", [&](Body &m) {
        Value x = m.input({dtype, shape}), y = m.window(x, axis, size, stride, dilation);
        m.output(y);
        if (dtype != DType::F32)
          return;
        m.output(m.reduceMax(m.window(m.neg(x), axis, size, stride, dilation), {axis + 1}));
        m.output(m.fold(doubled(m, y), shape[axis], axis, size, stride, dilation));
        Value w = m.input({size, 5});
        m.output(m.contract(m.transpose(y, lastOf(axis + 1, shape.size() + 1)), w, firstLoops(shape.size() + 1, 9), {9, 10},
                            firstLoops(shape.size() + 1, 10)));
      });
  };
  windows({100}, 0, 3, 1, 1);
  windows({101}, 0, 4, 3, 2);
  windows({5, 64}, 0, 2, 2, 1);
  windows({5, 64}, 1, 2, 2, 1);
  windows({3, 17, 20}, 1, 5, 1, 3);
  windows({3, 17, 20}, 1, 3, 5, 1);
  windows({2, 9, 16}, 1, 3, 1, 1);
  windows({7, 1}, 0, 7, 1, 1);
}

/// Two windows, a contraction: a convolution over images with channels last; and what its gradients are made of.
TEST_F(Kernels, convolutions) {
  auto convolution = [&](int64_t n, int64_t h, int64_t w, int64_t c, int64_t k, int64_t size, int64_t stride) {
    add("convolution", [&](Body &m) {
      Value x = m.input({n, h, w, c}), taps = m.input({size, size, c, k});
      int64_t around = size / 2;
      Value padded = m.pad(x, {0, around, around, 0}, {0, around, around, 0});
      Value windows = m.window(m.window(padded, 1, size, stride), 3, size, stride);
      Value y = m.contract(windows, taps, {0, 1, 2, 3, 4, 5}, {2, 4, 5, 6}, {0, 1, 3, 6});
      m.output(m.op(Op::Max, {y, m.fill(0, y)}));
      Value dTaps = m.contract(windows, y, {0, 1, 2, 3, 4, 5}, {0, 1, 3, 6}, {2, 4, 5, 6});
      m.output(dTaps);
      Value dWindows = m.contract(y, taps, {0, 1, 3, 6}, {2, 4, 5, 6}, {0, 1, 2, 3, 4, 5});
      m.output(m.fold(m.fold(dWindows, w + 2 * around, 3, size, stride), h + 2 * around, 1, size, stride));
    });
  };
  convolution(2, 8, 8, 3, 5, 3, 1);
  convolution(2, 9, 7, 4, 16, 3, 2);
  convolution(3, 5, 5, 16, 33, 1, 1);
  convolution(1, 12, 12, 2, 17, 5, 1);
}

TEST_F(Kernels, pads) {
  auto around = [&](Shape shape, Shape before, Shape after) {
    for (DType dtype : {DType::F32, DType::I32, DType::I1, DType::BF16})
      add("pad", [&](Body &m) {
        Value x = m.input({dtype, shape});
        m.output(m.pad(x, before, after));
        if (dtype == DType::F32)
          m.output(m.add(m.pad(m.exp(m.mul(x, m.fill(0, x))), before, after), m.pad(x, after, before)));
      });
  };
  around({17}, {0}, {0});
  around({17}, {3}, {0});
  around({5}, {20}, {20});
  around({4, 16}, {0, 1}, {0, 1});
  around({4, 33}, {2, 0}, {1, 0});
  around({3, 7, 2}, {1, 0, 1}, {0, 2, 1});
  around({1, 1}, {1, 17}, {0, 1});
}

TEST_F(Kernels, concatenations) {
  auto join = [&](std::vector<Shape> parts, int64_t axis) {
    for (DType dtype : {DType::F32, DType::I1, DType::F16})
      add("concat", [&](Body &m) {
        std::vector<Value> values;
        for (const Shape &shape : parts)
          values.push_back(m.input({dtype, shape}));
        m.output(m.concat(values, axis));
        if (dtype != DType::F32)
          return;
        for (Value &value : values)
          value = doubled(m, value);
        m.output(m.neg(m.concat(values, axis)));
      });
  };
  join({{17}}, 0);
  join({{1}, {16}, {33}}, 0);
  join({{1}, {1}}, 0);
  join({{1, 1}, {1, 1}}, 1);
  join({{3, 17}, {1, 17}, {2, 17}}, 0);
  join({{3, 17}, {3, 16}, {3, 2}}, 1);
  join({{2, 3, 5}, {2, 1, 5}}, 1);
  join({{2, 3, 5}, {2, 3, 18}}, 2);
  join({{4, 17}, {4, 17}}, 1);
}

TEST_F(Kernels, concatenationsOfColumns) {
  add("concat", [](Body &m) { m.output(m.concat({m.input({3, 1}), m.input({3, 2})}, 1)); });
  add("concat", [](Body &m) { m.output(m.concat({m.input({20, 1}), m.input({20, 1}), m.input({20, 1})}, 1)); });
  add("concat", [](Body &m) { m.output(m.concat({m.input({2, 3, 1}), m.input({2, 3, 1})}, 2)); });
  add("concat", [](Body &m) { m.output(m.concat({m.input({2, 5, 1, 1}), m.input({2, 5, 2, 1})}, 2)); });
}

/// A part may be a way to read, or come from another kernel.
TEST_F(Kernels, concatenationsOfViews) {
  add("concat", [](Body &m) {
    Value x = m.input({5, 17});
    m.output(m.concat({m.slice(x, {0, 1}, {5, 17}), m.slice(x, {0, 0}, {5, 1})}, 1));
    m.output(m.concat({m.transpose(x, {1, 0}), m.broadcast(m.reduceSum(x, {1}), {1}, {3, 5})}, 0));
    m.output(m.concat({x, x, m.constant(2, {DType::F32, {1, 17}})}, 0));
  });
}

TEST_F(Kernels, gathers) {
  auto rows = [&](Shape table, Shape ids) {
    for (DType dtype : {DType::F32, DType::I32, DType::U8, DType::BF16})
      add("gather", [&](Body &m) {
        Value t = m.input({dtype, table}), i = m.input({DType::I32, ids}, wholes(0, table[0] - 1));
        m.output(m.gather(t, i));
        if (dtype == DType::F32)
          m.output(doubled(m, m.gather(m.neg(t), i)));
      });
  };
  rows({10}, {33});
  rows({10, 17}, {5});
  rows({10, 16}, {2, 3});
  rows({7, 2, 5}, {4});
  rows({3}, {2, 17});
  rows({1, 33}, {1});
  rows({10, 1}, {17});
  rows({4, 8}, {});
}

TEST_F(Kernels, rowsThatATableHasNot) {
  for (DType dtype : {DType::F32, DType::I32, DType::U8, DType::F16})
    for (Shape row : {Shape{}, Shape{1}, Shape{16}, Shape{19}}) {
      Shape table = row, updates = row;
      table.insert(table.begin(), 5);
      updates.insert(updates.begin(), 37);
      add("ids from -4 to 9 of 5 rows", [&](Body &m) {
        Value ids = m.input({DType::I32, {37}}, wholes(-4, 9));
        m.output(m.gather(m.input({dtype, table}), ids));
        if (dtype == DType::F32)
          m.output(m.scatterAdd(ids, m.input(updates), {dtype, table}));
      });
    }
  add("ids far away", [](Body &m) {
    Value ids = m.input({DType::I32, {33}}, wholes(-2147483648, 2147483647));
    m.output(m.gather(m.input({5, 3}), ids));
    m.output(m.scatterAdd(ids, m.input({33, 3}), {DType::F32, {5, 3}}));
  });
}

TEST_F(Kernels, scatters) {
  auto rows = [&](Shape table, Shape ids) {
    for (DType dtype : {DType::F32, DType::I32})
      add("scatter_add", [&](Body &m) {
        Value i =
            m.input({DType::I32, ids}, wholes(0, std::min<int64_t>(table[0] - 1, 3))); // most repeat, some never come
        Shape shape = ids;
        shape.insert(shape.end(), table.begin() + 1, table.end());
        Value updates = m.input({dtype, shape});
        m.output(m.scatterAdd(i, updates, {dtype, table}));
        if (dtype == DType::F32)
          m.output(m.neg(m.scatterAdd(i, doubled(m, updates), {dtype, table})));
      });
  };
  rows({10}, {33});
  rows({10, 17}, {5});
  rows({10, 16}, {2, 3});
  rows({7, 2, 5}, {4});
  rows({1, 33}, {6});
  rows({1}, {6});
  rows({10, 1}, {17});
  rows({6, 3}, {});
}

TEST_F(Kernels, sumsAndMaxima) {
  for (const Shape &shape : {Shape{1},
                             {17},
                             {100},
                             {400},
                             {3, 16},
                             {33, 5},
                             {16, 64},
                             {17, 1},
                             {1, 33},
                             {2, 3, 17},
                             {15, 2, 1},
                             {4, 1, 130},
                             {2, 3, 4, 5},
                             {2, 1, 16, 3}})
    for (const Shape &axes : subsets(shape.size()))
      if (!axes.empty())
        add("reduction", [&](Body &m) {
          Value x = m.input(shape);
          m.output(m.reduceSum(x, axes));
          m.output(m.reduceMax(x, axes));
        });
  for (const Shape &axes : {Shape{0}, {1}, {0, 1}})
    add("in double", [&](Body &m) {
      Value x = m.input({DType::F64, {17, 33}});
      m.output(m.reduceSum(x, axes));
      m.output(m.reduceMax(x, axes));
    });
}

TEST_F(Kernels, reductionsInAnyOrderOfAxes) {
  for (const Shape &axes : {Shape{1, 0}, {2, 0}, {2, 0, 1}})
    add("reduction", [&](Body &m) {
      Value x = m.input({5, 17, 33});
      m.output(m.reduceSum(x, axes));
      m.output(m.reduceMax(m.neg(x), axes));
    });
}

/// What a reduction sums is computed on the way; what follows it is done in the same kernel.
TEST_F(Kernels, reductionsWithWorkAround) {
  for (const Shape &shape : {Shape{33}, {5, 17}, {17, 33}, {3, 64}, {2, 5, 16}})
    for (const Shape &axes : subsets(shape.size()))
      if (!axes.empty())
        add("around", [&](Body &m) {
          Value x = m.input(shape), y = m.input(shape), s = m.reduceSum(m.mul(m.sub(x, y), x), axes);
          m.output(m.add(m.mul(s, m.fill(0.5, s)), m.reduceMax(m.neg(x), axes)));
          m.output(m.reduceSum(m.cast(m.lt(x, y), DType::F32), axes));
        });
}

TEST_F(Kernels, softmax) {
  for (const Shape &shape : {Shape{5, 10}, {3, 33}, {1, 16}})
    add("softmax", [&](Body &m) {
      auto rows = [&](Value v) { return m.broadcast(v, {0}, shape); };
      Value x = m.input(shape), e = m.exp(m.sub(x, rows(m.reduceMax(x, {1})))), p = m.div(e, rows(m.reduceSum(e, {1})));
      m.output(p);
      m.output(m.log(m.reduceSum(p, {0})));
    });
}

TEST_F(Kernels, argMaxima) {
  for (const Shape &shape : {Shape{1}, {33}, {5, 10}, {17, 16}, {2, 7, 3}})
    for (int64_t axis = 0; axis < int64_t(shape.size()); ++axis)
      for (DType dtype : {DType::F32, DType::F64, DType::I32})
        add("argmax", [&](Body &m) {
          Value x = m.input({dtype, shape}, wholes(0, 3)),
                y = m.input({dtype, shape}, wholes(-1, 1)); // ties everywhere
          m.output(m.argMax(x, axis));
          Value i = m.argMax(m.op(Op::Mul, {x, y}), axis);
          m.output(m.cast(m.eq(i, m.fill(0, i)), DType::F32));
        });
}

TEST_F(Kernels, orders) {
  for (const Shape &shape : {Shape{1}, {2}, {33}, {5, 10}, {17, 16}, {2, 7, 3}, {4, 1}})
    for (bool isDescending : {false, true})
      for (DType dtype : {DType::F32, DType::F64, DType::I32})
        add("argsort", [&](Body &m) {
          Value x = m.input({dtype, shape}, wholes(0, 3)), y = m.input({dtype, shape}, wholes(-1, 1)); // ties everywhere
          m.output(m.argSort(x, isDescending));
          Value i = m.argSort(m.op(Op::Mul, {x, y}), isDescending);
          m.output(m.cast(m.eq(i, m.fill(0, i)), DType::F32));
          m.output(m.op(Op::Mul, {x, y}));
        });
  for (bool isDescending : {false, true})
    add("argsort of views", [&](Body &m) {
      Value x = m.input({7, 12});
      m.output(m.argSort(m.transpose(x, {1, 0}), isDescending));
      m.output(m.argSort(m.reshape(m.slice(x, {1, 2}, {6, 9}), {35}), isDescending));
      m.output(m.gather(m.reshape(x, {84}), m.argSort(m.reshape(x, {84}), isDescending)));
      m.output(m.argSort(m.cast(m.argSort(x, isDescending), DType::F32), isDescending)); // the inverse
      m.output(m.argSort(m.constant(2, {DType::F32, {2, 5}}), isDescending));
    });
}

/// A large sum over everything goes in two steps that threads share.
TEST_F(Kernels, largeKernelsAreShared) {
  parallelAtLeast = 10;
  add("map", [](Body &m) {
    Value x = m.input({403, 401});
    m.output(m.mul(x, x));
    m.output(m.transpose(x, {1, 0}));
  });
  add("sum of all", [](Body &m) { m.output(m.reduceSum(m.input({403, 401}), {0, 1})); });
  add("sum of rows", [](Body &m) { m.output(m.reduceSum(m.input({403, 401}), {1})); });
  add("sum of columns", [](Body &m) { m.output(m.reduceSum(m.input({403, 401}), {0})); });
  add("argmax", [](Body &m) { m.output(m.argMax(m.input({403, 401}), 1)); });
  add("argsort", [](Body &m) { m.output(m.argSort(m.input({403, 401}), false)); });
  add("scatter", [](Body &m) {
    m.output(m.scatterAdd(m.input({DType::I32, {403}}, wholes(0, 6)), m.input({403, 401}), {DType::F32, {7, 401}}));
  });
  add("concat", [](Body &m) { m.output(m.concat({m.input({403, 401}), m.input({5, 401})}, 0)); });
  add("random", [](Body &m) { m.output(m.op(Op::Random, {}, {.site = 9}, {DType::F32, {403, 41}})); });
  add("chain", [](Body &m) {
    Value x = m.input({403, 401}), w = m.read({403, 401}), rows = m.reduceSum(m.mul(x, w), {1});
    Value scaled = m.mul(w, m.broadcast(rows, {0}, {403, 401}));
    m.output(m.reduceMax(scaled, {0, 1}));
    m.write(w, m.sub(w, x));
  });
}

} // namespace
} // namespace tl::test
