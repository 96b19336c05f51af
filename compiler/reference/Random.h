// Philox4x32-10 as published (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011).
#pragma once
#include <array>
#include <cstdint>

namespace tl::reference {

using Block = std::array<uint32_t, 4>;

/// Four random words: ten rounds of multiplying two of the words, swapping halves and mixing in the key, which grows by
/// a Weyl sequence.
inline Block randomBlock(Block x, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t product0 = 0xD2511F53ull * x[0], product1 = 0xCD9E8D57ull * x[2];
    uint32_t high0 = uint32_t(product0 >> 32), low0 = uint32_t(product0);
    uint32_t high1 = uint32_t(product1 >> 32), low1 = uint32_t(product1);
    x = {high1 ^ x[1] ^ key[0], low1, high0 ^ x[3] ^ key[1], low0};
    key = {key[0] + 0x9E3779B9u, key[1] + 0xBB67AE85u};
  }
  return x;
}

/// The key that a seed is.
inline std::array<uint32_t, 2> keyOf(uint64_t seed) { return {uint32_t(seed), uint32_t(seed >> 32)}; }

}  // namespace tl::reference
