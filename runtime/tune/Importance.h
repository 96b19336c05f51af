// How much of what trials came to each setting explains.
#pragma once
#include <cstdint>
#include <vector>

namespace tl::tune {

/// Of the variance of the scores' ranks, the share that lies between groups of trials with near values of one setting: ε² = 1 - (within / (n - groups)) / (all / (n - 1)), from 0 to
/// 1. Groups are the choices of a setting, or up to five of equally many trials. Ranks, as scores of trials that went wrong have no scale; what settings do
/// together alone is not seen. `values`: by trial, then setting; `choices`: of each setting, 0 between bounds.
std::vector<double> importance(const std::vector<std::vector<double>> &values, const std::vector<int64_t> &choices, const std::vector<double> &scores);

} // namespace tl::tune
