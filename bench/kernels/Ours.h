// TL's kernels for a problem: the passes and the object file of `tlc build`, loaded into this process.
#pragma once
#include "bench/kernels/Problem.h"
#include <memory>

namespace tl::bench {
std::unique_ptr<Solver> ours(const Problem &problem, const std::vector<float> &left, const std::vector<float> &right);
/// LLVM's names of what the code uses of this machine.
std::vector<std::string> featuresUsed();
} // namespace tl::bench
