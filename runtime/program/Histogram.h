// How the numbers of a weight are spread.
#pragma once
#include "runtime/memory/Arena.h"

#include <optional>
#include <vector>

namespace tl::program {

struct Histogram {
  double low, high, sum, squares; // squares: the sum of them
  int64_t count;
  std::vector<int64_t> buckets; // of equal width, from `low` to `high`; one where these are the same
};

/// Of all elements, in their order; none where one is not finite, or there is none.
std::optional<Histogram> histogramOf(const memory::Arena &variables, const abi::Variable &variable);

} // namespace tl::program
