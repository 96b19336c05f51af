// The tree-structured Parzen estimator, of all settings together.
#include "runtime/tune/Parzen.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace tl::tune {

namespace {

// Where these are from: docs/rationale.md, "Why good trials of a search weigh by their rank".
constexpr double goodShare = 0.15; // γ of the paper
constexpr int candidates = 24;
constexpr double widest = 0.5, leastForAnEdge = 0.1; // of kernels

double normalBelow(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

struct Centre {
  const Point *point;
  double weight;
};

/// p(x) = (1 + Σ_i w_i Π_d k_i,d(x_d)) / (1 + Σ_i w_i): a kernel around each of n points and one that is even all over the cube. Between bounds a kernel is a
/// normal distribution cut off at the edges; of choices it is half the point's own and half all alike.
class Density {
public:
  Density(const Space &space, std::vector<Centre> centres) : space(space), centres(std::move(centres)) {
    for (size_t edge = 0; edge < space.size(); ++edge)
      widths.push_back(widthsAlong(edge));
    for (const Centre &centre : this->centres)
      total += centre.weight;
  }

  double at(const Point &point) const {
    double sum = 1;
    for (size_t i = 0; i < centres.size(); ++i) {
      double product = centres[i].weight;
      for (size_t d = 0; d < point.size(); ++d)
        product *= space.choices(d) ? ofChoice(d, point[d], (*centres[i].point)[d]) : ofNumber(point[d], (*centres[i].point)[d], widths[d][i]);
      sum += product;
    }
    return sum / total;
  }

  /// Each of its numbers is near one of the points, and not all need be near the same.
  Point draw(Draws &draws) const {
    Point point(space.size());
    for (size_t d = 0; d < point.size(); ++d) {
      size_t i = drawCentre(draws);
      bool isEven = i == centres.size() || (space.choices(d) && draws.uniform() < 0.5);
      point[d] = isEven ? draws.uniform() : space.choices(d) ? (*centres[i].point)[d]
                                                             : near((*centres[i].point)[d], widths[d][i], draws);
    }
    return point;
  }

private:
  /// Of each point as far as the farther of its neighbours, so that kernels are narrow where points are dense. The outermost look inwards only: else one
  /// point at an edge would draw many to the other. The fewer points there are for a cube's edges, the less narrow a kernel may be.
  std::vector<double> widthsAlong(size_t edge) const {
    auto place = [&](size_t i) { return (*centres[i].point)[edge]; };
    std::vector<size_t> order(centres.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return std::pair(place(a), a) < std::pair(place(b), b); });
    double least = leastForAnEdge * double(space.size()) / std::min(100.0, double(centres.size()) + 2);
    std::vector<double> along(centres.size());
    for (size_t i = 0; i < order.size(); ++i) {
      bool isFirst = i == 0, isLast = i + 1 == order.size();
      double here = place(order[i]), below = here - (isFirst ? 0 : place(order[i - 1])), above = (isLast ? 1 : place(order[i + 1])) - here;
      double gap = isFirst == isLast ? std::max(below, above) : isFirst ? above
                                                                        : below;
      along[order[i]] = std::min(widest, std::max(least, gap));
    }
    return along;
  }

  size_t drawCentre(Draws &draws) const { // centres.size(): the even one
    double left = draws.uniform() * total;
    size_t i = 0;
    while (i < centres.size() && left >= centres[i].weight)
      left -= centres[i++].weight;
    return i;
  }
  static double ofNumber(double u, double centre, double width) {
    double z = (u - centre) / width;
    double inside = normalBelow((1 - centre) / width) - normalBelow(-centre / width);
    return std::exp(-0.5 * z * z) / (width * std::sqrt(2 * M_PI) * inside);
  }
  double ofChoice(size_t d, double u, double centre) const { // as a density over the edge, of which each choice has an equal part
    auto choices = double(space.choices(d));
    return 0.5 + (std::floor(u * choices) == std::floor(centre * choices) ? 0.5 * choices : 0);
  }
  static double near(double centre, double width, Draws &draws) {
    for (int i = 0; i < 100; ++i)
      if (double u = centre + width * draws.normal(); u >= 0 && u < 1)
        return u;
    return centre;
  }

  const Space &space;
  std::vector<Centre> centres;
  std::vector<std::vector<double>> widths; // by edge, then by centre
  double total = 1;                        // of weights, that of the even kernel among them
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

/// The first weighs most; together they weigh as many as they are.
std::vector<Centre> weightedByRank(std::vector<Centre> best) {
  auto n = double(best.size());
  double total = 0;
  for (size_t i = 0; i < best.size(); ++i)
    total += best[i].weight = std::pow(1 - double(i) / n, 2);
  for (Centre &centre : best)
    centre.weight *= n / total;
  return best;
}

} // namespace

Point mostPromising(const Space &space, const std::vector<Seen> &trials, Draws draws) {
  std::vector<const Seen *> order = ranked(trials);
  auto good = std::ptrdiff_t(std::ceil(goodShare * double(order.size())));
  std::vector<Centre> best, others;
  for (const Seen *trial : order)
    (std::ssize(best) < good ? best : others).push_back({&trial->point, 1});
  // Where a trial is under way, another one is not needed: it counts as one of the others.
  std::set<std::vector<double>> known;
  for (const Seen &trial : trials) {
    if (trial.epochs == 0)
      others.push_back({&trial.point, 1});
    known.insert(space.values(trial.point));
  }
  Density ofBest(space, weightedByRank(std::move(best))), ofOthers(space, std::move(others));
  Point chosen;
  std::pair<bool, double> most;
  for (int i = 0; i < candidates; ++i) {
    Point point = ofBest.draw(draws);
    std::pair<bool, double> worth{!known.contains(space.values(point)), std::log(ofBest.at(point)) - std::log(ofOthers.at(point))};
    if (chosen.empty() || worth > most)
      chosen = point, most = worth;
  }
  return chosen;
}

} // namespace tl::tune
