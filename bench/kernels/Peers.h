// Libraries that solve the same problems on one thread. Null: the library has no such thing, or is not here.
#pragma once
#include "bench/kernels/Problem.h"
#include <memory>

namespace tl::bench {
std::unique_ptr<Solver> eigen(const Problem &problem, const std::vector<float> &left, const std::vector<float> &right);
std::unique_ptr<Solver> openBlas(const Problem &problem, const std::vector<float> &left, const std::vector<float> &right);
std::unique_ptr<Solver> oneDnn(const Problem &problem, const std::vector<float> &left, const std::vector<float> &right);
} // namespace tl::bench
