// Teams of threads, TensorBoard records, suggestions.
#include "runtime/program/CommandLine.h"
#include "runtime/program/Team.h"
#include "runtime/program/TensorBoard.h"

#include <gtest/gtest.h>

namespace {

// Each round, every thread adds its number to its own slot, and after the barrier reads its neighbour's.
void relay(char *variables, char *, const char *, char *output, const double *, const uint32_t *, int32_t *, int64_t thread,
           int64_t threads, TlTeam *team) {
  int64_t *slots = reinterpret_cast<int64_t *>(variables), *bad = reinterpret_cast<int64_t *>(output);
  for (int64_t round = 1; round <= 50; ++round) {
    slots[thread * 8] = round;
    tlBarrier(team);
    if (slots[(thread + 1) % threads * 8] != round)
      bad[thread * 8] = 1;
    tlBarrier(team);
  }
}

TEST(Team, BarriersHoldForAnyNumberOfThreads) {
  for (int threads : {1, 2, 3, 8}) {
    TlTeam team(threads);
    alignas(64) int64_t slots[64] = {}, bad[64] = {};
    tl::program::CallArguments arguments;
    arguments.variables = reinterpret_cast<char *>(slots);
    arguments.output = reinterpret_cast<char *>(bad);
    for (int call = 0; call < 20; ++call)
      team.run(relay, true, arguments);
    for (int64_t value : bad)
      EXPECT_EQ(value, 0) << threads;
    EXPECT_EQ(slots[(threads - 1) * 8], 50);
  }
}

TEST(TensorBoard, RecordsCarryTheKnownChecksum) {
  // CRC-32C of "123456789" is 0xe3069283; masked: rotated right by 15, plus 0xa282ead8.
  uint32_t crc = 0xe3069283u;
  EXPECT_EQ(tl::program::maskedCrc("123456789"), ((crc >> 15) | (crc << 17)) + 0xa282ead8u);
  std::string header = tl::program::tensorBoardHeader(1.5);
  EXPECT_NE(header.find("brain.Event:2"), std::string::npos);
  EXPECT_EQ(header.size(), 8u + 4u + uint8_t(header[0]) + 4u);
}

TEST(CommandLine, SuggestsOnlyWhatIsNear) {
  EXPECT_EQ(tl::program::suggest("sede", {"seed", "out"}), "seed");
  EXPECT_EQ(tl::program::suggest("xylophone", {"seed", "out"}), std::nullopt);
}

}  // namespace
