// Orders of an epoch by a number that each record has.
#include "runtime/data/ByValue.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace tl::test {
using namespace data;

/// Records 100, 101, …; every value several times.
static RecordValues valuesOf(int64_t count, int64_t different) {
  RecordValues of{"`size`", RecordList::range(100, count), {}};
  for (int64_t i = 0; i < count; ++i)
    of.values.push_back(float(i * 7919 % different));
  return of;
}

static std::vector<int64_t> sorted(std::vector<int64_t> order) {
  std::sort(order.begin(), order.end());
  return order;
}

TEST(ByValue, alikeRecordsShareBatchesAndEachIsOnceInAnEpoch) {
  for (int64_t count : {1, 3, 8, 15, 16, 17, 79, 1000, 5003}) {
    constexpr int64_t batch = 8;
    RecordValues of = valuesOf(count, 97);
    Alike alike(of, batch);
    std::vector<int64_t> first = alike.order(5, 2, 0);
    EXPECT_EQ(sorted(first), of.records.numbers());
    EXPECT_EQ(alike.order(5, 2, 0), first);
    if (count < 17)
      continue;
    EXPECT_NE(alike.order(5, 2, 1), first);
    EXPECT_NE(alike.order(6, 2, 0), first);
    EXPECT_NE(alike.order(5, 3, 0), first);
    double within = 0;
    for (int64_t start = 0; start + batch <= count; start += batch) {
      auto value = [&](int64_t i) { return of.values[size_t(first[size_t(start + i)] - 100)]; };
      for (int64_t i = 1; i < batch; ++i)
        EXPECT_LE(value(i - 1), value(i));
      within += value(batch - 1) - value(0);
    }
    EXPECT_LT(within / double(count / batch), 97. / (count < 79 ? 1.5 : 2)); // of random ones it is 97 · 7/9
  }
}

TEST(ByValue, batchesOfAlikeRecordsComeInRandomOrder) {
  RecordValues of = valuesOf(4000, 3989);
  std::vector<int64_t> order = Alike(of, 8).order(1, 1, 1);
  int64_t rises = 0;
  for (size_t at = 8; at < order.size(); at += 8)
    rises += of.values[size_t(order[at] - 100)] > of.values[size_t(order[at - 8] - 100)];
  EXPECT_NEAR(double(rises), 250, 40);
}

TEST(ByValue, inOneEpochEachRecordComesOnceAndTheLeastFirst) {
  for (int64_t count : {1, 2, 61, 1000}) {
    RecordValues of = valuesOf(count, 1009);
    std::vector<float> least = of.values;
    std::sort(least.begin(), least.end());
    Rising rising(of, 0.2, 1);
    std::vector<int64_t> order = rising.order(5, 2, 0);
    EXPECT_EQ(sorted(order), of.records.numbers());
    for (int64_t place = 0; place < count; ++place) {
      auto open = size_t(std::min<double>(double(count), std::ceil(double(count) * (0.2 + 0.8 * double(place) / double(count)) + 1e-6)));
      EXPECT_LE(of.values[size_t(order[size_t(place)] - 100)], least[open - 1]) << place;
    }
  }
}

TEST(ByValue, epochsGoOnWithWhatThoseBeforeHaveOpened) {
  RecordValues of = valuesOf(1000, 1009);
  Rising rising(of, 0.1, 4);
  std::vector<float> greatest;
  for (int64_t epoch = 0; epoch < 6; ++epoch) {
    std::vector<int64_t> order = rising.order(5, 2, epoch), again;
    greatest.push_back(0);
    std::vector<int64_t> times(1000);
    for (int64_t record : order) {
      greatest.back() = std::max(greatest.back(), of.values[size_t(record - 100)]);
      ++times[size_t(record - 100)];
    }
    EXPECT_EQ(order.size(), 1000u);
    if (epoch >= 4) // all are open
      EXPECT_EQ(sorted(order), of.records.numbers());
    EXPECT_LE(*std::max_element(times.begin(), times.end()), epoch == 0 ? 7 : 3);
  }
  EXPECT_LT(greatest[0], 0.34 * 1009);
  EXPECT_LT(greatest[1], 0.57 * 1009);
  EXPECT_GT(greatest[1], 0.5 * 1009);
  EXPECT_GT(greatest[3], 0.95 * 1009);
}

} // namespace tl::test
