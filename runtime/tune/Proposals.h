// Which settings a trial has: a function of the seed, the trial's number and what is known of those before it.
#pragma once
#include "runtime/tune/Space.h"

namespace tl::tune {

/// What is known of a trial. A score is what is made small: +inf where training diverged.
struct Seen {
  Point point;
  int64_t epochs = 0; // that the score was measured after; 0: it has none yet
  double score = 0;
};

/// Where trial number `trials.size()` is. `trials` are all before it, in their order.
Point propose(const Space &space, const abi::Search &search, uint64_t seed, const std::vector<Seen> &trials);

} // namespace tl::tune
