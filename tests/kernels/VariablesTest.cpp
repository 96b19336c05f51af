// New values of variables: nobody reads one too late or too early.
#include "tests/kernels/Cases.h"

namespace tl::test {
namespace {
using mlir::Value;

const std::vector<Shape> shapes = {{}, {1}, {17}, {33, 3}, {64, 16}};

Value doubled(Body &m, Value x) { return m.add(x, x); }

void forShapes(const std::function<void(const Shape &)> &body) { std::for_each(shapes.begin(), shapes.end(), body); }

TEST_F(Kernels, aVariableIsOverwrittenAfterItsReaders) {
  forShapes([&](const Shape &shape) {
    add("readers", [&](Body &m) {
      Value w = m.read(shape), x = m.input(shape);
      m.write(w, m.sub(w, x));
      m.output(m.mul(w, x));
      m.output(m.neg(w));
      Shape axes;
      for (size_t axis = 0; axis < shape.size(); ++axis)
        axes.push_back(int64_t(axis));
      m.output(m.reduceSum(w, axes));
      m.output(w); // as it was
    });
  });
}

TEST_F(Kernels, variablesAreSwapped) {
  forShapes([&](const Shape &shape) {
    add("swap", [&](Body &m) {
      Value a = m.read(shape), b = m.read(shape);
      m.write(a, b);
      m.write(b, a);
    });
    add("swap of what is computed", [&](Body &m) {
      Value a = m.read(shape), b = m.read(shape);
      m.write(a, doubled(m, b));
      m.write(b, m.neg(a));
    });
    add("ring", [&](Body &m) {
      Value a = m.read(shape), b = m.read(shape), c = m.read(shape);
      m.write(a, b);
      m.write(b, c);
      m.write(c, m.add(a, b));
    });
  });
}

TEST_F(Kernels, aVariableTakesAnothersOldValue) {
  forShapes([&](const Shape &shape) {
    add("old value", [&](Body &m) {
      Value a = m.read(shape), b = m.read(shape);
      m.write(b, a);
      m.write(a, m.add(a, b));
    });
  });
}

TEST_F(Kernels, oneValueGoesToManyPlaces) {
  forShapes([&](const Shape &shape) {
    add("many", [&](Body &m) {
      Value a = m.read(shape), b = m.read(shape), sum = m.add(a, b);
      m.write(a, sum);
      m.output(sum);
      m.write(b, sum);
      m.output(sum);
      m.output(m.neg(sum));
    });
    add("an input and a constant", [&](Body &m) {
      Value a = m.read(shape), x = m.input(shape), c = m.read(shape);
      m.write(a, x);
      m.output(x);
      m.write(c, m.fill(3, x));
    });
  });
}

TEST_F(Kernels, aVariableIsRearrangedIntoItself) {
  add("transpose", [](Body &m) {
    Value a = m.read({17, 17});
    m.write(a, m.transpose(a, {1, 0}));
  });
  add("transpose and add", [](Body &m) {
    Value a = m.read({17, 17});
    m.write(a, m.add(a, m.transpose(a, {1, 0})));
  });
  add("shift", [](Body &m) {
    Value a = m.read({40});
    m.write(a, m.pad(m.slice(a, {0}, {39}), {1}, {0}));
  });
  add("queue", [](Body &m) {
    Value a = m.read({8, 33});
    m.write(a, m.concat({m.slice(a, {1, 0}, {8, 33}), m.input({1, 33})}, 0));
  });
  add("rows by number", [](Body &m) {
    Value a = m.read({8, 17});
    m.write(a, m.gather(a, m.input({DType::I32, {8}}, wholes(0, 7))));
  });
  add("reshape", [](Body &m) {
    Value a = m.read({8, 6}), b = m.read({6, 8});
    m.write(a, m.reshape(doubled(m, m.reshape(a, {6, 8})), {8, 6}));
    m.write(b, m.reshape(a, {6, 8}));
  });
}

TEST_F(Kernels, aVariableIsNormedByItself) {
  for (const Shape &shape : {Shape{5, 17}, {33, 2}})
    for (int64_t axis : {0, 1})
      add("norm", [&](Body &m) {
        Value a = m.read(shape), s = m.reduceSum(m.mul(a, a), {axis});
        m.write(a, m.div(a, m.broadcast(m.add(s, m.fill(1, s)), {1 - axis}, shape)));
        m.output(m.op(Op::Sqrt, {s}));
      });
}

TEST_F(Kernels, aVariableIsMultipliedWithItself) {
  for (int64_t n : {3, 17, 33})
    add("square of a matrix", [&](Body &m) {
      Value a = m.read({n, n});
      m.write(a, m.contract(a, a, {0, 2}, {2, 1}, {0, 1}));
    });
  add("both of a pair", [](Body &m) { // each is read by what makes the other
    Value a = m.read({5, 7}), b = m.read({7, 5}), x = m.input({9, 5}), h = m.contract(x, a, {0, 2}, {2, 1}, {0, 1});
    Value y = m.contract(h, b, {0, 2}, {2, 1}, {0, 1}), dh = m.contract(y, b, {0, 2}, {1, 2}, {0, 1});
    m.write(b, m.sub(b, m.contract(h, y, {2, 0}, {2, 1}, {0, 1})));
    m.write(a, m.sub(a, m.contract(x, dh, {2, 0}, {2, 1}, {0, 1})));
  });
}

TEST_F(Kernels, truthAndBytesAreVariables) {
  add("flags", [](Body &m) {
    Value seen = m.read({DType::I1, {37}}), count = m.read({DType::I32, {37}}), x = m.input({37}),
          sum = m.read({DType::F64, {}});
    Value now = m.gt(x, m.fill(0, x));
    m.write(seen, m.op(Op::Or, {seen, now}));
    m.write(count, m.op(Op::Add, {count, m.cast(now, DType::I32)}));
    m.write(sum, m.add(sum, m.cast(m.reduceSum(x, {0}), DType::F64)));
    Value bytes = m.read({DType::U8, {37}});
    m.write(bytes, m.select(seen, bytes, m.input({DType::U8, {37}})));
  });
}

/// Kept in 16 bits, updated in f32 where they lie; what is not of f32 is not.
TEST_F(Kernels, variablesOf16Bits) {
  for (DType dtype : {DType::BF16, DType::F16})
    for (const Shape &shape : {Shape{}, Shape{1}, Shape{37}, Shape{3, 35}})
      add(std::string("step of ") + nameOf(dtype), [&](Body &m) {
        Value stored = m.read({dtype, shape}), other = m.read({dtype, shape}), v = m.read(shape), g = m.input(shape);
        Value w = m.cast(stored, DType::F32), next = m.add(m.mul(m.fill(0.5, v), v), g);
        m.write(v, next);
        m.write(stored, m.cast(m.sub(w, next), dtype));
        m.write(other, stored);
        m.output(stored); // as it was
        m.output(m.mul(w, g));
      });
  add("a product of weights", [](Body &m) {
    Value w = m.cast(m.read({DType::BF16, {19, 33}}), DType::F32), x = m.input({7, 19});
    m.output(m.contract(x, w, {0, 2}, {2, 1}, {0, 1}));
    m.output(m.contract(x, m.cast(m.transpose(m.read({DType::F16, {33, 19}}), {1, 0}), DType::F32), {0, 2}, {2, 1}, {0, 1}));
  });
}

TEST_F(Kernels, momentsAreShared) {
  parallelAtLeast = 2;
  for (const Shape &shape : {Shape{201, 403}, Shape{90000}})
    add("momentum", [&](Body &m) {
      Value w = m.read(shape), v = m.read(shape), g = m.input(shape), old = m.read(shape);
      Value next = m.add(m.mul(m.fill(0.5, v), v), g);
      m.write(v, next);
      m.write(w, m.sub(w, next));
      m.write(old, w);
      m.output(m.reduceSum(next, shape.size() == 1 ? Shape{0} : Shape{0, 1}));
    });
}

} // namespace
} // namespace tl::test
