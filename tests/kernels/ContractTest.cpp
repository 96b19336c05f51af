// Contractions in all the ways their loops can lie, with what follows them.
#include "tests/kernels/Cases.h"

namespace tl::test {
namespace {
using mlir::Value;

class Contractions : public Kernels {
protected:
  using Loops = std::vector<int64_t>;
  /// `sizes[n]` is the size of loop n.
  void contraction(const std::string &label, Shape sizes, Loops a, Loops b, Loops out, DType dtype = DType::F32) {
    add(label, [&](Body &m) {
      auto operand = [&](const Loops &loops) {
        Shape shape;
        for (int64_t loop : loops)
          shape.push_back(sizes[loop]);
        return m.input({dtype, shape});
      };
      m.output(m.contract(operand(a), operand(b), a, b, out));
    });
  }
  void matrices(int64_t rows, int64_t columns, int64_t inner, DType dtype = DType::F32) {
    Shape sizes{rows, columns, inner};
    std::string size = std::to_string(rows) + " x " + std::to_string(columns) + " x " + std::to_string(inner);
    contraction("NN " + size, sizes, {0, 2}, {2, 1}, {0, 1}, dtype);
    contraction("NT " + size, sizes, {0, 2}, {1, 2}, {0, 1}, dtype);
    contraction("TN " + size, sizes, {2, 0}, {2, 1}, {0, 1}, dtype);
    contraction("TT " + size, sizes, {2, 0}, {1, 2}, {0, 1}, dtype);
    contraction("NN transposed " + size, sizes, {0, 2}, {2, 1}, {1, 0}, dtype);
  }
};

TEST_F(Contractions, ofMatrices) {
  for (Shape s : {Shape{1, 1, 1},
                  {2, 3, 5},
                  {3, 2, 1},
                  {15, 16, 17},
                  {16, 16, 16},
                  {17, 31, 3},
                  {31, 33, 2},
                  {33, 15, 1},
                  {1, 64, 31},
                  {64, 1, 31},
                  {3, 100, 17},
                  {100, 3, 2}})
    matrices(s[0], s[1], s[2]);
}

TEST_F(Contractions, inDouble) {
  for (Shape s : {Shape{2, 3, 5}, {17, 16, 3}, {5, 33, 16}, {1, 64, 3}})
    matrices(s[0], s[1], s[2], DType::F64);
}

TEST_F(Contractions, ofVectors) {
  for (int64_t n : {1, 2, 16, 17, 100})
    for (DType dtype : {DType::F32, DType::F64}) {
      contraction("matrix times vector", {33, n}, {0, 1}, {1}, {0}, dtype);
      contraction("vector times matrix", {33, n}, {1}, {1, 0}, {0}, dtype);
      contraction("dot", {n}, {0}, {0}, {}, dtype);
      contraction("outer product", {n, 3}, {0}, {1}, {0, 1}, dtype);
      contraction("outer product", {3, n}, {0}, {1}, {1, 0}, dtype);
    }
}

TEST_F(Contractions, ofBatches) {
  for (Shape s : {Shape{2, 3, 17, 5}, {3, 16, 16, 4}, {1, 5, 33, 2}, {4, 1, 7, 3}}) {
    contraction("batch", s, {0, 1, 3}, {0, 3, 2}, {0, 1, 2});
    contraction("batch, right transposed", s, {0, 1, 3}, {0, 2, 3}, {0, 1, 2});
    contraction("batch, left transposed", s, {0, 3, 1}, {0, 3, 2}, {0, 1, 2});
    contraction("batch last", s, {1, 3, 0}, {3, 2, 0}, {1, 2, 0});
    contraction("batch in the middle", s, {1, 0, 3}, {2, 0, 3}, {1, 0, 2});
    contraction("one weight for all", s, {0, 1, 3}, {3, 2}, {0, 1, 2});
    contraction("gradient of the weight", s, {0, 1, 3}, {0, 1, 2}, {3, 2});
    contraction("heads", s, {0, 1, 3}, {0, 2, 3}, {1, 0, 2});
  }
}

TEST_F(Contractions, ofSeveralSummedLoops) {
  contraction("two summed", {5, 17, 3, 4}, {0, 2, 3}, {2, 3, 1}, {0, 1});
  contraction("two summed, crossed", {5, 17, 3, 4}, {3, 0, 2}, {2, 1, 3}, {0, 1});
  contraction("two summed, crossed and packed", {128, 96, 12, 14}, {0, 2, 3}, {3, 2, 1}, {0, 1});
  contraction("three summed", {2, 3, 4, 5, 33}, {0, 1, 2, 3}, {1, 2, 3, 4}, {0, 4});
  contraction("all summed", {4, 17}, {0, 1}, {1, 0}, {});
  contraction("loops of one side only", {3, 17, 5, 2}, {0, 2}, {1, 3}, {0, 1});
  contraction("a loop of the left alone", {3, 17, 5}, {0, 2}, {0, 1}, {0, 1});
  contraction("a batch of products", {7, 33}, {0, 1}, {0, 1}, {0, 1});
  contraction("a batch of dots", {7, 33}, {0, 1}, {0, 1}, {0});
  contraction("a batch of dots along columns", {7, 33}, {0, 1}, {0, 1}, {1});
  contraction("a number times a matrix", {7, 33}, {}, {0, 1}, {1, 0});
  contraction("ones", {1, 17, 1, 5, 1}, {0, 3, 4}, {3, 1, 2}, {0, 1, 2, 4});
  contraction("ones at the end", {6, 17, 1, 5}, {0, 3, 2}, {3, 1, 2}, {0, 1, 2});
  contraction("two rows", {3, 4, 17, 5}, {0, 1, 3}, {3, 2}, {1, 0, 2});
  contraction("two columns", {3, 4, 17, 5}, {0, 3}, {3, 1, 2}, {0, 1, 2});
  contraction("two columns, crossed", {3, 4, 17, 5}, {0, 3}, {3, 1, 2}, {0, 2, 1});
}

/// Where both operands have the result's last axis, each of its elements has a sum of its own: of lanes that lie side by side,
/// or apart, with rows of either operand, of both or of none.
TEST_F(Contractions, thatEachLaneHasForItself) {
  for (int64_t c : {1, 5, 16, 33, 100})
    for (int64_t rows : {1, 6, 31}) {
      Shape s{rows, 7, c, 3};
      contraction("rows of the left", s, {0, 1, 2}, {1, 2}, {0, 2});
      contraction("rows of the right", s, {1, 2}, {0, 1, 2}, {0, 2});
      contraction("rows of both", s, {0, 1, 2}, {3, 1, 2}, {0, 3, 2});
      contraction("rows of both, crossed", s, {0, 1, 2}, {1, 3, 2}, {3, 0, 2});
      contraction("rows in the middle", s, {3, 0, 1, 2}, {1, 3, 2}, {3, 0, 2});
      contraction("lanes of the left apart", s, {0, 2, 1}, {1, 2}, {0, 2});
      contraction("lanes of the right apart", s, {0, 1, 2}, {2, 1}, {0, 2});
      contraction("a batch of sums", s, {0, 1, 2}, {0, 1, 2}, {0, 2});
      contraction("a batch of sums, one turned", s, {0, 1, 2}, {0, 2, 1}, {0, 2});
      contraction("a batch of sums along memory", s, {0, 2, 1}, {0, 2, 1}, {0, 2});
    }
  contraction("in double", {9, 7, 33}, {0, 1, 2}, {1, 2}, {0, 2}, DType::F64);
  contraction("ones at the end", {9, 7, 33, 1}, {0, 1, 2, 3}, {1, 2, 3}, {0, 2, 3});
  contraction("a long sum", {9, 4000, 17}, {0, 1, 2}, {1, 2}, {0, 2});
}

TEST_F(Contractions, thatEachLaneHasForItselfAndThreadsShare) {
  parallelAtLeast = 4;
  contraction("rows", {64, 40, 97}, {0, 1, 2}, {1, 2}, {0, 2});
  contraction("lanes alone", {9, 400, 97}, {0, 1, 2}, {1, 2}, {0, 2});
  contraction("a batch of sums", {8, 400, 97}, {0, 1, 2}, {0, 1, 2}, {0, 2});
  contraction("one long sum", {3000, 97}, {0, 1}, {0, 1}, {1});
}

/// Sums longer than a cache line of partial sums, and tiles with every kind of rest.
TEST_F(Contractions, ofManySizes) {
  for (int64_t rows : {1, 7, 14, 29})
    for (int64_t columns : {2, 16, 31, 48, 65, 100})
      contraction("tiles", {rows, columns, 7}, {0, 2}, {2, 1}, {0, 1});
  contraction("a long sum", {3, 17, 1000}, {0, 2}, {2, 1}, {0, 1});
}

/// Columns that many rows read are copied to a panel first, and turned on the way where they lie apart.
TEST_F(Contractions, ofManyRowsAndColumns) {
  for (Shape s : {Shape{61, 80, 70}, {64, 87, 64}, {100, 65, 131}, {57, 129, 68}})
    matrices(s[0], s[1], s[2]);
  matrices(61, 80, 70, DType::F64);
  contraction("batch", {2, 61, 70, 66}, {0, 1, 3}, {0, 3, 2}, {0, 1, 2});
  contraction("batch, right transposed", {2, 61, 70, 66}, {0, 1, 3}, {0, 2, 3}, {0, 1, 2});
  contraction("heads, right transposed", {2, 61, 70, 66}, {1, 0, 3}, {2, 0, 3}, {0, 1, 2});
  contraction("two summed", {61, 70, 11, 7}, {0, 2, 3}, {2, 3, 1}, {0, 1});
  contraction("two summed, right transposed", {61, 70, 11, 7}, {0, 2, 3}, {1, 2, 3}, {0, 1});
  contraction("two summed, one in front", {61, 70, 11, 7}, {0, 2, 3}, {2, 1, 3}, {0, 1});
}

/// Rows a multiple of a page apart are copied before they are read; the last of them, and a part of a row, too.
TEST_F(Contractions, ofRowsThatShareTheCache) {
  matrices(57, 96, 1024);
  add("a part of each row", [&](Body &m) {
    Value x = m.slice(m.input({DType::F32, {57, 1024}}), {0, 16}, {57, 1016});
    m.output(m.contract(x, m.input({DType::F32, {1000, 96}}), {0, 2}, {2, 1}, {0, 1}));
  });
}

/// Rows that are numbers side by side, whose steps share the cache, are copied some tiles at a time: whole blocks, and what is left.
TEST_F(Contractions, ofStepsThatShareTheCache) {
  matrices(130, 140, 300);
  matrices(30, 270, 256);
  contraction("several groups of columns", {70, 1000, 300}, {2, 0}, {2, 1}, {0, 1});
  contraction("two summed, left across", {130, 140, 20, 15}, {2, 3, 0}, {3, 2, 1}, {0, 1});
  contraction("batch, left across", {3, 64, 96, 260}, {0, 3, 1}, {0, 3, 2}, {0, 1, 2});
}

/// A sum that all tiles take a piece of at a time: what pieces add up lies where the result will, which is no variable that is still read.
TEST_F(Contractions, ofPiecesOfTheSum) {
  for (Shape s : {Shape{70, 140, 300}, {70, 270, 768}}) {
    add("momentum", [&](Body &m) {
      Value x = m.input({s[2], s[0]}), dy = m.input({s[2], s[1]}), w = m.read({s[0], s[1]}), v = m.read({s[0], s[1]});
      Value next = m.add(m.mul(m.fill(0.5, v), v), m.contract(x, dy, {2, 0}, {2, 1}, {0, 1}));
      m.write(v, next);
      m.write(w, m.sub(w, m.mul(m.fill(0.125, next), next)));
    });
    add("the gradient of the step before", [&](Body &m) {
      Value x = m.input({s[2], s[0]}), dy = m.input({s[2], s[1]}), w = m.read({s[0], s[1]}), last = m.read({s[0], s[1]});
      Value g = m.contract(x, dy, {2, 0}, {2, 1}, {0, 1});
      m.write(w, m.sub(w, m.add(g, last)));
      m.write(last, g);
    });
  }
  matrices(70, 140, 600);
}

/// Of a sum that no number divides, the last piece is shorter.
TEST_F(Contractions, ofUnevenPiecesOfTheSum) {
  parallelAtLeast = 2;
  contraction("a prime", {64, 70, 1543}, {0, 2}, {2, 1}, {0, 1});
  contraction("twice a prime", {40, 96, 3214}, {2, 0}, {2, 1}, {0, 1});
  add("an update", [](Body &m) {
    Value x = m.input({1543, 64}), dy = m.input({1543, 70}), w = m.read({64, 70}), v = m.read({64, 70});
    Value g = m.contract(x, dy, {2, 0}, {2, 1}, {0, 1}), next = m.add(m.mul(m.fill(0.5, v), v), g);
    m.write(v, next);
    m.write(w, m.sub(w, next));
    m.output(g);
  });
}

/// Slots that are fetched while the sum runs.
TEST_F(Contractions, withLargeSlots) {
  add("momentum", [](Body &m) {
    Value x = m.input({66, 257}), dy = m.input({66, 131}), w = m.read({257, 131}), v = m.read({257, 131});
    Value next = m.add(m.mul(m.fill(0.5, v), v), m.contract(x, dy, {2, 0}, {2, 1}, {0, 1}));
    m.write(v, next);
    m.write(w, m.sub(w, next));
  });
}

TEST_F(Contractions, withShortEpilogues) {
  for (Shape s : {Shape{3, 16, 5}, {17, 33, 4}, {1, 7, 3}, {33, 1, 4}})
    add("bias and relu", [&](Body &m) {
      Value x = m.input({s[0], s[2]}), w = m.read({s[2], s[1]}), bias = m.read({s[1]}), rows = m.read({s[0]});
      Value y = m.add(m.contract(x, w, {0, 2}, {2, 1}, {0, 1}), m.broadcast(bias, {1}, {s[0], s[1]}));
      Value relu = m.op(Op::Max, {y, m.fill(0, y)});
      m.output(relu);
      m.output(m.mul(relu, m.broadcast(rows, {0}, {s[0], s[1]})));
      m.output(m.gt(y, m.fill(0, y)));
    });
}

/// More than eight ops: they run as a loop over rows of the tile.
TEST_F(Contractions, withLongEpilogues) {
  for (Shape s : {Shape{3, 16, 5}, {17, 33, 4}, {29, 65, 3}, {1, 7, 3}})
    add("an optimizer's update", [&](Body &m) {
      Value x = m.input({s[2], s[0]}), dy = m.input({s[2], s[1]});
      Value w = m.read({s[0], s[1]}), mean = m.read({s[0], s[1]});
      Value square = m.read({DType::F32, {s[0], s[1]}}, between(0, 1));
      Value g = m.contract(x, dy, {2, 0}, {2, 1}, {0, 1});
      auto times = [&](double a, Value v) { return m.mul(m.fill(a, v), v); };
      Value newMean = m.add(times(0.875, mean), times(0.125, g));
      Value newSquare = m.add(times(0.75, square), times(0.25, m.mul(g, g)));
      Value step = m.div(newMean, m.add(m.op(Op::Sqrt, {newSquare}), m.fill(0.5, g)));
      m.write(mean, newMean);
      m.write(square, newSquare);
      m.write(w, m.sub(w, times(0.0625, m.add(step, times(0.01, w)))));
    });
}

/// What is pointwise on both sides of a contraction, and a sum of its result.
TEST_F(Contractions, inTheMiddle) {
  for (Shape s : {Shape{5, 17, 6}, {16, 10, 33}})
    add("layer and loss", [&](Body &m) {
      Value image = m.input({DType::U8, {s[0], s[2]}}), w = m.read({s[2], s[1]}), target = m.input({s[0], s[1]});
      Value x = m.mul(m.cast(image, DType::F32), m.constant(1.0 / 256, {DType::F32, {s[0], s[2]}}));
      Value y = m.contract(x, w, {0, 2}, {2, 1}, {0, 1}), difference = m.sub(y, target);
      m.output(m.reduceSum(m.mul(difference, difference), {0, 1}));
      m.output(m.reduceSum(difference, {0}));
      Value dw = m.contract(x, difference, {2, 0}, {2, 1}, {0, 1}),
            dx = m.contract(difference, w, {0, 2}, {1, 2}, {0, 1});
      m.write(w, m.sub(w, m.mul(m.fill(0.125, dw), dw)));
      m.output(dx);
    });
}

TEST_F(Contractions, thatThreadsShare) {
  parallelAtLeast = 6;
  contraction("NN", {64, 65, 40}, {0, 2}, {2, 1}, {0, 1});
  contraction("NT", {64, 65, 40}, {0, 2}, {1, 2}, {0, 1});
  contraction("TN", {64, 65, 40}, {2, 0}, {2, 1}, {0, 1});
  contraction("vector times matrix", {1, 400, 400}, {0, 2}, {2, 1}, {0, 1});
  contraction("batch", {5, 33, 31, 32}, {0, 1, 3}, {0, 3, 2}, {0, 1, 2});
  add("two layers", [](Body &m) {
    Value x = m.input({33, 70}), v = m.read({70, 80}), w = m.read({80, 65});
    Value h = m.contract(x, v, {0, 2}, {2, 1}, {0, 1}), relu = m.op(Op::Max, {h, m.fill(0, h)});
    Value y = m.contract(relu, w, {0, 2}, {2, 1}, {0, 1});
    m.write(v, m.sub(v, m.contract(x, h, {2, 0}, {2, 1}, {0, 1})));
    m.write(w, m.sub(w, m.contract(relu, y, {2, 0}, {2, 1}, {0, 1})));
    m.output(m.reduceSum(y, {0, 1}));
  });
}

} // namespace
} // namespace tl::test
