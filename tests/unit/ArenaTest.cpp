// What compiled code works on is zero, aligned and apart, and a tensor is found by what the descriptor says of it.
#include "runtime/memory/Arena.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/io/Error.h"
#include <gtest/gtest.h>

namespace tl::test {
using namespace memory;

TEST(Arena, arenasAreZeroAlignedAndApart) {
  const std::vector<int64_t> sizes = {100, 0, 5000, 64};
  Arenas arenas(sizes);
  for (size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(arenas[i].begin()) % 64, 0u);
    for (int64_t at = 0; at < sizes[i]; ++at)
      ASSERT_EQ(arenas[i].begin()[at], 0);
    if (i + 1 < sizes.size())
      EXPECT_GE(arenas[i + 1].begin(), arenas[i].begin() + sizes[i]);
  }
  EXPECT_GE(Arenas::bytes(sizes), 100 + 5000 + 64);
}

TEST(Arena, aTensorIsFoundByItsDescription) {
  Arenas arenas({256, 256});
  Arena one = arenas[0], other = arenas[1];
  abi::Port a{"a", "bf16", {2, 3}, 64}, b{"b", "bf16", {6}, 128};
  for (int i = 0; i < 6; ++i)
    one.put(a, i, i + 0.5);
  EXPECT_EQ(numberAt(DType::BF16, one.begin() + 64, 4), 4.5);
  other.copy(b, one, a);
  EXPECT_EQ(other.number(b, 5), 5.5);
  EXPECT_EQ(bytesOf(b), 12);
  EXPECT_EQ(other.number(abi::Port{"c", "bf16", {}, 140}, 0), 0); // nothing behind it was touched
  EXPECT_EQ(other.behind(64).number(abi::Port{"b", "bf16", {6}, 64}, 5), 5.5);
  EXPECT_EQ(Arena::behind(64, b).offset, 192);
  EXPECT_THROW(other.number(abi::Port{"d", "f7", {}, 0}, 0), Error);
}

} // namespace tl::test
