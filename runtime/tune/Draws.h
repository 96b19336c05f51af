// Random numbers of a trial: a sequence for each seed, trial and purpose.
#pragma once
#include "runtime/data/Philox.h"

#include <cmath>

namespace tl::tune {

class Draws {
public:
  Draws(uint64_t seed, int64_t trial, uint32_t purpose) : key{uint32_t(seed), uint32_t(seed >> 32)}, trial(uint32_t(trial)), purpose(purpose) {}

  /// From 0 to below 1.
  double uniform() {
    auto words = data::philox({next++, trial, 0x74756E65 /* "tune" */, purpose}, key);
    return double((uint64_t(words[0]) << 32 | words[1]) >> 11) * 0x1p-53;
  }
  double normal() { // Box and Muller
    double radius = std::sqrt(-2 * std::log(1 - uniform())), turn = 2 * M_PI * uniform();
    return radius * std::cos(turn);
  }

private:
  std::array<uint32_t, 2> key;
  uint32_t trial, purpose, next = 0;
};

} // namespace tl::tune
