// Three central differences with shrinking steps, extrapolated twice: errors of the sixth order in the step.
#include "compiler/layertest/Differences.h"
#include <cmath>
#include <optional>
#include <random>

namespace tl::layertest {

using Numbers = Eigen::ArrayXd;
constexpr double unit = 0x1p-53;
/// From step to step. No simple fraction: steps by halves are blind to what repeats with the first of them.
constexpr double shrink = 0.618, second = shrink * shrink, fourth = second * second;

namespace {

class Differencing {
public:
  Differencing(Interpreted &function, std::vector<Field> fields, const Direction &direction,
               const std::vector<double> &weights)
      : function(function), fields(std::move(fields)), direction(direction), at(this->fields[direction.field].data),
        weights(Eigen::Map<const Numbers>(weights.data(), Eigen::Index(weights.size()))) {
    function.run(this->fields);
    y = rawValueAt(0);
    here = function.decisions();
    depends = Eigen::Array<bool, Eigen::Dynamic, 1>::Constant(y.size(), false);
    double most = 0;
    for (auto [i, move] : direction.moves) {
      scale = std::max(scale, std::abs(at[i] / move));
      most = std::max(most, std::abs(move));
    }
    toOne = 1 / most;
    top = y.abs();
    // What a drastic change leaves alone does not depend on x; what only looks still is rounded like the rest.
    for (double factor : {3.1, -2.1}) {
      for (auto [i, move] : direction.moves)
        this->fields[direction.field].data[i] = factor * at[i] + std::copysign(1.7, factor);
      depends = depends || run() != y;
    }
  }

  Slope best() {
    Slope best;
    auto isFine = [](const Slope &slope) { return slope.isSmooth && slope.error <= 2e-8 * slope.terms; };
    // Across a pole a difference is small and wrong: errors are compared as parts of the slope where that is known.
    auto isBetter = [&](const Slope &slope) {
      bool isRelative = isFine(slope) || isFine(best);
      return !best.isSmooth ||
             (isRelative ? slope.error * best.terms < best.error * slope.terms : slope.error < best.error);
    };
    auto attempt = [&](double step) {
      std::optional<Slope> slope = along(step);
      if (slope && isBetter(*slope))
        best = *slope;
    };
    // Steps in proportion to x, for functions of its size; and to 1, for functions of their own.
    for (double share : {0.03, 0.006, 0.001, 0.0001, 1e-6}) {
      if (scale > 0)
        attempt(share * scale);
      if (!isFine(best) && (scale < 0.5 * toOne || scale > 2 * toOne))
        attempt(share * toOne);
      if (isFine(best))
        break;
    }
    best.size = (weights * top).abs().maxCoeff();
    return best;
  }

private:
  Numbers rawValueAt(double step) {
    std::vector<double> &data = fields[direction.field].data;
    for (auto [i, move] : direction.moves)
      data[i] = at[i] + step * move;
    return run();
  }

  Numbers run() { return function.run(fields, fields[direction.field].name).at("y").data; }

  std::optional<Numbers> valueAt(double step) {
    Numbers value = rawValueAt(step);
    return value.isFinite().all() ? std::optional(value) : std::nullopt;
  }

  /// Nothing where a step decides otherwise than x does, or has no value.
  std::optional<Slope> along(double step) {
    Numbers d[3];
    for (Numbers &difference : d) {
      // The steps that x takes in fact: of one element they are known exactly.
      double up = step, down = -step;
      if (direction.moves.size() == 1) {
        auto [i, move] = direction.moves[0];
        up = ((at[i] + step * move) - at[i]) / move;
        down = ((at[i] - step * move) - at[i]) / move;
      }
      std::optional<Numbers> above = valueAt(step);
      if (!above || function.decisions() != here)
        return std::nullopt;
      std::optional<Numbers> below = valueAt(-step);
      if (!below || function.decisions() != here || up == down)
        return std::nullopt;
      top = top.max(above->abs());
      difference = (*above - *below) / (up - down);
      step *= shrink;
    }
    Numbers coarse = (d[1] - second * d[0]) / (1 - second), fine = (d[2] - second * d[1]) / (1 - second),
            best = (fine - fourth * coarse) / (1 - fourth);
    // What rounding y, and x before it, does to the smallest step.
    Numbers rounding = depends.select(8 * unit * shrink * (y.abs() + best.abs() * scale) / step, 0);
    Numbers error = (best - fine).abs() + rounding;
    return Slope{(weights * best).sum(), (weights * best).abs().sum(), (weights.abs() * error).sum(), 0, true};
  }

  Interpreted &function;
  std::vector<Field> fields;
  const Direction &direction;
  std::vector<double> at;
  Numbers weights, y, top; // top: the largest that each element of y was
  Eigen::Array<bool, Eigen::Dynamic, 1> depends;
  uint64_t here = 0;
  double scale = 0, toOne = 1; // steps as large as x is, and as 1
};

} // namespace

std::vector<Direction> directionsOf(const Field &field, size_t index, uint64_t seed) {
  const std::vector<double> &x = field.data;
  std::mt19937_64 random(seed + index);
  std::vector<Direction> directions;
  constexpr size_t most = 6;
  for (size_t i = 0; i < std::min(most, x.size()); ++i)
    directions.push_back({index, {{x.size() <= most ? i : size_t(random() % x.size()), 1.0}}});
  if (x.size() > 1) {
    Direction all{index, {}};
    for (size_t i = 0; i < x.size(); ++i)
      all.moves.emplace_back(i, (random() % 2 ? 1 : -1) * (x[i] == 0 ? 1 : std::abs(x[i])));
    directions.push_back(all);
  }
  return directions;
}

Slope slopeAlong(Interpreted &function, std::vector<Field> fields, const Direction &direction,
                 const std::vector<double> &weights) {
  return Differencing(function, std::move(fields), direction, weights).best();
}

} // namespace tl::layertest
