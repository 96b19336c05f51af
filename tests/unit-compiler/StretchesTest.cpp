// Where things lie that are needed for a while: apart where they are needed at once, and close together.
#include "compiler/fusion/Stretches.h"
#include <gtest/gtest.h>
#include <algorithm>
#include <random>
#include <vector>

namespace tl {

/// As of a training step: what the forward pass keeps is read in the opposite order, and everything has neighbours that are gone soon.
static std::vector<Stretch> step(std::mt19937 &random) {
  auto draw = [&](int64_t from, int64_t to) { return from + int64_t(random() % uint64_t(to - from + 1)); };
  const int64_t layers = draw(8, 40);
  std::vector<Stretch> stretches;
  for (int64_t i = 0; i < 2 * layers; ++i) {
    if (i < layers)
      stretches.push_back({i, 2 * layers - i, 64 * draw(1, 100)});
    for (int64_t j = draw(0, 3); j > 0; --j)
      stretches.push_back({i, i + draw(0, 4), 64 * draw(1, 100)});
  }
  return stretches;
}

static bool share(const Stretch &a, const Stretch &b) {
  return a.from <= b.until && b.from <= a.until && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

TEST(Stretches, areApartWhereTheyAreTakenAtOnce) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<Stretch> stretches = step(random);
    int64_t bytes = placeStretches(stretches);
    EXPECT_GE(bytes, mostAtOnce(stretches));
    for (size_t i = 0; i < stretches.size(); ++i) {
      ASSERT_LE(stretches[i].offset + stretches[i].bytes, bytes);
      for (size_t j = 0; j < i; ++j)
        ASSERT_FALSE(share(stretches[i], stretches[j])) << "trial " << trial;
    }
  }
}

TEST(Stretches, ofAStepTakeATwentiethMoreThanWhatIsTakenAtOnceAtMost) {
  std::mt19937 random(2);
  constexpr int trials = 200;
  int close = 0;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<Stretch> stretches = step(random);
    int64_t bytes = placeStretches(stretches);
    close += double(bytes) <= 1.05 * double(mostAtOnce(stretches));
    EXPECT_LE(double(bytes), 1.15 * double(mostAtOnce(stretches))) << "trial " << trial;
  }
  EXPECT_GE(close, trials * 49 / 50); // In the order of time alone, one of six is.
}

TEST(Stretches, takeAtOnceWhatTheirTimesShare) {
  std::vector<Stretch> stretches = {{0, 2, 10}, {1, 1, 5}, {2, 3, 7}, {3, 4, 20}};
  EXPECT_EQ(mostAtOnce(stretches), 27);
}

} // namespace tl
