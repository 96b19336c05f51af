// The tree-structured Parzen estimator: Bergstra, Bardenet, Bengio, Kégl, Algorithms for hyper-parameter optimization, 2011.
#pragma once
#include "runtime/tune/Draws.h"
#include "runtime/tune/Proposals.h"

namespace tl::tune {

/// Of points that mix what the best trials have the one that is most typical of them, and least of the others. At least two trials have scores.
Point mostPromising(const Space &space, const std::vector<Seen> &trials, Draws draws);

} // namespace tl::tune
