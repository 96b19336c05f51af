// How much of what trials came to each setting explains.
#include "runtime/tune/Importance.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace tl::tune {

/// From 0; equal ones have the mean of their places.
static std::vector<double> ranksOf(const std::vector<double> &scores) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return std::pair(scores[a], a) < std::pair(scores[b], b); });
  std::vector<double> ranks(scores.size());
  for (size_t i = 0, end; i < order.size(); i = end) {
    for (end = i; end < order.size() && scores[order[end]] == scores[order[i]]; ++end) {
    }
    for (size_t j = i; j < end; ++j)
      ranks[order[j]] = double(i + end - 1) / 2;
  }
  return ranks;
}

/// A group for each value, or up to five of neighbours.
static std::vector<std::vector<size_t>> groupsOf(const std::vector<double> &values, bool areChoices) {
  if (areChoices) {
    std::map<double, std::vector<size_t>> byValue;
    for (size_t i = 0; i < values.size(); ++i)
      byValue[values[i]].push_back(i);
    std::vector<std::vector<size_t>> groups;
    for (auto &[value, members] : byValue)
      groups.push_back(std::move(members));
    return groups;
  }
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return std::pair(values[a], a) < std::pair(values[b], b); });
  size_t count = std::clamp<size_t>(values.size() / 4, 2, 5);
  std::vector<std::vector<size_t>> groups(count);
  for (size_t i = 0; i < order.size(); ++i)
    groups[i * count / order.size()].push_back(order[i]);
  return groups;
}

std::vector<double> importance(const std::vector<std::vector<double>> &values, const std::vector<int64_t> &choices, const std::vector<double> &scores) {
  std::vector<double> ranks = ranksOf(scores), shares;
  auto n = double(ranks.size()), mean = (n - 1) / 2, all = 0.0;
  for (double rank : ranks)
    all += (rank - mean) * (rank - mean);
  for (size_t setting = 0; setting < choices.size(); ++setting) {
    std::vector<double> own;
    for (const std::vector<double> &trial : values)
      own.push_back(trial[setting]);
    std::vector<std::vector<size_t>> groups = groupsOf(own, choices[setting] > 0);
    double within = 0;
    for (const std::vector<size_t> &group : groups) {
      double middle = 0;
      for (size_t trial : group)
        middle += ranks[trial] / double(group.size());
      for (size_t trial : group)
        within += (ranks[trial] - middle) * (ranks[trial] - middle);
    }
    double free = n - double(groups.size());
    shares.push_back(free <= 0 || all <= 0 ? 0 : std::clamp(1 - within / free / (all / (n - 1)), 0.0, 1.0));
  }
  return shares;
}

} // namespace tl::tune
