// Weights that are kept in fewer bits: products, tables and sums read the numbers that their bytes, or their few digits, stand for.
#include "tests/kernels/Cases.h"

namespace tl::test {
namespace {
using mlir::Value;

class Widened : public Kernels {
protected:
  /// A weight that no function trains: (byte - 128) · step of its row, or bf16.
  static Value kept(Body &m, const Shape &shape, bool areBytes) {
    if (!areBytes)
      return m.cast(frozen(m, {DType::BF16, shape}, {}), DType::F32);
    Shape rows(shape.begin(), shape.end() - 1);
    std::vector<int64_t> axes;
    for (size_t axis = 0; axis < rows.size(); ++axis)
      axes.push_back(int64_t(axis));
    Value bytes = m.cast(frozen(m, {DType::U8, shape}, wholes(1, 255)), DType::F32);
    Value steps = frozen(m, {DType::F32, rows}, [](std::mt19937 &random) { return double(1 + random() % 4) / 256; });
    return m.mul(m.sub(bytes, m.fill(128, bytes)), m.broadcast(steps, axes, shape));
  }
  static Value frozen(Body &m, const TensorType &type, const Draw &draw) {
    Value read = m.read(type, draw);
    llvm::cast<ir::ReadOp>(read.getDefiningOp()).setFrozen(true);
    return read;
  }
};

/// Forward and, of what lies below, backward: by one weight, in one function.
TEST_F(Widened, weightsOfProducts) {
  for (bool areBytes : {true, false})
    for (Shape s : {Shape{1, 1, 2}, {3, 5, 7}, {4, 64, 32}, {61, 87, 70}, {64, 192, 256}, {57, 129, 1024}, {130, 256, 300}, {256, 384, 384}})
      add("x W, dy transpose(W)", [&](Body &m) {
        Value w = kept(m, {s[2], s[1]}, areBytes), x = m.input({s[0], s[2]}), dy = m.input({s[0], s[1]});
        m.output(m.contract(x, w, {0, 2}, {2, 1}, {0, 1}));
        m.output(m.contract(dy, w, {0, 1}, {2, 1}, {0, 2}));
        m.output(m.contract(dy, m.transpose(w, {1, 0}), {0, 1}, {1, 2}, {0, 2}));
      });
}

TEST_F(Widened, weightsOfHeads) {
  for (bool areBytes : {true, false})
    for (Shape s : {Shape{64, 6, 40, 96}, {70, 4, 64, 256}, {9, 3, 5, 8}})
      add("heads", [&](Body &m) {
        Value w = kept(m, {s[3], s[1], s[2]}, areBytes), x = m.input({s[0], s[3]}), dy = m.input({s[0], s[1], s[2]});
        m.output(m.contract(x, w, {0, 3}, {3, 1, 2}, {0, 1, 2}));
        m.output(m.contract(dy, w, {0, 1, 2}, {3, 1, 2}, {0, 3}));
        m.output(m.contract(x, m.slice(w, {0, 1, 0}, {s[3], 2, s[2]}), {0, 3}, {3, 1, 2}, {0, 1, 2}));
      });
}

/// What an adapter adds is made again with the weight, and what is added to both is not.
TEST_F(Widened, weightsThatAreAdapted) {
  for (bool areBytes : {true, false})
    add("adapted", [&](Body &m) {
      Value w = kept(m, {256, 192}, areBytes), a = m.read({256, 4}), b = m.read({4, 192}), x = m.input({64, 256}), dy = m.input({64, 192}), bias = m.read(Shape{192});
      Value adapted = m.add(w, m.mul(m.contract(a, b, {0, 2}, {2, 1}, {0, 1}), m.fill(0.5, w)));
      Value y = m.contract(x, adapted, {0, 2}, {2, 1}, {0, 1});
      m.output(m.add(y, m.broadcast(bias, {1}, {64, 192})));
      m.output(m.contract(dy, adapted, {0, 1}, {2, 1}, {0, 2}));
    });
}

TEST_F(Widened, tablesAndSums) {
  for (bool areBytes : {true, false})
    for (Shape s : {Shape{7, 5}, {300, 64}, {1000, 33}})
      add("table", [&](Body &m) {
        Value table = kept(m, s, areBytes), ids = m.input({DType::I32, {40}}, wholes(0, s[0] - 1));
        m.output(m.gather(table, ids));
        m.output(m.reduceSum(table, {0}));
        m.output(m.add(table, m.input(s)));
        m.output(m.contract(m.input({33, s[1]}), table, {0, 2}, {1, 2}, {0, 1}));
      });
}

TEST_F(Widened, weightsThatThreadsShare) {
  parallelAtLeast = 2;
  for (bool areBytes : {true, false})
    add("threads", [&](Body &m) {
      Value w = kept(m, {384, 512}, areBytes);
      m.output(m.contract(m.input({256, 384}), w, {0, 2}, {2, 1}, {0, 1}));
      m.output(m.contract(m.input({256, 512}), w, {0, 1}, {2, 1}, {0, 2}));
    });
}

} // namespace
} // namespace tl::test
