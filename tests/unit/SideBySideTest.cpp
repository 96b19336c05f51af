// Work on several threads is done once each, and fails as it would on one.
#include "runtime/io/SideBySide.h"
#include "tests/unit/Temporary.h"
#include <atomic>
#include <vector>

namespace tl::test {

TEST(SideBySide, everyNumberIsTakenOnce) {
  for (int threads : {0, 1, 2, 7})
    for (int64_t count : {0, 1, 5, 1000}) {
      std::vector<std::atomic<int>> taken(static_cast<size_t>(count));
      std::atomic<int> last = 0;
      io::sideBySide(count, threads, [&](int64_t i, int thread) {
        ++taken[size_t(i)];
        last = std::max<int>(last, thread);
      });
      for (std::atomic<int> &times : taken)
        EXPECT_EQ(times, 1);
      EXPECT_LT(last, std::max(threads, 1));
    }
}

TEST(SideBySide, theFirstFailureIsTheOneThatIsTold) {
  for (int threads : {1, 2, 7})
    for (int round = 0; round < 50; ++round)
      EXPECT_EQ(messageOf([&] {
                  io::sideBySide(200, threads, [](int64_t i, int) {
                    if (i >= 20)
                      throw badData("at " + std::to_string(i));
                  });
                }),
                "at 20");
}

} // namespace tl::test
