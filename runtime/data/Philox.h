// Philox4x32-10, the counter-based generator behind every random number of a program: a pure function of
// (counter, key), so no order of evaluation, thread count or resume can change what is drawn.
#pragma once
#include <array>
#include <cstdint>

namespace tl::data {

/// Ten rounds: counter [4] · key [2] → four independent uniform 32-bit words.
constexpr std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t a = uint64_t{0xD2511F53} * counter[0];
    uint64_t b = uint64_t{0xCD9E8D57} * counter[2];
    counter = {uint32_t(b >> 32) ^ counter[1] ^ key[0], uint32_t(b), uint32_t(a >> 32) ^ counter[3] ^ key[1],
               uint32_t(a)};
    key[0] += 0x9E3779B9; // the golden ratio and sqrt(3) - 1, as fractions of 2^32
    key[1] += 0xBB67AE85;
  }
  return counter;
}

} // namespace tl::data
