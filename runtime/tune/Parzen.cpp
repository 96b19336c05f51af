// The tree-structured Parzen estimator, of all settings together.
#include "runtime/tune/Parzen.h"

#include <algorithm>
#include <cmath>

namespace tl::tune {

namespace {

constexpr double goodShare = 0.15; // γ of the paper
constexpr int candidates = 24;

double normalBelow(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

/// p(x) = 1/(n + 1) · (1 + Σ_i Π_d k_d(x_d; x_i,d)): a kernel around each of n points and one that is even all over the cube. Between bounds a kernel is a
/// normal distribution cut off at the edges; of choices it is half the point's own and half all alike.
class Density {
public:
  Density(const Space &space, std::vector<const Point *> centres) : space(space), centres(std::move(centres)) {
    // The width falls with the number of points as that of Scott's rule does.
    width = std::max(0.02, 0.2 * std::pow(std::max<double>(1, double(this->centres.size())), -1 / (double(space.size()) + 4)));
  }

  double at(const Point &point) const {
    double sum = 1;
    for (const Point *centre : centres) {
      double product = 1;
      for (size_t d = 0; d < point.size(); ++d)
        product *= space.choices(d) ? ofChoice(d, point[d], (*centre)[d]) : ofNumber(point[d], (*centre)[d]);
      sum += product;
    }
    return sum / double(centres.size() + 1);
  }

  Point draw(Draws &draws) const {
    auto which = size_t(draws.uniform() * double(centres.size() + 1));
    Point point(space.size());
    for (size_t d = 0; d < point.size(); ++d) {
      bool isEven = which >= centres.size() || (space.choices(d) && draws.uniform() < 0.5);
      point[d] = isEven ? draws.uniform() : space.choices(d) ? (*centres[which])[d]
                                                             : near((*centres[which])[d], draws);
    }
    return point;
  }

private:
  double ofNumber(double u, double centre) const {
    double z = (u - centre) / width;
    double inside = normalBelow((1 - centre) / width) - normalBelow(-centre / width);
    return std::exp(-0.5 * z * z) / (width * std::sqrt(2 * M_PI) * inside);
  }
  double ofChoice(size_t d, double u, double centre) const { // as a density over the edge, of which each choice has an equal part
    auto choices = double(space.choices(d));
    return 0.5 + (std::floor(u * choices) == std::floor(centre * choices) ? 0.5 * choices : 0);
  }
  double near(double centre, Draws &draws) const {
    for (int i = 0; i < 100; ++i)
      if (double u = centre + width * draws.normal(); u >= 0 && u < 1)
        return u;
    return centre;
  }

  const Space &space;
  std::vector<const Point *> centres;
  double width;
};

/// Trials with scores, the best first: those that went further before others, as early scores say less.
std::vector<const Seen *> ranked(const std::vector<Seen> &trials) {
  std::vector<const Seen *> order;
  for (const Seen &trial : trials)
    if (trial.epochs > 0)
      order.push_back(&trial);
  auto key = [](const Seen *trial) { return std::tuple(!std::isfinite(trial->score), -trial->epochs, trial->score, trial); }; // at last by their numbers
  std::sort(order.begin(), order.end(), [&](const Seen *a, const Seen *b) { return key(a) < key(b); });
  return order;
}

} // namespace

Point mostPromising(const Space &space, const std::vector<Seen> &trials, Draws draws) {
  std::vector<const Seen *> order = ranked(trials);
  auto good = std::ptrdiff_t(std::ceil(goodShare * double(order.size())));
  std::vector<const Point *> best, others;
  for (const Seen *trial : order)
    (std::ssize(best) < good ? best : others).push_back(&trial->point);
  // Where a trial is under way, another one is not needed: it counts as one of the others.
  for (const Seen &trial : trials)
    if (trial.epochs == 0)
      others.push_back(&trial.point);
  Density ofBest(space, best), ofOthers(space, others);
  auto isKnown = [&](const std::vector<double> &values) {
    return std::any_of(trials.begin(), trials.end(), [&](const Seen &trial) { return space.values(trial.point) == values; });
  };
  Point chosen;
  std::pair<bool, double> most;
  for (int i = 0; i < candidates; ++i) {
    Point point = ofBest.draw(draws);
    std::pair<bool, double> worth{!isKnown(space.values(point)), std::log(ofBest.at(point)) - std::log(ofOthers.at(point))};
    if (chosen.empty() || worth > most)
      chosen = point, most = worth;
  }
  return chosen;
}

} // namespace tl::tune
