// One-sided differences with shrinking steps, extrapolated to none.
#include "compiler/layertest/Kinks.h"
#include "compiler/ir/Build.h"
#include <cmath>
#include <set>

namespace tl::layertest {
namespace {
using namespace mlir;
using Numbers = Eigen::ArrayXd;

constexpr double tolerance = 1e-6; // of Σ |terms|
constexpr double shrink = 0.38;    // no simple fraction, as in Differences.cpp
constexpr int stepCount = 6;

/// Words that are one thing or another by which of two numbers is larger.
bool isChoice(Op word) { return word == Op::Max || word == Op::Min || (word >= Op::Eq && word <= Op::Ge); }

/// Numbers the function compares with; nothing where it has no part with a kink.
std::optional<std::set<double>> thresholdsOf(func::FuncOp function) {
  std::optional<std::set<double>> found;
  function.walk([&](Operation *op) {
    std::optional<Op> word = ir::wordOf(op);
    if (!word)
      return;
    if (!hasKink(*word))
      return;
    if (!found)
      found = {0.0};
    for (Value operand : op->getOperands()) {
      Operation *source = operand.getDefiningOp();
      while (isChoice(*word) && llvm::isa_and_present<ir::BroadcastOp, ir::CastOp, ir::ReshapeOp>(source))
        source = source->getOperand(0).getDefiningOp();
      // What a mask is made of is no place to measure at.
      if (isChoice(*word) && llvm::isa_and_present<ir::ConstantOp>(source))
        if (double value = ir::attributesOf(source).value; std::abs(value) < 1e6)
          found->insert({value, -value});
    }
  });
  return found;
}

class OneSide {
public:
  OneSide(Interpreted &function, std::vector<Field> fields, const Direction &direction, const std::vector<double> &weights,
          double sign, const Numbers &y)
      : function(function), fields(std::move(fields)), direction(direction), at(this->fields[direction.field].data),
        weights(Eigen::Map<const Numbers>(weights.data(), Eigen::Index(weights.size()))), sign(sign), y(y) {}

  Slope best() {
    double scale = 0, most = 0;
    for (auto [i, move] : direction.moves) {
      scale = std::max(scale, std::abs(at[i] / move));
      most = std::max(most, std::abs(move));
    }
    Slope best;
    for (double share : {0.1, 0.01, 1e-3, 1e-5})
      for (double size : {scale, 1 / most}) {
        std::optional<Slope> slope = size > 0 && !isFine(best) ? along(share * size) : std::nullopt;
        if (slope && (!best.isSmooth || slope->error * best.terms < best.error * slope->terms))
          best = *slope;
      }
    best.isSmooth &= best.error <= tolerance * std::max(best.terms, best.size);
    return best;
  }
  uint64_t decided = 0; // by the last steps

private:
  static bool isFine(const Slope &slope) { return slope.isSmooth && slope.error <= 0.01 * tolerance * slope.terms; }

  /// Nothing where the steps do not all lie on one piece.
  std::optional<Slope> along(double step) {
    std::vector<double> steps;
    std::vector<Numbers> differences;
    Numbers top = y.abs();
    for (int k = 0; k < stepCount; ++k, step *= shrink) {
      std::vector<double> &data = fields[direction.field].data;
      for (auto [i, move] : direction.moves)
        data[i] = at[i] + sign * step * move;
      // The step that x takes in fact: of one element it is known exactly.
      auto [first, move] = direction.moves[0];
      steps.push_back(direction.moves.size() == 1 ? (data[first] - at[first]) / move : sign * step);
      Numbers value = function.run(fields, fields[direction.field].name).at("y").data;
      if (!value.isFinite().all() || steps.back() == 0 || (k > 0 && function.decisions() != decided))
        return std::nullopt;
      decided = function.decisions();
      top = top.max(value.abs());
      differences.push_back((value - y) / steps.back());
    }
    // Neville's scheme at 0: the last two estimates differ by about what the better one is off by.
    Numbers before = differences.back();
    for (int order = 1; order < stepCount; ++order) {
      before = differences.back();
      for (int k = stepCount - 1; k >= order; --k) {
        double ratio = steps[size_t(k)] / steps[size_t(k - order)];
        differences[size_t(k)] = (differences[size_t(k)] - ratio * differences[size_t(k - 1)]) / (1 - ratio);
      }
    }
    const Numbers &slope = differences.back();
    Numbers error = (slope - before).abs() + 16 * 0x1p-53 * top / std::abs(steps.back());
    return Slope{(weights * slope).sum(), (weights * slope).abs().sum(), (weights.abs() * error).sum(),
                 (weights * top).abs().maxCoeff(), true};
  }

  Interpreted &function;
  std::vector<Field> fields;
  const Direction &direction;
  std::vector<double> at;
  Numbers weights;
  double sign;
  const Numbers &y;
};

} // namespace

bool hasKink(Op word) { return isChoice(word) || word == Op::Abs || word == Op::ReduceMax || word == Op::Sign; }

std::vector<KinkPoint> kinkPointsOf(func::FuncOp function, const std::vector<Field> &fields) {
  std::optional<std::set<double>> thresholds = thresholdsOf(function);
  if (!thresholds)
    return {};
  auto isInput = [](const Field &field) { return field.name.starts_with("input "); };
  bool hasInputs = llvm::any_of(fields, isInput); // a layer: its weights stay as they are
  std::vector<size_t> free;
  for (size_t i = 0; i < fields.size(); ++i)
    if (fields[i].isVariable && (!hasInputs || isInput(fields[i])))
      free.push_back(i);
  std::vector<KinkPoint> points;
  auto add = [&](const std::vector<size_t> &changed, llvm::function_ref<double(size_t, size_t)> number) {
    KinkPoint point{fields, changed};
    for (size_t field : changed)
      for (size_t i = 0; i < fields[field].data.size(); ++i)
        point.fields[field].data[i] = number(field, i);
    points.push_back(std::move(point));
  };
  for (double value : *thresholds) {
    for (size_t field : free)
      add({field}, [&](size_t, size_t) { return value; });
    if (free.size() > 1)
      add(free, [&](size_t, size_t) { return value; });
  }
  for (size_t i = 1; i < free.size(); ++i)
    if (fields[free[i]].type == fields[free[0]].type)
      add({free[0], free[i]}, [&](size_t, size_t element) { return fields[free[0]].data[element]; });
  return points;
}

bool Sides::agree() const { return std::abs(above.value - below.value) <= allowance(); }
double Sides::allowance() const {
  return below.error + above.error + tolerance * std::max(below.terms, above.terms);
}

Sides sidesAlong(Interpreted &function, std::vector<Field> fields, const Direction &direction,
                 const std::vector<double> &weights) {
  Sides sides;
  Numbers y = function.run(fields).at("y").data;
  if (!y.isFinite().all())
    return sides;
  uint64_t here = function.run(fields, fields[direction.field].name).empty() ? 0 : function.decisions();
  OneSide above(function, fields, direction, weights, 1, y), below(function, fields, direction, weights, -1, y);
  sides.above = above.best();
  sides.below = below.best();
  sides.isAtKink = above.decided != here || below.decided != here;
  return sides;
}

} // namespace tl::layertest
