// Many small functions of `tl`, compiled together, each compared with its formulas and with itself on more threads.
#pragma once
#include "compiler/fusion/Target.h"
#include "compiler/ir/Build.h"
#include "compiler/reference/Evaluate.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <functional>
#include <gtest/gtest.h>
#include <random>

namespace tl::test {

using reference::Named;
using reference::Shape;
using reference::Tensor;
/// Draws the numbers of a tensor.
using Draw = std::function<double(std::mt19937 &)>;
/// Multiples of 1/64 in [-4, 4]: products and sums of a few hundred of them are exact in f32, so most results are too.
double onGrid(std::mt19937 &random);
/// Any f32 between two numbers.
Draw between(double low, double high);
/// A whole number in [low, high].
Draw wholes(int64_t low, int64_t high);

/// A function under construction: what it takes has a name and numbers.
class Body : public ir::Build {
public:
  struct Field {
    Op op; // Input, Read, Scalar; Write, Output
    std::string name;
    TensorType type;
    Tensor data; // of what is taken
  };
  Body(mlir::OpBuilder &b, mlir::Location loc, ir::StageOp stage, unsigned seed) : Build{b, loc}, random(seed), stage(stage) {}

  mlir::Value input(TensorType type, Draw draw = {}) { return take(Op::Input, type, draw); }
  mlir::Value input(Shape shape) { return input({DType::F32, shape}); }
  mlir::Value read(TensorType type, Draw draw = {}) { return take(Op::Read, type, draw); }
  mlir::Value read(Shape shape) { return read({DType::F32, shape}); }
  mlir::Value scalar(double value);
  /// Gives the variable that `read` takes a new value.
  void write(mlir::Value read, mlir::Value value);
  void output(mlir::Value value);
  mlir::Value reduceMax(mlir::Value x, std::vector<int64_t> axes) { return op(Op::ReduceMax, {x}, {.axes = axes}); }
  mlir::Value concat(std::vector<mlir::Value> parts, int64_t axis) { return op(Op::Concat, parts, {.axis = axis}); }
  /// d loss / d wrt; the functions of the test `haveSquares`, which makes it explicit.
  mlir::ValueRange gradient(mlir::Value loss, mlir::ValueRange wrt) { return ir::GradientOp::create(b, loc, wrt.getTypes(), loss, wrt).getGrads(); }
  mlir::Value argMax(mlir::Value x, int64_t axis) { return op(Op::ArgMax, {x}, {.axis = axis}); }
  mlir::Value argSort(mlir::Value x, bool isDescending) { return op(Op::ArgSort, {x}, {.isReverse = isDescending}); }
  mlir::Value iota(Shape shape, int64_t axis) { return op(Op::Iota, {}, {.axis = axis}, {DType::I32, shape}); }

  std::mt19937 random;
  std::vector<Field> fields;
  std::vector<double> scalars;

private:
  mlir::Value take(Op op, const TensorType &type, Draw draw);

  ir::StageOp stage;
};

/// Functions are added during a test and run when it ends.
class Kernels : public testing::Test {
protected:
  Kernels();
  void add(const std::string &label, const std::function<void(Body &)> &build);
  void TearDown() override;
  /// How many functions must have had a part that several threads share.
  int parallelAtLeast = 0;
  /// Whether the algebra of the calculus is applied before; its result must compute the same.
  bool isSimplified = false;
  /// What results may be off beside the rounding of their ops, as a share of the largest element: products that others stand for are rounded otherwise.
  double roundsMore = 0;
  /// Whether gradients are made explicit and caches are so small that small squares are made in tiles, and in several; then how many
  /// kernels do so in all.
  bool hasSquares = false;
  int squares = 0;
  /// How many convolutions and gradients of some must be computed in tiles of 4 x 4 and of 2 x 2 results, where any are.
  int ofFour = 0, ofTwo = 0;
  /// Whether functions are also compiled for vectors of 16 lanes, with tile registers where this machine has them, and caches so small that sums are cut.
  bool alsoInTiles = false;

private:
  struct Case {
    std::string label, name;
    std::vector<Body::Field> fields;
    std::vector<double> scalars;
  };
  std::vector<Target> targets(mlir::ModuleOp source);
  void check(const Case &one, size_t index, class Compiled &compiled, mlir::ModuleOp compiledFrom);

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<Case> cases;
};

} // namespace tl::test
