// Contractions of bf16: as pairs where the processor multiplies them, else as f32, over all ways in which the loop of the pairs can lie.
#include "tests/kernels/Cases.h"

namespace tl::test {
namespace {
using mlir::Value;

class FewDigits : public Kernels {
protected:
  FewDigits() { alsoInTiles = true; }

  using Loops = std::vector<int64_t>;
  /// `sizes[n]` is the size of loop n. Of numbers that bf16 has, and of any.
  void contraction(const std::string &label, Shape sizes, Loops a, Loops b, Loops out) {
    auto shapeOf = [&](const Loops &loops) {
      Shape shape;
      for (int64_t loop : loops)
        shape.push_back(sizes[size_t(loop)]);
      return shape;
    };
    add(label, [&](Body &m) { m.output(m.contract(m.input({DType::BF16, shapeOf(a)}), m.read({DType::BF16, shapeOf(b)}), a, b, out)); });
    add(label + ", rounded", [&](Body &m) {
      auto rounded = [&](const Loops &loops) { return m.cast(m.exp(m.input({DType::F32, shapeOf(loops)}, between(-2, 1))), DType::BF16); };
      m.output(m.contract(rounded(a), rounded(b), a, b, out));
    });
  }
  void matrices(int64_t rows, int64_t columns, int64_t inner) {
    Shape sizes{rows, columns, inner};
    std::string size = std::to_string(rows) + " x " + std::to_string(columns) + " x " + std::to_string(inner);
    contraction("NN " + size, sizes, {0, 2}, {2, 1}, {0, 1});
    contraction("NT " + size, sizes, {0, 2}, {1, 2}, {0, 1});
    contraction("TN " + size, sizes, {2, 0}, {2, 1}, {0, 1});
    contraction("TT " + size, sizes, {2, 0}, {1, 2}, {0, 1});
    contraction("NN transposed " + size, sizes, {0, 2}, {2, 1}, {1, 0});
  }
};

TEST_F(FewDigits, ofMatrices) {
  for (Shape s : {Shape{1, 1, 2}, {2, 3, 5}, {3, 2, 1}, {15, 16, 18}, {16, 16, 16}, {17, 31, 4}, {31, 33, 6}, {33, 15, 2}, {1, 64, 30}, {64, 1, 32}, {3, 100, 16}, {100, 3, 8}})
    matrices(s[0], s[1], s[2]);
}

TEST_F(FewDigits, ofManyRowsAndColumns) {
  for (Shape s : {Shape{61, 80, 70}, {64, 87, 64}, {100, 65, 132}, {57, 129, 68}, {61, 80, 71}, {130, 140, 300}, {57, 96, 1024}})
    matrices(s[0], s[1], s[2]);
}

TEST_F(FewDigits, ofBatchesAndHeads) {
  for (Shape s : {Shape{2, 61, 70, 66}, {3, 16, 16, 4}, {4, 9, 33, 7}, {4, 24, 40, 10}}) {
    contraction("batch", s, {0, 1, 3}, {0, 3, 2}, {0, 1, 2});
    contraction("batch, right transposed", s, {0, 1, 3}, {0, 2, 3}, {0, 1, 2});
    contraction("batch, left transposed", s, {0, 3, 1}, {0, 3, 2}, {0, 1, 2});
    contraction("batch last", s, {1, 3, 0}, {3, 2, 0}, {1, 2, 0});
    contraction("heads", s, {1, 0, 3}, {2, 0, 3}, {0, 1, 2});
    contraction("gradient of the weight", s, {0, 1, 3}, {0, 1, 2}, {3, 2});
    contraction("loops of one side only", s, {0, 2}, {1, 3}, {0, 1});
    contraction("a batch of sums", s, {0, 1, 2}, {0, 1, 2}, {0, 2});
  }
  contraction("two summed", {61, 70, 11, 6}, {0, 2, 3}, {2, 3, 1}, {0, 1});
  contraction("two summed, crossed", {61, 70, 12, 7}, {3, 0, 2}, {2, 1, 3}, {0, 1});
  for (int64_t inner : {4000, 4096, 8192, 8190, 8158})
    contraction("a long sum", {9, 40, inner}, {0, 2}, {2, 1}, {0, 1});
  contraction("a long sum of columns", {70, 40, 8192}, {2, 0}, {2, 1}, {0, 1});
  contraction("a sum that is cut, of two loops", {35, 33, 64, 128}, {0, 2, 3}, {2, 3, 1}, {0, 1});
}

TEST_F(FewDigits, ofMatricesThatThreadsShare) {
  parallelAtLeast = 4;
  matrices(256, 192, 128);
}

/// Both gradients of a convolution, too: windows of the image, whose pairs are of channels or of images.
TEST_F(FewDigits, ofWindows) {
  for (Shape s : {Shape{2, 6, 8, 4, 16}, {4, 5, 7, 3, 20}, {3, 6, 6, 8, 33}, {1, 7, 5, 2, 6}})
    add("convolution", [&](Body &m) {
      Value x = m.cast(m.input({DType::F32, {s[0], s[1], s[2], s[3]}}), DType::BF16);
      Value taps = m.cast(m.read({DType::F32, {3, 3, s[3], s[4]}}), DType::BF16);
      Value patches = m.window(m.window(m.pad(x, {0, 1, 1, 0}, {0, 1, 1, 0}), 1, 3), 3, 3);
      Value y = m.contract(patches, taps, {0, 1, 2, 3, 4, 5}, {2, 4, 5, 6}, {0, 1, 3, 6});
      Value dy = m.cast(m.mul(m.fill(0x1p-6, y), y), DType::BF16);
      m.output(y);
      m.output(m.contract(patches, dy, {0, 1, 2, 3, 4, 5}, {0, 1, 3, 6}, {2, 4, 5, 6}));
      m.output(m.contract(dy, taps, {0, 1, 3, 6}, {2, 4, 5, 6}, {0, 1, 2, 3, 4, 5}));
    });
}

/// What a step of a scan multiplies is put in pairs once, before it.
TEST_F(FewDigits, inAScan) {
  add("a product of the state", [&](Body &m) {
    Value w = m.cast(m.read({DType::F32, {34, 34}}), DType::BF16), x = m.input({DType::F32, {3, 20, 34}}), s = m.constant(0, {DType::F32, {20, 34}});
    auto scan = ir::ScanOp::create(m.b, m.loc, s.getType(), mlir::ValueRange{s}, mlir::ValueRange{x}, mlir::ValueRange{w}, false);
    mlir::OpBuilder::InsertionGuard guard(m.b);
    mlir::Block *body = m.b.createBlock(&scan.getBody(), {}, {s.getType(), s.getType(), w.getType()}, {m.loc, m.loc, m.loc});
    Value next = m.mul(m.fill(0.125, body->getArgument(0)), m.add(body->getArgument(1), m.contract(m.cast(body->getArgument(0), DType::BF16), body->getArgument(2), {0, 1}, {1, 2}, {0, 2})));
    ir::YieldOp::create(m.b, m.loc, mlir::ValueRange{next});
    m.b.setInsertionPointAfter(scan);
    m.output(scan.getResult(0));
  });
}

} // namespace
} // namespace tl::test
