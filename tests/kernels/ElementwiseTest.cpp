// Every elementwise op, over sizes around the number of lanes, dtypes and ranks.
#include "tests/kernels/Cases.h"

namespace tl::test {
namespace {
using mlir::Value;

const std::vector<int64_t> sizes = {1, 2, 3, 15, 16, 17, 31, 33, 64, 100};
// clang-format off
const std::vector<Shape> shapes = {{},      {1},     {17},       {100},        {3, 16},     {5, 7},
                                   {33, 1}, {1, 31}, {2, 3, 17}, {2, 1, 3, 5}, {1, 1, 1, 1}};
// clang-format on

std::string text(const Shape &shape) { return toString(TensorType{DType::F32, shape}); }

struct Unary {
  Op op;
  double low, high;
};
// clang-format off
const std::vector<Unary> unaries = {{Op::Exp, -20, 20},     {Op::Log, 1e-6, 50}, {Op::Sqrt, 0, 50},
                                    {Op::Rsqrt, 1e-3, 50},  {Op::Tanh, -12, 12}, {Op::Erf, -5, 5},
                                    {Op::Sigmoid, -30, 30}, {Op::Sin, -1e6, 1e6},  {Op::Cos, -30, 30},
                                    {Op::Log1p, -0.9, 5},   {Op::Log1p, -1e-6, 1e-6}, {Op::Expm1, -30, 30},
                                    {Op::Expm1, -1e-6, 1e-6}};
// clang-format on

TEST_F(Kernels, functionsOfReals) {
  for (const Unary &unary : unaries)
    for (int64_t size : sizes)
      for (DType dtype : {DType::F32, DType::F64})
        if (dtype == DType::F32 || size == 1 || size == 33)
          add(nameOf(unary.op), [&](Body &m) {
            m.output(m.op(unary.op, {m.input({dtype, {size}}, between(unary.low, unary.high))}));
          });
}

TEST_F(Kernels, mapsOfReals) {
  for (Op op : {Op::Neg, Op::Abs, Op::Floor, Op::Sign})
    for (DType dtype : {DType::F32, DType::F64})
      for (const Shape &shape : shapes)
        add(nameOf(op), [&](Body &m) { m.output(m.op(op, {m.input({dtype, shape})})); });
}

TEST_F(Kernels, arithmetic) {
  for (Op op : {Op::Add, Op::Sub, Op::Mul, Op::Max, Op::Min, Op::Div})
    for (DType dtype : {DType::F32, DType::F64, DType::I32})
      for (const Shape &shape : shapes)
        if (op != Op::Div || dtype != DType::I32)
          add(nameOf(op), [&](Body &m) {
            m.output(
                m.op(op, {m.input({dtype, shape}), m.input({dtype, shape}, op == Op::Div ? between(0.5, 3) : Draw())}));
          });
}

/// Lanes past the end of a row do not divide by zero.
TEST_F(Kernels, divisionOfWholeNumbers) {
  for (const Shape &shape : shapes)
    add("div", [&](Body &m) {
      m.output(m.div(m.input({DType::I32, shape}), m.input({DType::I32, shape}, wholes(1, 4))));
    });
}

/// Neither 0 nor the least number by -1 stops the program.
TEST_F(Kernels, quotientsThatAProcessorHasNot) {
  auto oneOf = [](std::vector<double> numbers) {
    return [=](std::mt19937 &random) { return numbers[random() % numbers.size()]; };
  };
  for (int64_t size : {1, 17, 48})
    add("div", [&](Body &m) {
      m.output(m.div(m.input({DType::I32, {size}}, oneOf({-0x1p31, 0x1p31 - 1, -7, 0})),
                     m.input({DType::I32, {size}}, oneOf({0, -1, 2}))));
    });
}

TEST_F(Kernels, powers) {
  for (int64_t size : sizes)
    add("pow", [&](Body &m) {
      m.output(m.pow(m.input({DType::F32, {size}}, between(0.1, 9)), m.input({DType::F32, {size}}, between(-3, 3))));
    });
  for (double exponent : {-3.0, -1.0, 0.0, 1.0, 2.0, 7.0, 0.5, 1e5})
    for (double base : {0.999, -0.999})
      add("pow of one double", [&](Body &m) { m.output(m.pow(m.scalar(base), m.constant(exponent, {DType::F64, {}}))); });
}

/// A negative number has whole powers, whether the exponent is a tensor or a scalar of the run; zeros, infinities and NaN as in C.
TEST_F(Kernels, powersOfAnyNumber) {
  auto oneOf = [](std::vector<double> numbers) {
    return [=](std::mt19937 &random) { return numbers[random() % numbers.size()]; };
  };
  for (DType dtype : {DType::F32, DType::F64})
    for (int64_t size : {1, 17, 48})
      add("pow", [&](Body &m) {
        m.output(m.pow(m.input({dtype, {size}}, between(-9, 9)), m.input({dtype, {size}}, wholes(-9, 9))));
        m.output(m.pow(m.input({dtype, {size}}, oneOf({-2, -1, -0.0, 0, 1, 2, INFINITY, -INFINITY, NAN})),
                       m.input({dtype, {size}}, oneOf({-3, -2, -0.5, -0.0, 0, 0.5, 1, 2, 3, INFINITY, -INFINITY, NAN}))));
      });
  add("pow", [](Body &m) {
    Value exponent = m.broadcast(m.cast(m.scalar(3), DType::F32), {}, {33});
    m.output(m.pow(m.input({DType::F32, {33}}, between(-3, 3)), exponent));
  });
}

TEST_F(Kernels, comparisonsAndChoices) {
  for (Op op : {Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge})
    for (DType dtype : {DType::F32, DType::F64, DType::I32})
      for (const Shape &shape : {Shape{}, Shape{17}, Shape{33, 1}, Shape{2, 3, 17}})
        add(nameOf(op), [&](Body &m) {
          Value x = m.input({dtype, shape}, wholes(-2, 2)), y = m.input({dtype, shape}, wholes(-2, 2));
          Value truth = m.op(op, {x, y});
          m.output(truth); // a truth value as a byte
          m.output(m.select(truth, x, m.op(Op::Mul, {x, y})));
        });
}

TEST_F(Kernels, truthValues) {
  for (const Shape &shape : shapes)
    add("logic " + text(shape), [&](Body &m) {
      TensorType type{DType::I1, shape};
      Value a = m.input(type), b = m.read(type);
      m.output(m.op(Op::And, {a, b}));
      m.output(m.op(Op::Or, {a, m.op(Op::Not, {b})}));
      m.write(b, m.op(Op::Not, {a}));
      m.output(m.select(a, b, m.op(Op::And, {a, b})));
    });
}

TEST_F(Kernels, casts) {
  for (DType from : {DType::I1, DType::U8, DType::I32, DType::F32, DType::F64})
    for (DType to : {DType::I1, DType::U8, DType::I32, DType::F32, DType::F64})
      for (const Shape &shape : {Shape{}, Shape{17}, Shape{64}, Shape{3, 5}})
        add(std::string(nameOf(from)) + " to " + nameOf(to), [&](Body &m) {
          bool real = from == DType::F32 || from == DType::F64;
          Draw draw = from == DType::I1 || from == DType::U8 ? Draw()
                      : to == DType::U8                      ? wholes(0, 255)
                      : real                                 ? onGrid
                                                             : wholes(-1000, 1000);
          Value x = m.input({from, shape}, draw);
          m.output(m.cast(x, to));
          if (to != DType::I1 && to != DType::U8) // in registers, not stored on the way
            m.output(m.op(Op::Add, {m.cast(x, to), m.cast(x, to)}));
        });
}

TEST_F(Kernels, realsThatNoWholeNumberHolds) {
  Draw any = [](std::mt19937 &random) {
    const double values[] = {0x1p31, -0x1p31, 0x1p31 - 128, -0x1p31 - 256, 3e38, -3e38, INFINITY, -INFINITY, NAN, 1.9, -1.9};
    return values[random() % std::size(values)];
  };
  for (const Shape &shape : {Shape{}, Shape{77}})
    for (DType from : {DType::F32, DType::F64})
      add(std::string(nameOf(from)) + " to i32", [&](Body &m) { m.output(m.cast(m.input({from, shape}, any), DType::I32)); });
}

/// One number past whole vectors is one byte.
TEST_F(Kernels, bytesAtTheEndOfARow) {
  for (const Shape &shape : {Shape{17}, Shape{3, 33}})
    add("i32 to u8", [&](Body &m) { m.output(m.cast(m.input({DType::I32, shape}, wholes(0, 255)), DType::U8)); });
}

TEST_F(Kernels, bytesScaledToReals) {
  for (int64_t size : sizes)
    add("image", [&](Body &m) {
      Value x = m.cast(m.input({DType::U8, {3, size}}), DType::F32);
      m.output(m.div(x, m.fill(256, x)));
    });
}

/// NaN, infinities and zeros come out as the formulas say.
TEST_F(Kernels, specialNumbers) {
  Draw special = [](std::mt19937 &random) {
    return std::vector<double>{NAN, INFINITY, -INFINITY, 0, 1, -1}[random() % 6];
  };
  for (Op op : {Op::Add, Op::Mul, Op::Div, Op::Max, Op::Min, Op::Eq, Op::Ne, Op::Lt, Op::Ge})
    for (int64_t size : {1, 48})
      add(nameOf(op), [&](Body &m) {
        m.output(m.op(op, {m.input({DType::F32, {size}}, special), m.input({DType::F32, {size}}, special)}));
      });
  for (Op op : {Op::Exp, Op::Expm1, Op::Log, Op::Log1p, Op::Tanh, Op::Sigmoid, Op::Sqrt, Op::Sin})
    add(nameOf(op), [&](Body &m) { m.output(m.op(op, {m.input({DType::F32, {48}}, special)})); });
  add("max over NaN", [&](Body &m) { m.output(m.reduceMax(m.input({DType::F32, {8, 5}}, special), {1})); });
  for (DType dtype : {DType::F32, DType::F64})
    for (int64_t axis : {0, 1})
      add("argmax over NaN", [&](Body &m) { m.output(m.argMax(m.input({dtype, {7, 7}}, special), axis)); });
  for (DType dtype : {DType::F32, DType::F64})
    for (bool isDescending : {false, true})
      add("argsort over NaN", [&](Body &m) { m.output(m.argSort(m.input({dtype, {9, 23}}, special), isDescending)); });
  add("rows of a constant table", [&](Body &m) {
    m.output(m.gather(m.constant(0, {DType::F32, {5}}), m.input({DType::I32, {37}}, wholes(-4, 9))));
  });
}

TEST_F(Kernels, constantsAndCounts) {
  for (const Shape &shape : shapes) {
    add("constants " + text(shape), [&](Body &m) {
      for (DType dtype : {DType::I1, DType::U8, DType::I32, DType::F32, DType::F64})
        m.output(m.constant(1, {dtype, shape}));
      m.output(m.constant(-0.1f, {DType::F32, shape}));
    });
    for (int64_t axis = 0; axis < int64_t(shape.size()); ++axis)
      add("iota", [&](Body &m) {
        m.output(m.iota(shape, axis));
        m.output(m.add(m.cast(m.iota(shape, axis), DType::F32), m.input(shape)));
      });
  }
}

TEST_F(Kernels, scalarsOfTheRun) {
  add("scalars", [](Body &m) {
    Value rate = m.cast(m.scalar(0.125), DType::F32), w = m.read({33}), step = m.read({DType::I32, {}});
    m.write(step, m.op(Op::Add, {step, m.constant(1, {DType::I32, {}})}));
    m.write(w, m.sub(w, m.mul(m.broadcast(rate, {}, {33}), m.input({33}))));
    m.output(m.mul(m.scalar(3), m.scalar(0.5)));
  });
}

/// The numbers of the generator, whatever kernel draws them.
TEST_F(Kernels, randomNumbers) {
  for (const Shape &shape : shapes)
    add("random " + text(shape), [&](Body &m) {
      m.output(m.op(Op::Random, {}, {.site = 0xfedcba98}, {DType::F32, shape}));
    });
  add("dropout", [](Body &m) {
    Value x = m.input({7, 33}), u = m.op(Op::Random, {}, {.site = 5}, {DType::F32, {7, 33}});
    m.output(m.select(m.lt(u, m.fill(0.25, u)), m.fill(0, x), x));
    m.output(m.reduceSum(m.cast(m.lt(u, m.fill(0.5, u)), DType::F32), {1}));
    m.output(m.transpose(u, {1, 0}));
  });
}

} // namespace
} // namespace tl::test
