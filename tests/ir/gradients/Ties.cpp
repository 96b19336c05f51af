// The documented slopes, each said in plain arithmetic a second time.
#include "tests/ir/gradients/Ties.h"
#include <algorithm>
#include <cmath>
#include <map>

namespace tl::test {
namespace {
using namespace mlir;
using Numbers = std::vector<double>;
using Slopes = std::vector<Numbers>;

Value wholes(Maker &m, const Shape &shape) {
  Value x = m.variable(shape, {{{0, 0}}});
  for (double &number : m.fields.back().data)
    number = double(m.below(3) - 1);
  return x;
}

Value drawElementwise(Maker &m, Op op) {
  Shape shape = m.shape();
  SmallVector<Value> operands;
  for (int n = 0; n < operandCount(op); ++n)
    operands.push_back(wholes(m, shape));
  return m.op(op, operands);
}

/// Where equal, the slope is that of the right operand.
Slopes slopesOfChoice(const Slopes &x, const Numbers &dy, bool takesLarger) {
  Slopes slopes(2, Numbers(dy.size()));
  for (size_t i = 0; i < dy.size(); ++i)
    slopes[takesLarger ? x[0][i] <= x[1][i] : x[0][i] >= x[1][i]][i] = dy[i];
  return slopes;
}

struct Tie {
  Value (*draw)(Maker &);
  Slopes (*slopes)(const Slopes &x, const Shape &shape, const Numbers &dy);
};

const std::map<std::string, Tie> ties = {
    {"tl.max",
     {[](Maker &m) { return drawElementwise(m, Op::Max); },
      [](const Slopes &x, const Shape &, const Numbers &dy) { return slopesOfChoice(x, dy, true); }}},
    {"tl.min",
     {[](Maker &m) { return drawElementwise(m, Op::Min); },
      [](const Slopes &x, const Shape &, const Numbers &dy) { return slopesOfChoice(x, dy, false); }}},
    {"tl.abs", // 0 at 0
     {[](Maker &m) { return drawElementwise(m, Op::Abs); },
      [](const Slopes &x, const Shape &, const Numbers &dy) {
        Numbers slope(dy.size());
        for (size_t i = 0; i < dy.size(); ++i)
          slope[i] = x[0][i] > 0   ? dy[i]
                     : x[0][i] < 0 ? -dy[i]
                                   : 0;
        return Slopes{slope};
      }}},
    {"tl.reduce_max", // equal maxima share evenly; here along the last axis
     {[](Maker &m) {
        Shape shape = m.shape(1);
        return m.op(Op::ReduceMax, {wholes(m, shape)}, {.axes = {int64_t(shape.size()) - 1}});
      },
      [](const Slopes &x, const Shape &shape, const Numbers &dy) {
        size_t width = size_t(shape.back());
        Numbers slope(x[0].size());
        for (size_t row = 0; row < dy.size(); ++row) {
          auto first = x[0].begin() + ptrdiff_t(row * width), last = first + ptrdiff_t(width);
          double most = *std::max_element(first, last), count = double(std::count(first, last, most));
          for (size_t i = 0; i < width; ++i)
            slope[row * width + i] = first[ptrdiff_t(i)] == most ? dy[row] / count : 0;
        }
        return Slopes{slope};
      }}},
    {"tl.pow", // of 0 and 1 to whole powers from 0: nothing else than b·a^(b-1), and 0 for b = 0
     {[](Maker &m) {
        Value x = m.variable(m.shape(), {{{0, 0}}});
        for (double &number : m.fields.back().data)
          number = double(m.below(2));
        Value y = m.variable(ir::typeOf(x).shape, {{{0, 0}}});
        for (double &number : m.fields.back().data)
          number = double(m.below(4));
        return m.pow(x, y);
      },
      [](const Slopes &x, const Shape &, const Numbers &dy) {
        Slopes slopes(2, Numbers(dy.size()));
        for (size_t i = 0; i < dy.size(); ++i)
          slopes[0][i] = x[1][i] == 0 ? 0 : dy[i] * x[1][i] * std::pow(x[0][i], x[1][i] - 1);
        return slopes;
      }}},
};

} // namespace

std::vector<std::string> opsWithTies() {
  std::vector<std::string> names;
  for (auto &[name, tie] : ties)
    names.push_back(name);
  return names;
}

Value drawTie(Maker &m, const std::string &op) { return ties.at(op).draw(m); }

std::vector<std::vector<double>> documentedSlopes(const GradientCase &one) {
  Slopes x;
  for (const Maker::Field *field : one.variables())
    x.push_back(field->data);
  return ties.at(one.op).slopes(x, one.variables()[0]->type.shape, one.weights);
}

} // namespace tl::test
