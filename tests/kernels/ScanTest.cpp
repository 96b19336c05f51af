// Scans: states, rows and stacks are where each step looks for them, whatever their sizes and number.
#include "tests/kernels/Cases.h"

namespace tl::test {
namespace {
using mlir::Value;
using Values = llvm::SmallVector<Value>;
/// Makes what a step yields of its arguments.
using StepOf = std::function<Values(ir::Build in, mlir::ValueRange arguments)>;

Values scan(Body &m, Values init, Values xs, Values constants, const StepOf &step, bool isReverse = false) {
  auto *body = new mlir::Block;
  int64_t steps = ir::typeOf(xs[0]).shape[0];
  for (auto [values, isRow] : {std::pair(init, false), std::pair(xs, true), std::pair(constants, false)})
    for (Value value : values) {
      TensorType type = ir::typeOf(value);
      if (isRow)
        type.shape.erase(type.shape.begin());
      body->addArgument(ir::typeOf(value.getContext(), type), m.loc);
    }
  mlir::OpBuilder b(m.b.getContext());
  b.setInsertionPointToEnd(body);
  Values yields = step({b, m.loc}, body->getArguments());
  ir::YieldOp::create(b, m.loc, yields);
  llvm::SmallVector<mlir::Type> types;
  for (auto [i, value] : llvm::enumerate(yields)) {
    TensorType type = ir::typeOf(value);
    if (i >= init.size())
      type.shape.insert(type.shape.begin(), steps);
    types.push_back(ir::typeOf(value.getContext(), type));
  }
  auto made = ir::ScanOp::create(m.b, m.loc, types, init, xs, constants, isReverse);
  made.getBody().push_back(body);
  return Values(made.getResults().begin(), made.getResults().end());
}

void outputAll(Body &m, const Values &values) {
  for (Value value : values)
    m.output(value);
}

const std::vector<Shape> shapes = {{}, {1}, {17}, {3, 5}, {4, 16}};

TEST_F(Kernels, aStateIsHandedOn) {
  for (const Shape &shape : shapes)
    for (int64_t steps : {1, 2, 5})
      for (bool isReverse : {false, true})
        add("running sum and difference", [&](Body &m) {
          Shape stacked = shape;
          stacked.insert(stacked.begin(), steps);
          outputAll(m, scan(
                           m, {m.input(shape), m.input(shape)}, {m.input(stacked)}, {},
                           [](ir::Build in, mlir::ValueRange a) {
                             Value sum = in.add(a[0], a[2]);
                             return Values{sum, in.sub(a[0], a[1]), sum, a[0], a[2]}; // computed, given, and twice
                           },
                           isReverse));
        });
}

TEST_F(Kernels, aStateMayBeGivenBackOrSwapped) {
  for (const Shape &shape : shapes)
    add("swap", [&](Body &m) {
      Shape stacked = shape;
      stacked.insert(stacked.begin(), 3);
      Value a = m.input(shape), b = m.read(shape);
      outputAll(m, scan(m, {a, b, a}, {m.input(stacked)}, {b}, [](ir::Build in, mlir::ValueRange v) {
                  return Values{v[1], v[0], v[2], in.mul(v[4], v[3])};
                }));
      m.write(b, m.add(b, b));
    });
}

TEST_F(Kernels, aStepHasKernelsOfManyKinds) {
  parallelAtLeast = 2;
  for (auto [n, k, steps] : {std::tuple(3, 5, 4), std::tuple(33, 70, 3), std::tuple(64, 96, 2)})
    for (bool isReverse : {false, true})
      add("cell", [&, n = n, k = k, steps = steps](Body &m) {
        Value w = m.read(Shape{k, 2 * k});
        Values results = scan(
            m, {m.input(Shape{n, k}), m.fill(0, m.input(Shape{k}))},
            {m.input(Shape{steps, n, 2 * k}), m.input({DType::I32, {steps}}, wholes(0, n - 1))}, {w, m.input(Shape{k})},
            [&](ir::Build in, mlir::ValueRange a) {
              Value z = in.add(in.contract(a[0], a[4], {0, 2}, {2, 1}, {0, 1}), a[2]);
              Value left = in.slice(z, {0, 0}, {n, k}), right = in.slice(z, {0, k}, {n, 2 * k});
              Value next = in.op(Op::Max, {in.mul(left, in.broadcast(a[5], {1}, {n, k})), right});
              Value scaled = in.mul(next, in.fill(1.0 / 1024, next));
              Value sum = in.reduceSum(scaled, {0}), joined = in.op(Op::Concat, {sum, a[1]}, {.axis = 0});
              return Values{scaled, in.add(a[1], sum), joined, in.gather(next, a[3]), in.transpose(scaled, {1, 0})};
            },
            isReverse);
        outputAll(m, results);
        m.write(w, m.add(w, w)); // when no step reads it any more
      });
}

TEST_F(Kernels, scansFollowEachOther) {
  for (int64_t k : {5, 40})
    add("stacked", [&](Body &m) {
      auto step = [](ir::Build in, mlir::ValueRange a) {
        Value next = in.op(Op::Tanh, {in.add(in.contract(a[0], a[2], {0, 2}, {2, 1}, {0, 1}), a[1])});
        return Values{next, next};
      };
      Value u = m.input({DType::F32, {k, k}}, between(-0.1, 0.1)), zero = m.fill(0, m.input(Shape{3, k}));
      Values below = scan(m, {zero}, {m.input(Shape{4, 3, k})}, {u}, step);
      Values above = scan(m, {below[0]}, {below[1]}, {u}, step, true);
      outputAll(m, {below[0], above[0], above[1]});
    });
}

} // namespace
} // namespace tl::test
