// Random order: a function of a seed, a stream, an epoch and what it is for.
#pragma once
#include "runtime/data/Philox.h"
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace tl::data {

/// Numbers drawn for one purpose. Draw i has the counter (i, epoch, stream, purpose); its purpose is four letters that no other draw with this seed uses.
struct Draws {
  uint64_t seed = 0;
  uint32_t stream = 0;
  int64_t epoch = 0;
  uint32_t purpose = 0;

  /// 64 bits.
  uint64_t bits(uint64_t i) const {
    auto words = philox({uint32_t(i), uint32_t(epoch), stream, purpose}, {uint32_t(seed), uint32_t(seed >> 32)});
    return uint64_t{words[1]} << 32 | words[0];
  }
  /// In [0, below); bias below 2^-32.
  uint64_t at(uint64_t i, uint64_t below) const { return uint64_t((static_cast<unsigned __int128>(bits(i)) * below) >> 64); }
};

constexpr uint32_t shufflePurpose = 0x73687566; // "shuf"

/// Fisher–Yates: from the last item to the second, each changes places with one of those up to it; that of place i takes draw `first` + i.
template <class Item> void shuffle(std::span<Item> items, const Draws &draws, int64_t first = 0) {
  if (items.empty())
    return;
  std::array<uint64_t, 16> others; // of the next swaps, asked for ahead: millions of records lie in memory, not in a cache
  for (uint64_t i = items.size() - 1; i > 0;) {
    const uint64_t count = std::min<uint64_t>(i, others.size());
    for (uint64_t k = 0; k < count; ++k)
      __builtin_prefetch(&items[others[k] = draws.at(uint64_t(first) + i - k, i - k + 1)], 1);
    for (uint64_t k = 0; k < count; ++k, --i)
      std::swap(items[i], items[others[k]]);
  }
}

} // namespace tl::data
