// Every derivative as numbers: against central differences in double, before and after simplification.
#include "compiler/ir/Build.h"
#include "compiler/passes/Passes.h"
#include "compiler/reference/Evaluate.h"
#include "mlir/Pass/PassManager.h"
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <random>
#include <set>

namespace tl::test {
namespace {
using namespace mlir;
using ir::Build;
using reference::Named;
using reference::Tensor;
using Body = std::function<Value(Build, std::vector<Value>)>;
using Shapes = std::vector<std::vector<int64_t>>;

std::set<std::string> differentiated;  // names of the ops that a gradient went through in any test

class Derivatives : public testing::Test {
protected:
  Derivatives() { context.loadDialect<ir::TlDialect, func::FuncDialect>(); }

  /// A function that reads x0, x1, … and outputs loss = Σ y·r for y = body(x) and fixed r, and its gradients g0, g1, …
  OwningOpRef<ModuleOp> lossOf(const Shapes &shapes, const Body &body) {
    OpBuilder b(&context);
    Location loc = b.getUnknownLoc();
    OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
    b.setInsertionPointToEnd(module->getBody());
    auto stage = ir::StageOp::create(b, loc, "takes");
    auto function = func::FuncOp::create(b, loc, "f", b.getFunctionType({}, {}));
    b.setInsertionPointToEnd(function.addEntryBlock());
    Build m{b, loc};
    auto read = [&](const std::string &name, const std::vector<int64_t> &shape) {
      return ir::readParameter(b, loc, stage, name, {DType::F64, shape});
    };
    std::vector<Value> x;
    for (size_t i = 0; i < shapes.size(); ++i)
      x.push_back(read("x" + std::to_string(i), shapes[i]));
    Value y = body(m, x);
    for (Operation &op : function.front())
      differentiated.insert(op.getName().getStringRef().str());
    std::vector<int64_t> axes = ir::otherAxes({}, int64_t(ir::typeOf(y).shape.size()));
    Value loss = m.reduceSum(m.mul(y, read("r", ir::typeOf(y).shape)), axes);
    auto gradient = ir::GradientOp::create(b, loc, ValueRange(x).getTypes(), loss, x);
    ir::make(b, loc, Op::Output, {loss}, {.name = "loss"});
    for (auto [i, grad] : llvm::enumerate(gradient.getGrads()))
      ir::make(b, loc, Op::Output, {grad}, {.name = "g" + std::to_string(i)});
    func::ReturnOp::create(b, loc);
    return module;
  }

  static func::FuncOp functionOf(ModuleOp module) { return *module.getOps<func::FuncOp>().begin(); }

  void run(ModuleOp module, std::unique_ptr<Pass> pass) {
    PassManager pm(&context);
    pm.addPass(std::move(pass));
    ASSERT_TRUE(succeeded(pm.run(module)));
  }

  /// Compares the gradients of Σ y·r with central differences. Arguments are drawn from [low, high].
  void check(const Shapes &shapes, const Body &body, double low = 0.3, double high = 1.7) {
    OwningOpRef<ModuleOp> module = lossOf(shapes, body);
    std::mt19937 random(7);
    Named reads;
    auto draw = [&](const std::string &name, const std::vector<int64_t> &shape) {
      Tensor &tensor = reads[name] = Tensor(shape);
      for (double &value : tensor.data)
        value = std::uniform_real_distribution(low, high)(random);
    };
    for (ir::ReadOp op : functionOf(*module).getOps<ir::ReadOp>())
      draw(ir::namedBy(op).str(), ir::typeOf(op.getOut()).shape);
    run(*module, createDifferentiate());
    compare(*module, reads, shapes.size());
    run(*module, createSimplify());
    run(*module, createPruneFrozen());
    compare(*module, reads, shapes.size());
  }

  /// What the function of a module outputs.
  static Named outputs(ModuleOp module, const Named &reads) {
    return reference::run(functionOf(module), {.variables = reads}).outputs;
  }

  void compare(ModuleOp module, Named reads, size_t count) {
    Named found = outputs(module, reads);
    const double step = 1e-5;  // errors of the difference: step² · y''' and 1e-16 / step
    for (size_t n = 0; n < count; ++n) {
      const Tensor &gradient = found["g" + std::to_string(n)];
      Tensor &x = reads["x" + std::to_string(n)];
      ASSERT_EQ(gradient.shape, x.shape);
      for (Eigen::Index i = 0; i < x.data.size(); ++i) {
        double here = x.data[i];
        x.data[i] = here + step;
        double above = outputs(module, reads)["loss"].data[0];
        x.data[i] = here - step;
        double below = outputs(module, reads)["loss"].data[0];
        x.data[i] = here;
        double slope = (above - below) / (2 * step);
        EXPECT_NEAR(gradient.data[i], slope, 1e-7 * std::max(1.0, std::abs(slope)))
            << "argument " << n << ", element " << i;
      }
    }
  }

  MLIRContext context;
};

Body word(Op op) {
  return [op](Build m, std::vector<Value> x) { return m.op(op, x); };
}

TEST_F(Derivatives, ofOneArgument) {
  for (Op op :
       {Op::Neg, Op::Exp, Op::Expm1, Op::Log, Op::Log1p, Op::Sqrt, Op::Rsqrt, Op::Tanh, Op::Erf, Op::Sigmoid, Op::Sin, Op::Cos, Op::Abs})
    check({{2, 3}}, word(op));
  for (Op op : {Op::Neg, Op::Exp, Op::Expm1, Op::Tanh, Op::Erf, Op::Sigmoid, Op::Sin, Op::Cos, Op::Abs})
    check({{2, 3}}, word(op), -1.7, -0.3);
}

TEST_F(Derivatives, ofTwoArguments) {
  for (Op op : {Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Max, Op::Min, Op::Pow})
    check({{4, 3}, {4, 3}}, word(op));
  for (Op op : {Op::Sub, Op::Mul, Op::Div, Op::Max, Op::Min})
    check({{4, 3}, {4, 3}}, word(op), -1.7, -0.3);
}

TEST_F(Derivatives, ofPowersOfNegativeNumbers) {
  for (double power : {-2.0, -1.0, 1.0, 2.0, 3.0})
    check(
        {{5}}, [=](Build m, auto x) { return m.pow(x[0], m.fill(power, x[0])); }, -1.7, -0.3);
}

TEST_F(Derivatives, ofChoices) {
  check({{9}, {9}}, [](Build m, auto x) { return m.select(m.lt(x[0], x[1]), m.mul(x[0], x[0]), x[1]); });
}

TEST_F(Derivatives, ofContractions) {
  auto contract = [](std::vector<int64_t> a, std::vector<int64_t> b, std::vector<int64_t> out) -> Body {
    return [=](Build m, std::vector<Value> x) { return m.contract(x[0], x[1], a, b, out); };
  };
  check({{2, 3}, {3, 4}}, contract({0, 2}, {2, 1}, {0, 1}));
  check({{3, 2}, {4, 3}}, contract({2, 0}, {1, 2}, {1, 0}));
  check({{2, 3, 4}, {2, 5, 4}}, contract({0, 1, 3}, {0, 2, 3}, {0, 1, 2}));  // batched
  check({{3}, {4}}, contract({0}, {1}, {0, 1}));                             // outer
  check({{3, 2}, {3, 2}}, contract({0, 1}, {0, 1}, {}));                     // inner
  check({{2, 3}, {2, 4}}, contract({0, 1}, {0, 2}, {0}));                    // a loop of each operand alone
  check({{2, 3}, {}}, contract({0, 1}, {}, {1}));                            // one number
}

TEST_F(Derivatives, ofContractionsOfRearrangedOperands) {
  check({{3, 2}, {3, 4}}, [](Build m, auto x) {
    return m.transpose(
        m.contract(m.transpose(x[0], {1, 0}), m.broadcast(x[1], {1, 2}, {2, 3, 4}), {0, 1}, {0, 1, 2}, {0, 2}), {1, 0});
  });
}

TEST_F(Derivatives, ofReductions) {
  check({{2, 3, 4}}, [](Build m, auto x) { return m.reduceSum(x[0], {0, 2}); });
  check({{2, 3, 4}}, [](Build m, auto x) { return m.op(Op::ReduceMax, {x[0]}, {.axes = {2, 0}}); });
  check({{4}}, [](Build m, auto x) { return m.reduceSum(m.broadcast(x[0], {1}, {3, 4, 2}), {0, 1}); });
}

TEST_F(Derivatives, ofLayout) {
  check({{2, 6}}, [](Build m, auto x) { return m.reshape(x[0], {3, 4}); });
  check({{2, 3, 4}}, [](Build m, auto x) { return m.transpose(x[0], {2, 0, 1}); });
  check({{2, 3}}, [](Build m, auto x) { return m.broadcast(x[0], {1, 3}, {4, 2, 2, 3}); });
  check({{2, 3}}, [](Build m, auto x) { return m.pad(x[0], {1, 0}, {2, 3}); });
  check({{2, 3}, {2, 1}}, [](Build m, auto x) { return m.op(Op::Concat, {x[0], x[1]}, {.axis = 1}); });
}

TEST_F(Derivatives, ofSlices) {
  check({{5, 8}}, [](Build m, auto x) { return m.slice(x[0], {1, 2}, {4, 8}); });
  for (int64_t size : {7, 8, 9, 10})
    check({{2, size}}, [=](Build m, auto x) { return m.slice(x[0], {0, 1}, {2, size}, {1, 3}); });
  check({{6, 7}}, [](Build m, auto x) { return m.slice(x[0], {0, 0}, {5, 6}, {2, 4}); });
}

TEST_F(Derivatives, ofWindows) {
  check({{2, 7, 3}}, [](Build m, auto x) { return m.window(x[0], 1, 3, 2); });
  check({{9}}, [](Build m, auto x) { return m.window(x[0], 0, 3, 1, 2); });
  check({{2, 3, 3, 2}}, [](Build m, auto x) { return m.fold(x[0], 8, 1, 3, 2); });
  check({{4, 2}}, [](Build m, auto x) { return m.fold(x[0], 6, 0, 2, 1, 2); });
}

/// s' = tanh(s·u + x[t]), and s'·s stacked
TEST_F(Derivatives, ofScans) {
  for (bool isReverse : {false, true})
    check({{2}, {3, 2}, {2, 2}}, [=](Build m, auto x) {
      auto *step = new Block;
      step->addArguments(SmallVector<Type>{x[0].getType(), x[0].getType(), x[2].getType()}, SmallVector<Location>(3, m.loc));
      OpBuilder b(m.b.getContext());
      b.setInsertionPointToEnd(step);
      Build in{b, m.loc};
      Value s = step->getArgument(0);
      Value next = in.op(Op::Tanh, {in.add(in.contract(s, step->getArgument(2), {0}, {0, 1}, {1}), step->getArgument(1))});
      ir::YieldOp::create(b, m.loc, ValueRange{next, in.mul(next, s)});
      auto scan = ir::ScanOp::create(m.b, m.loc, TypeRange{x[0].getType(), x[1].getType()}, ValueRange{x[0]}, ValueRange{x[1]},
                                     ValueRange{x[2]}, isReverse);
      scan.getBody().push_back(step);
      return m.add(scan.getResult(1), m.broadcast(scan.getResult(0), {1}, {3, 2}));
    });
}

TEST_F(Derivatives, ofRows) {
  auto ids = [](Build m) {  // 0 1 0 1 2 …: some rows twice, some never
    Value i = m.op(Op::Iota, {}, {.axis = 1}, {DType::I32, {2, 3}}),
          j = m.op(Op::Iota, {}, {.axis = 0}, {DType::I32, {2, 3}});
    return m.op(Op::Max, {i, j});
  };
  check({{5, 4}}, [=](Build m, auto x) { return m.gather(x[0], ids(m)); });
  check({{2, 3, 4}}, [=](Build m, auto x) { return m.scatterAdd(ids(m), x[0], {DType::F64, {5, 4}}); });
}

TEST_F(Derivatives, ofSoftmaxCrossEntropy) {
  check({{3, 5}}, [](Build m, auto x) {
    auto rows = [&](Value v) { return m.broadcast(v, {0}, {3, 5}); };
    Value shifted = m.sub(x[0], rows(m.op(Op::ReduceMax, {x[0]}, {.axes = {1}})));
    return m.sub(shifted, rows(m.log(m.reduceSum(m.exp(shifted), {1}))));
  });
}

TEST_F(Derivatives, ofLayerNorm) {
  check({{3, 5}, {5}}, [](Build m, auto x) {
    auto rows = [&](Value v) { return m.broadcast(v, {0}, {3, 5}); };
    auto mean = [&](Value v) {
      Value s = m.reduceSum(v, {1});
      return m.div(s, m.fill(5, s));
    };
    Value centred = m.sub(x[0], rows(mean(x[0]))), variance = mean(m.mul(centred, centred));
    Value scale = m.op(Op::Rsqrt, {m.add(variance, m.fill(1e-5, variance))});
    return m.mul(m.mul(centred, rows(scale)), m.broadcast(x[1], {1}, {3, 5}));
  });
}

/// Slope 0 at 0 for a relu, however its arguments are drawn.
TEST_F(Derivatives, ofReluAtZero) {
  OwningOpRef<ModuleOp> module = lossOf({{3}}, [](Build m, auto x) { return m.op(Op::Max, {x[0], m.fill(0, x[0])}); });
  run(*module, createDifferentiate());
  Named found = outputs(*module, {{"x0", {{3}, {-1, 0, 1}}}, {"r", {{3}, {5, 5, 5}}}});
  EXPECT_TRUE((found["g0"].data == Tensor({3}, {0, 0, 5}).data).all());
}

/// As if nothing were rounded.
TEST_F(Derivatives, ofNumbersWithFewerDigits) {
  OwningOpRef<ModuleOp> module = lossOf({{3}}, [](Build m, auto x) { return m.cast(m.cast(m.cast(m.cast(x[0], DType::F32), DType::BF16), DType::F32), DType::F64); });
  run(*module, createDifferentiate());
  Named found = outputs(*module, {{"x0", {{3}, {1.001, -2, 0}}}, {"r", {{3}, {5, 0.25, -3}}}});
  EXPECT_TRUE((found["g0"].data == Tensor({3}, {5, 0.25, -3}).data).all());
}

/// An exponent has a slope where the base is positive only.
TEST_F(Derivatives, ofExponentsOfNegativeBases) {
  OwningOpRef<ModuleOp> module = lossOf({{3}, {3}}, word(Op::Pow));
  run(*module, createDifferentiate());
  Named found = outputs(*module, {{"x0", {{3}, {-2, 0, 2}}}, {"x1", {{3}, {2, 2, 2}}}, {"r", {{3}, {1, 1, 1}}}});
  EXPECT_TRUE((found["g1"].data == Tensor({3}, {0, 0, 4 * std::log(2.0)}).data).all());
}

TEST_F(Derivatives, ofEqualMaxima) {
  OwningOpRef<ModuleOp> module =
      lossOf({{4}}, [](Build m, auto x) { return m.op(Op::ReduceMax, {x[0]}, {.axes = {0}}); });
  run(*module, createDifferentiate());
  Named found = outputs(*module, {{"x0", {{4}, {2, 1, 2, 0}}}, {"r", {{}, 3.0}}});
  EXPECT_TRUE((found["g0"].data == Tensor({4}, {1.5, 0, 1.5, 0}).data).all());
}

/// The last test of this file: an op with a rule that no test above uses is a failure.
TEST_F(Derivatives, ofEveryOpWereTested) {
  for (RegisteredOperationName op : context.getRegisteredOperationsByDialect("tl"))
    if (op.hasInterface<ir::Differentiable>())
      EXPECT_TRUE(differentiated.contains(op.getStringRef().str())) << op.getStringRef().str();
}

}  // namespace
}  // namespace tl::test
