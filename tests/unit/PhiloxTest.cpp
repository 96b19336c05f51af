// Our Philox against Random123, the reference implementation of its authors.
#include "runtime/data/Philox.h"
#include <Random123/philox.h>
#include <gtest/gtest.h>

using tl::data::philox;

static_assert(philox({0, 0, 0, 0}, {0, 0}) == std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});

TEST(Philox, equalsRandom123) {
  uint32_t word = 1;
  auto draw = [&] { return word = word * 1664525 + 1013904223; };
  for (int i = 0; i < 10000; ++i) {
    std::array<uint32_t, 4> counter = {draw(), draw(), draw(), draw()};
    std::array<uint32_t, 2> key = {draw(), draw()};
    if (i == 0) {
      counter.fill(~0u);
      key.fill(~0u);
    }
    philox4x32_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
    philox4x32_key_t k = {{key[0], key[1]}};
    philox4x32_ctr_t expected = philox4x32(c, k);
    auto got = philox(counter, key);
    for (int lane = 0; lane < 4; ++lane)
      ASSERT_EQ(got[size_t(lane)], expected.v[lane]);
  }
}
