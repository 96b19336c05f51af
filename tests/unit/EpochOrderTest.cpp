// The records of a split, and the orders of an epoch: each record once, however many are held.
#include "runtime/data/EpochOrder.h"
#include "runtime/data/Loader.h"
#include "runtime/data/Formats.h"
#include "runtime/data/Split.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <malloc.h>
#include <random>
#include <set>

namespace tl::test {
using namespace data;

TEST(RecordList, hasThePlacesAndMembersOfAVector) {
  std::mt19937 draw(7);
  for (unsigned gap : {1, 2, 3, 70, 3000})
    for (int count : {0, 1, 2, 63, 64, 65, 513, 4000}) {
      std::vector<int64_t> all;
      for (int64_t i = 0, record = draw() % gap; i < count; ++i, record += 1 + draw() % gap)
        all.push_back(record);
      RecordList list(all);
      ASSERT_EQ(list.numbers(), all);
      for (size_t place = 0; place < all.size(); ++place)
        ASSERT_EQ(list[place], all[place]);
      std::set<int64_t> members(all.begin(), all.end());
      for (int64_t record = -1; record < (all.empty() ? 70 : all.back() + 70); ++record)
        ASSERT_EQ(list.contains(record), members.count(record) == 1) << record;
    }
}

TEST(RecordList, aRangeIsOneHoweverItIsMade) {
  RecordList range = RecordList::range(3, 5, 4);
  EXPECT_EQ(range.numbers(), (std::vector<int64_t>{3, 7, 11, 15, 19}));
  EXPECT_EQ(range, (RecordList{3, 7, 11, 15, 19}));
  EXPECT_NE(range, (RecordList{3, 7, 11, 15, 20}));
  EXPECT_TRUE(range.contains(11));
  for (int64_t other : {2, 4, 23, -1})
    EXPECT_FALSE(range.contains(other));
  EXPECT_EQ(range.keep([](int64_t record) { return record > 10; }).numbers(), (std::vector<int64_t>{11, 15, 19}));
  EXPECT_EQ(RecordList::of(9, [](int64_t record) { return record % 3 == 1; }).numbers(), (std::vector<int64_t>{1, 4, 7}));
}

/// All records of an epoch, group after group.
static std::vector<int64_t> ordered(EpochOrder &order, int64_t epoch) {
  std::vector<int64_t> all;
  order.arrange(epoch);
  for (EpochOrder::Group group; std::ssize(all) < order.size();) {
    order.take(std::ssize(all), group);
    EXPECT_EQ(group.first, std::ssize(all));
    all.resize(all.size() + group.records.size(), -1);
    for (size_t i = 0; i < group.records.size(); ++i)
      all[size_t(group.first) + group.rows[i]] = group.records[i];
  }
  return all;
}

TEST(EpochOrder, mixedBlocksHaveEachRecordOnceAndEachPlaceItsGroup) {
  for (int64_t records : {1, 2, 7, 8, 9, 127, 128, 129, 1000, 1021}) {
    RecordList list = RecordList::range(5, records, 3);
    EpochOrder order(list, {.shuffle = true, .seed = 4, .stream = 1, .inBlock = 8});
    std::set<std::vector<int64_t>> orders;
    for (int64_t epoch = 0; epoch < 4; ++epoch) {
      std::vector<int64_t> all = ordered(order, epoch);
      orders.insert(all);
      EpochOrder::Group group;
      for (int64_t place = 0; place < records; ++place) { // as who goes on somewhere
        order.take(place, group);
        ASSERT_TRUE(group.has(epoch, place)) << records << " " << place;
        auto row = std::find(group.rows.begin(), group.rows.end(), place - group.first) - group.rows.begin();
        ASSERT_EQ(group.records[size_t(row)], all[size_t(place)]);
      }
      std::sort(all.begin(), all.end());
      ASSERT_EQ(all, list.numbers());
    }
    if (records > 7) {
      EXPECT_EQ(orders.size(), 4u) << records;
    }
  }
}

/// Each in its own way: of two groups in a row no place has the record of the same place in its blocks more often than it happens.
TEST(EpochOrder, groupsAreMixedInWaysOfTheirOwn) {
  EpochOrder order(RecordList::range(0, 4 * 8 * 64), {.shuffle = true, .seed = 1, .inBlock = 64});
  order.arrange(0);
  EpochOrder::Group one, two;
  order.take(0, one);
  order.take(8 * 64, two);
  int alike = 0;
  for (size_t i = 0; i < one.rows.size(); ++i)
    alike += one.rows[i] == two.rows[i];
  EXPECT_LT(alike, 10);
}

/// What grows with the number of pairs is a number for each block.
TEST(EpochOrder, memoryDoesNotGrowWithTheNumberOfPairs) {
  constexpr int64_t many = 200'000'000;
  auto held = [] {
    auto info = mallinfo2();
    return int64_t(info.uordblks + info.hblkhd);
  };
  abi::Source source{"train", "text", {"t"}, {{"pairs", "10"}}, many, "", "", 1};
  const int64_t before = held(), inBlock = recordsInBlock(source);
  EpochOrder::Way way{.shuffle = true, .inBlock = inBlock};
  EpochOrder order(RecordList::range(0, many), way);
  EpochOrder::Group group;
  for (int64_t epoch = 0; epoch < 2; ++epoch) {
    order.arrange(epoch);
    order.take(many / 2, group);
  }
  EXPECT_LT(held() - before, 2 << 20);
  EXPECT_LT(EpochOrder::bytes(many, way), 2 << 20);
  LoaderOptions options{.batch = 256, .inputs = {}, .inputBytes = 4096, .shuffle = true};
  EXPECT_LT(Loader::bytes(many, inBlock, options) - Loader::bytes(many / 100, inBlock, options), many / 400);
  EXPECT_EQ(listBytes(many, {"train", "train", 0, 1, ""}), 0);
  EXPECT_LT(listBytes(many, {"train", "train", 0, 0.9, ""}), many / 7);
  const std::vector<abi::Field> fields = {{.name = "text", .dtype = "i32", .shape = {2}, .classNames = {}, .tokens = "words"}, {.name = "count", .dtype = "f32", .shape = {}, .classNames = {}}};
  EXPECT_EQ(Dataset::bytes(source, fields, Holding::InPieces), 0);
  auto reading = [&](int64_t records) {
    source.records = records;
    return textFormat.readingBytes(source, {fields, Holding::InPieces, 1 << 20, false, false});
  };
  EXPECT_EQ(reading(many), reading(many / 10));
}

} // namespace tl::test
