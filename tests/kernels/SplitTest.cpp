// Contractions of f32 that tile registers multiply in three parts of bf16, where this machine has such registers and it is worth it; the same sums of vectors elsewhere.
#include "tests/kernels/Cases.h"

namespace tl::test {
namespace {
using mlir::Value;

class Split : public Kernels {
protected:
  Split() { alsoInTiles = true; }

  using Loops = std::vector<int64_t>;
  /// `sizes[n]` is the size of loop n.
  void contraction(const std::string &label, Shape sizes, Loops a, Loops b, Loops out, Draw left = between(-1, 3), Draw right = between(-2, 1)) {
    auto shapeOf = [&](const Loops &loops) {
      Shape shape;
      for (int64_t loop : loops)
        shape.push_back(sizes[size_t(loop)]);
      return shape;
    };
    add(label, [&](Body &m) { m.output(m.contract(m.input({DType::F32, shapeOf(a)}, left), m.read({DType::F32, shapeOf(b)}, right), a, b, out)); });
  }
  void matrices(Shape sizes) {
    contraction("NN", sizes, {0, 2}, {2, 1}, {0, 1});
    contraction("NT", sizes, {0, 2}, {1, 2}, {0, 1});
    contraction("TN", sizes, {2, 0}, {2, 1}, {0, 1});
    contraction("TT", sizes, {2, 0}, {1, 2}, {0, 1});
  }
};

TEST_F(Split, ofMatrices) {
  for (Shape sizes : {Shape{320, 256, 256}, {290, 330, 301}, {515, 200, 333}, {300, 450, 1000}, {97, 200, 63}})
    matrices(sizes);
}

/// 1 and 250 · 2⁻¹⁶ and not quite 2⁻¹⁷: products of any two of these parts add up to more than rounding can.
TEST_F(Split, ofNumbersWhosePartsAllCount) {
  Draw number = between(1.0038197, 1.0038220);
  for (Loops left : {Loops{0, 2}, {2, 0}})
    for (Loops right : {Loops{2, 1}, {1, 2}})
      contraction("parts", {512, 512, 128}, left, right, {0, 1}, number, number);
}

TEST_F(Split, ofLongSums) {
  for (int64_t inner : {4096, 8192, 8158, 5003})
    matrices({192, 224, inner});
}

TEST_F(Split, ofMatricesThatThreadsShare) {
  parallelAtLeast = 4;
  matrices({512, 256, 192});
}

TEST_F(Split, ofSeveralLoops) {
  contraction("batch", {2, 300, 280, 256}, {0, 1, 3}, {0, 3, 2}, {0, 1, 2});
  contraction("heads", {2, 300, 280, 256}, {1, 0, 3}, {2, 0, 3}, {0, 1, 2});
  contraction("two summed", {320, 256, 6, 64}, {0, 2, 3}, {2, 3, 1}, {0, 1});
  contraction("two summed, crossed", {320, 300, 8, 62}, {3, 0, 2}, {2, 1, 3}, {0, 1});
  contraction("gradient of a weight", {4, 80, 320, 300}, {0, 1, 3}, {0, 1, 2}, {3, 2});
}

/// Both gradients of a convolution, too, whose sums end at borders.
TEST_F(Split, ofWindows) {
  for (Shape s : {Shape{32, 4, 4, 64, 96}, {32, 3, 5, 63, 128}})
    add("convolution", [&](Body &m) {
      Value x = m.input({DType::F32, {s[0], s[1], s[2], s[3]}}, between(-1, 2)), taps = m.read({DType::F32, {3, 3, s[3], s[4]}}, between(-1, 1));
      Value patches = m.window(m.window(m.pad(x, {0, 1, 1, 0}, {0, 1, 1, 0}), 1, 3), 3, 3);
      Value y = m.contract(patches, taps, {0, 1, 2, 3, 4, 5}, {2, 4, 5, 6}, {0, 1, 3, 6});
      Value dy = m.mul(m.fill(0x1p-6, y), y);
      m.output(y);
      m.output(m.contract(patches, dy, {0, 1, 2, 3, 4, 5}, {0, 1, 3, 6}, {2, 4, 5, 6}));
      m.output(m.contract(dy, taps, {0, 1, 3, 6}, {2, 4, 5, 6}, {0, 1, 2, 3, 4, 5}));
    });
}

/// What is not finite makes no number of what it reaches.
TEST_F(Split, ofWhatIsNotFinite) {
  add("infinity", [&](Body &m) {
    Value x = m.input({DType::F32, {512, 256}}), infinite = m.div(x, m.mul(x, m.fill(0, x)));
    Value y = m.contract(infinite, m.read({DType::F32, {256, 192}}), {0, 2}, {2, 1}, {0, 1});
    m.output(m.select(m.lt(m.op(Op::Abs, {y}), m.fill(1e30, y)), m.fill(1, y), m.fill(0, y)));
  });
}

} // namespace
} // namespace tl::test
