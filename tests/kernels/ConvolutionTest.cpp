// Contractions of windows and what their gradients are made of: strides, dilation, groups, pads, sizes of all kinds.
#include "tests/kernels/Cases.h"

namespace tl::test {
namespace {
using mlir::Value;

struct Convolution {
  int64_t n, h, w, in = 1, out = 1, size, stride = 1, dilation = 1, groups = 1;
};

class Convolutions : public Kernels {
protected:
  /// The result and the gradients for kernel and image, each as differentiation makes them.
  void convolution(const Convolution &c, DType dtype = DType::F32) {
    add("convolution", [&](Body &m) {
      int64_t around = (c.size - 1) * c.dilation / 2, inside = c.in / c.groups, outside = c.out / c.groups;
      Value x = m.input({dtype, {c.n, c.h, c.w, c.in}}), taps = m.read({dtype, {c.size, c.size, inside, c.out}});
      // Along one axis after the other, as a script says it.
      auto windows = [&](Value image, int64_t axis) {
        Shape pads(ir::typeOf(image).shape.size());
        pads[size_t(axis)] = around;
        return m.window(m.pad(image, pads, pads), axis, c.size, c.stride, c.dilation);
      };
      auto unwindowed = [&](Value sum, int64_t axis, int64_t size) {
        Value whole = m.fold(sum, size + 2 * around, axis, c.size, c.stride, c.dilation);
        Shape starts(ir::typeOf(whole).shape.size()), limits = ir::typeOf(whole).shape;
        starts[size_t(axis)] = around;
        limits[size_t(axis)] = around + size;
        return m.slice(whole, starts, limits);
      };
      Value patches = windows(windows(x, 1), 3), y, dTaps, dPatches;
      Shape all = ir::typeOf(patches).shape;
      if (c.groups == 1) {
        y = m.contract(patches, taps, {0, 1, 2, 3, 4, 5}, {2, 4, 5, 6}, {0, 1, 3, 6});
        Value dy = m.op(Op::Max, {y, m.fill(0, y)});
        dTaps = m.contract(patches, dy, {0, 1, 2, 3, 4, 5}, {0, 1, 3, 6}, {2, 4, 5, 6});
        dPatches = m.contract(dy, taps, {0, 1, 3, 6}, {2, 4, 5, 6}, {0, 1, 2, 3, 4, 5});
      } else {
        Shape grouped(all.begin(), all.end() - 1);
        grouped.insert(grouped.end(), {c.groups, inside});
        Value apart = m.reshape(patches, grouped), groups = m.reshape(taps, {c.size, c.size, inside, c.groups, outside});
        y = m.contract(apart, groups, {0, 1, 2, 3, 4, 7, 5}, {2, 4, 5, 7, 6}, {0, 1, 3, 7, 6});
        Value dy = m.op(Op::Max, {y, m.fill(0, y)});
        dTaps = m.contract(apart, dy, {0, 1, 2, 3, 4, 7, 5}, {0, 1, 3, 7, 6}, {2, 4, 5, 7, 6});
        dPatches = m.reshape(m.contract(dy, groups, {0, 1, 3, 7, 6}, {2, 4, 5, 7, 6}, {0, 1, 2, 3, 4, 7, 5}), all);
      }
      m.output(y);
      m.write(taps, m.sub(taps, m.mul(m.fill(0.125, taps), m.reshape(dTaps, ir::typeOf(taps).shape))));
      m.output(unwindowed(unwindowed(dPatches, 3, c.w), 1, c.h));
    });
  }
  void ofAllKinds() {
    convolution({.n = 2, .h = 5, .w = 7, .in = 3, .out = 17, .size = 3});
    convolution({.n = 1, .h = 12, .w = 12, .in = 2, .out = 33, .size = 5});
    convolution({.n = 3, .h = 4, .w = 4, .in = 16, .out = 48, .size = 3});
    convolution({.n = 2, .h = 1, .w = 9, .in = 5, .out = 16, .size = 1});
    convolution({.n = 2, .h = 9, .w = 8, .in = 4, .out = 20, .size = 3, .stride = 2});
    convolution({.n = 2, .h = 7, .w = 7, .in = 4, .out = 16, .size = 1, .stride = 2});
    convolution({.n = 1, .h = 11, .w = 10, .in = 3, .out = 5, .size = 3, .stride = 3});
    // Many small images: a tile has the same place of several, and leaves out what lies beyond their borders.
    convolution({.n = 20, .h = 4, .w = 3, .in = 4, .out = 18, .size = 3, .dilation = 2});
    convolution({.n = 16, .h = 5, .w = 6, .in = 8, .out = 16, .size = 5, .stride = 2});
    convolution({.n = 24, .h = 2, .w = 2, .in = 16, .out = 32, .size = 5});
    convolution({.n = 17, .h = 6, .w = 4, .in = 3, .out = 33, .size = 3, .stride = 3});
    convolution({.n = 2, .h = 9, .w = 9, .in = 4, .out = 18, .size = 3, .dilation = 2});
    convolution({.n = 1, .h = 9, .w = 13, .in = 3, .out = 7, .size = 3, .stride = 2, .dilation = 2});
    convolution({.n = 2, .h = 6, .w = 6, .in = 8, .out = 12, .size = 3, .groups = 4});
    convolution({.n = 2, .h = 6, .w = 5, .in = 19, .out = 19, .size = 3, .groups = 19});
    convolution({.n = 2, .h = 8, .w = 8, .in = 6, .out = 12, .size = 3, .stride = 2, .groups = 6});
    convolution({.n = 2, .h = 4, .w = 4, .in = 3, .out = 17, .size = 3}, DType::F64);
  }
  /// A kernel for each channel: the lanes are channels, whose number is no multiple of a vector, too.
  void depthwise() {
    for (int64_t channels : {1, 7, 16, 40, 96}) {
      auto layer = [&](Convolution c) {
        c.in = c.out = c.groups = channels;
        convolution(c);
      };
      layer({.n = 2, .h = 6, .w = 29, .size = 3});
      layer({.n = 1, .h = 9, .w = 8, .size = 5});
      layer({.n = 2, .h = 8, .w = 7, .size = 3, .stride = 2});
      layer({.n = 1, .h = 9, .w = 12, .size = 5, .stride = 2});
      layer({.n = 1, .h = 8, .w = 11, .size = 5, .stride = 3});
      layer({.n = 1, .h = 9, .w = 7, .size = 3, .dilation = 2});
      layer({.n = 1, .h = 9, .w = 8, .size = 3, .stride = 2, .dilation = 2});
      layer({.n = 2, .h = 1, .w = 5, .size = 1, .stride = 2});
    }
    convolution({.n = 2, .h = 6, .w = 5, .in = 17, .out = 51, .size = 3, .groups = 17});
    convolution({.n = 2, .h = 6, .w = 5, .in = 32, .out = 32, .size = 3, .stride = 2, .groups = 8});
    convolution({.n = 2, .h = 6, .w = 5, .in = 20, .out = 20, .size = 3, .groups = 20}, DType::F64);
  }
  /// Panels that are copied and turned, sums that are kept in memory between slabs, loops that are rows of one tile.
  void ofSizesThatMatter() {
    convolution({.n = 2, .h = 14, .w = 14, .in = 33, .out = 50, .size = 3});
    convolution({.n = 9, .h = 4, .w = 4, .in = 40, .out = 96, .size = 3});
    convolution({.n = 8, .h = 30, .w = 32, .in = 17, .out = 18, .size = 3});
    convolution({.n = 4, .h = 2, .w = 2, .in = 48, .out = 64, .size = 3});
  }
};

class SimplifiedConvolutions : public Convolutions {
protected:
  SimplifiedConvolutions() { isSimplified = true; }
  /// Few enough products are left where tiles of 4 x 4 or 2 x 2 results are made of transforms; the last tiles may reach beyond the image.
  void inTiles() {
    roundsMore = 1e-5;
    convolution({.n = 4, .h = 16, .w = 16, .in = 64, .out = 64, .size = 3});
    convolution({.n = 8, .h = 15, .w = 13, .in = 64, .out = 80, .size = 3});
    convolution({.n = 4, .h = 16, .w = 16, .in = 128, .out = 128, .size = 3, .groups = 2});
    ofFour = 9;
    convolution({.n = 32, .h = 6, .w = 6, .in = 96, .out = 96, .size = 3});
    ofTwo = 3;
  }
};

TEST_F(Convolutions, ofAllKinds) { ofAllKinds(); }
TEST_F(Convolutions, ofSizesThatMatter) { ofSizesThatMatter(); }
TEST_F(SimplifiedConvolutions, ofAllKinds) { ofAllKinds(); }
TEST_F(SimplifiedConvolutions, ofSizesThatMatter) { ofSizesThatMatter(); }
TEST_F(SimplifiedConvolutions, inTiles) { inTiles(); }
TEST_F(Convolutions, ofEachChannelAlone) { depthwise(); }
TEST_F(SimplifiedConvolutions, ofEachChannelAlone) { depthwise(); }

/// Along one axis, with a kernel for each channel, and what follows while the sums are in registers: short, and longer than is
/// repeated for each of them.
TEST_F(SimplifiedConvolutions, ofEachChannelAloneWithWorkBehind) {
  for (int64_t channels : {5, 16, 50})
    for (int64_t times : {1, 10})
      add("a function of a causal convolution", [&](Body &m) {
        Shape shape{3, 13, channels};
        Value x = m.input(shape), taps = m.read({4, channels}), bias = m.read({channels});
        Value patches = m.window(m.pad(x, {0, 6, 0}, {0, 0, 0}), 1, 4, 1, 2);
        Value y = m.add(m.contract(patches, taps, {0, 1, 2, 3}, {2, 3}, {0, 1, 3}), m.broadcast(bias, {2}, shape));
        for (int64_t i = 0; i < times; ++i)
          y = m.op(Op::Max, {m.mul(y, m.fill(0.5, y)), m.fill(-0.25, y)});
        m.output(y);
        m.output(m.gt(y, x));
        m.write(taps, m.contract(patches, y, {0, 1, 2, 3}, {0, 1, 3}, {2, 3}));
      });
}

/// Sums of slabs where they overwrite nothing that is still read, and where they would.
TEST_F(SimplifiedConvolutions, whoseSumsAreKept) {
  for (bool isRead : {false, true})
    add("a sum that becomes a variable", [&](Body &m) {
      Value x = m.input({8192, 48}), dy = m.input({8192, 16}), w = m.read({48, 16});
      Value sum = m.contract(x, dy, {2, 0}, {2, 1}, {0, 1});
      m.write(w, sum);
      if (isRead)
        m.output(m.add(w, sum));
    });
}

/// Pooling: the largest and the mean of windows that touch, overlap or leave gaps, and the gradient of the first.
TEST_F(SimplifiedConvolutions, andPoolings) {
  for (auto [size, stride] : {std::pair<int64_t, int64_t>{2, 2}, {3, 2}, {2, 3}, {3, 3}})
    add("pooling", [&](Body &m) {
      Value image = m.input({2, 12, 13, 19}), x = m.op(Op::Max, {image, m.fill(0.5, image)});
      Value patches = m.window(m.window(x, 1, size, stride), 3, size, stride);
      Value y = m.reduceMax(patches, {2, 4});
      m.output(y);
      m.output(m.reduceSum(patches, {2, 4}));
      Value isMax = m.eq(patches, m.broadcast(y, {0, 1, 3, 5}, ir::typeOf(patches).shape));
      Value share = m.div(y, m.reduceSum(m.cast(isMax, DType::F32), {2, 4}));
      Value dPatches = m.select(isMax, m.broadcast(share, {0, 1, 3, 5}, ir::typeOf(patches).shape), m.fill(0, patches));
      Value dx = m.fold(m.fold(dPatches, 13, 3, size, stride), 12, 1, size, stride);
      Value through = m.select(m.gt(x, m.fill(0.5, x)), dx, m.fill(0, x));
      m.output(through);
      m.output(m.reduceSum(through, {0, 1, 2}));
    });
}

/// Sums over records and pixels, as batch norm takes them.
TEST_F(SimplifiedConvolutions, andStatistics) {
  add("statistics", [](Body &m) {
    Shape shape{6, 18, 19, 33};
    Value x = m.input(shape), g = m.read({33});
    double count = 6 * 18 * 19;
    auto mean = [&](Value v) { Value sum = m.reduceSum(v, {0, 1, 2}); return m.mul(sum, m.fill(1 / count, sum)); };
    auto spread = [&](Value v) { return m.broadcast(v, {3}, shape); };
    Value centred = m.sub(x, spread(mean(x))), variance = mean(m.mul(centred, centred));
    Value scale = m.mul(g, m.op(Op::Rsqrt, {m.add(variance, m.fill(0.125, variance))}));
    Value y = m.mul(centred, spread(scale)), relu = m.op(Op::Max, {y, m.fill(0, y)});
    Value padded = m.pad(relu, {0, 1, 1, 0}, {0, 1, 1, 0}), taps = m.read({3, 3, 33, 16});
    m.output(m.contract(m.window(m.window(padded, 1, 3), 3, 3), taps, {0, 1, 2, 3, 4, 5}, {2, 4, 5, 6}, {0, 1, 3, 6}));
    m.output(m.select(m.gt(y, m.fill(0, y)), x, m.fill(0, x)));
    m.output(m.reduceMax(x, {0, 1, 2}));
  });
}

} // namespace
} // namespace tl::test
