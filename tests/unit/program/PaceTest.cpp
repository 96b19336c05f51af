// How long a phase still takes, as it is shown while it runs.
#include "runtime/program/Progress.h"

#include <gtest/gtest.h>

namespace tl::program {

// Epoch 1 of 5, of 10 steps each.
static ProgressPoint firstEpoch(int64_t step) {
  ProgressPoint point;
  point.epoch = 1, point.epochs = 5, point.step = step, point.steps = 50, point.epochEnd = 10;
  return point;
}

TEST(Pace, isThatOfTheEpochWhereNothingIsKept) { EXPECT_DOUBLE_EQ(secondsLeft(firstEpoch(4), 0, 8), 46 * 2); }

TEST(Pace, ofLaterEpochsLacksWhatTheyFindKept) {
  ProgressPoint point = firstEpoch(4);
  point.featureSeconds = 6; // of 8: the rest of a step takes half a second
  EXPECT_DOUBLE_EQ(secondsLeft(point, 0, 8), 6 * 2 + 40 * 0.5);
}

TEST(Pace, countsTheEvaluationsToCome) {
  ProgressPoint point = firstEpoch(4);
  point.isEvaluated = true;
  EXPECT_DOUBLE_EQ(secondsLeft(point, 0, 8), 92); // how long one takes is not known before the first
  point.evaluationSeconds = 3;
  EXPECT_DOUBLE_EQ(secondsLeft(point, 0, 8), 92 + 5 * 3);
}

TEST(Pace, beginsAnewWithEachEpoch) {
  ProgressPoint point = firstEpoch(24);
  point.epoch = 3, point.epochEnd = 30, point.isEvaluated = true, point.evaluationSeconds = 1;
  EXPECT_DOUBLE_EQ(secondsLeft(point, 20, 2), 26 * 0.5 + 3 * 1);
}

} // namespace tl::program
