// Splits and batches are functions of the data, the seed and a position: nothing else moves them.
#include "runtime/data/Loader.h"
#include "runtime/data/Split.h"
#include "tests/unit/Sources.h"
#include <set>
#include <thread>

namespace tl::test {
using namespace data;

/// `order.size()` records; record i is the number order[i] in two bytes, and its label order[i] % 3.
static Dataset numbers(const TemporaryFolder &folder, const std::vector<int> &order) {
  std::string images, labels;
  for (int number : order) {
    images += {char(number >> 8), char(number)};
    labels += char(number % 3);
  }
  folder.write("i", idx({int(order.size()), 2}, images));
  folder.write("l", idx({int(order.size())}, labels));
  return loadVerified(sourceOf("idx", {"i", "l"}), folder.path);
}

static std::vector<int> upTo(int count) {
  std::vector<int> order;
  for (int i = 0; i < count; ++i)
    order.push_back(i);
  return order;
}

static int numberAt(const char *image) { return uint8_t(image[0]) << 8 | uint8_t(image[1]); }

static std::set<int> membersOf(const Dataset &dataset, double from, double to) {
  std::set<int> members;
  for (int64_t record : splitRecords(dataset, {"part", "train", from, to, ""}))
    members.insert(numberAt(dataset.values(0, record).data()));
  return members;
}

TEST(Split, isStableUnderReorderingAndSplitsNeverOverlap) {
  TemporaryFolder folder;
  std::vector<int> order = upTo(2000), other = order;
  for (size_t i = 0; i < other.size(); ++i)
    std::swap(other[i], other[(i * 7919 + 13) % other.size()]);
  Dataset one = numbers(folder, order), two = numbers(folder, other);
  std::set<int> train = membersOf(one, 0, 0.9), val = membersOf(one, 0.9, 1);
  EXPECT_EQ(train, membersOf(two, 0, 0.9));
  EXPECT_EQ(val, membersOf(two, 0.9, 1));
  EXPECT_EQ(train.size() + val.size(), 2000u);
  EXPECT_NEAR(double(val.size()), 200, 40); // three standard deviations of a binomial with p = 0.1
  for (int number : val)
    EXPECT_FALSE(train.contains(number));
}

TEST(Split, addedRecordsMoveNone) {
  TemporaryFolder folder;
  std::set<int> few = membersOf(numbers(folder, upTo(500)), 0, 0.5);
  std::set<int> many = membersOf(numbers(folder, upTo(1000)), 0, 0.5);
  for (int number : few)
    EXPECT_TRUE(many.contains(number));
}

TEST(Split, anEmptyOneIsAnError) {
  TemporaryFolder folder;
  Dataset dataset = numbers(folder, upTo(3));
  EXPECT_TRUE(contains(messageOf([&] {
                         splitRecords(dataset, {"val", "train", 0.5, 0.5000001, ""});
                       }),
                       "split `val` holds none of the 3 records of source `train`"));
}

static LoaderOptions optionsFor(int64_t batch, int64_t depth, bool shuffle = true) {
  LoaderOptions options;
  options.batch = batch;
  options.depth = depth;
  options.shuffle = shuffle;
  options.seed = 0x123456789abcdef;
  options.stream = 3;
  auto room = [](int64_t bytes) { return (bytes + 63) / 64 * 64; };
  options.inputs = {{"image", "u8", {batch, 2}, 0},
                    {"label", "i32", {batch}, room(2 * batch)},
                    {"valid", "f32", {batch}, room(2 * batch) + room(4 * batch)}};
  options.inputBytes = options.inputs[2].offset + 4 * batch;
  return options;
}

/// What a step sees of a batch.
struct Seen {
  std::vector<int> numbers, labels;
  std::vector<float> valid;
  int64_t position, epoch, records;
  bool endsEpoch;
  bool operator==(const Seen &) const = default;
};

static Seen look(const Batch &batch, const LoaderOptions &options) {
  EXPECT_EQ(reinterpret_cast<uintptr_t>(batch.arena.begin()) % 64, 0u);
  Seen seen{{}, {}, {}, batch.position, batch.epoch, batch.records, batch.endsEpoch};
  for (int64_t row = 0; row < options.batch; ++row) {
    seen.numbers.push_back(numberAt(batch.arena.at(options.inputs[0]) + 2 * row));
    seen.labels.push_back(int(batch.arena.number(options.inputs[1], row)));
    seen.valid.push_back(float(batch.arena.number(options.inputs[2], row)));
  }
  return seen;
}

static std::vector<Seen> lookAll(Loader &loader, const LoaderOptions &options, int count) {
  std::vector<Seen> all;
  for (int i = 0; i < count; ++i)
    all.push_back(look(loader.next(), options));
  return all;
}

TEST(Loader, noBatchThatIsMeasuredHasASingleRecord) {
  auto counts = [](int64_t records, int64_t batch, bool isMeasured) {
    std::vector<int64_t> counts;
    int64_t next = 0;
    for (int64_t number = 0; number < batchesIn(records, batch, isMeasured); ++number) {
      auto [first, count] = batchSpan(records, batch, isMeasured, number);
      EXPECT_EQ(first, next);
      next = first + count;
      counts.push_back(count);
    }
    return counts;
  };
  using Counts = std::vector<int64_t>;
  EXPECT_EQ(counts(65, 64, false), (Counts{64, 1}));
  EXPECT_EQ(counts(65, 64, true), (Counts{33, 32}));
  EXPECT_EQ(counts(129, 64, true), (Counts{64, 33, 32}));
  EXPECT_EQ(counts(66, 64, true), (Counts{64, 2}));
  EXPECT_EQ(counts(128, 64, true), (Counts{64, 64}));
  EXPECT_EQ(counts(64, 64, true), (Counts{64}));
  EXPECT_EQ(counts(7, 64, true), (Counts{7}));
  EXPECT_EQ(counts(4, 3, true), (Counts{2, 2}));
  EXPECT_EQ(counts(9, 4, true), (Counts{4, 3, 2}));
  EXPECT_EQ(counts(5, 2, true), (Counts{2, 2})); // No other way leaves none alone.
  EXPECT_EQ(counts(3, 2, true), (Counts{2}));
  EXPECT_EQ(counts(6, 2, true), (Counts{2, 2, 2}));
  for (int64_t batch = 2; batch < 9; ++batch)
    for (int64_t records = 2; records < 40; ++records)
      for (int64_t count : counts(records, batch, true))
        EXPECT_TRUE(count >= 2 && count <= batch) << records << " by " << batch;
}

TEST(Loader, whatMakesNoWholeBatchIsLeftOutWhereStepsCannotTell) {
  TemporaryFolder folder;
  Dataset dataset = numbers(folder, upTo(8));
  LoaderOptions options = optionsFor(3, 0);
  options.isWhole = true;
  Loader loader(dataset, splitRecords(dataset, {"train", "train", 0, 1, ""}), options);
  EXPECT_EQ(loader.batchesPerEpoch(), 2);
  for (const Seen &seen : lookAll(loader, options, 4)) {
    EXPECT_EQ(seen.records, 3);
    EXPECT_EQ(seen.epoch, seen.position / 2);
    EXPECT_EQ(seen.endsEpoch, seen.position % 2 == 1);
  }
  options = optionsFor(9, 0);
  options.isWhole = true;
  Loader only(dataset, splitRecords(dataset, {"train", "train", 0, 1, ""}), options);
  EXPECT_EQ(only.next().records, 8);
}

TEST(Loader, everyEpochHasEveryRecordOnceInAnotherOrder) {
  TemporaryFolder folder;
  Dataset dataset = numbers(folder, upTo(23));
  LoaderOptions options = optionsFor(5, 2);
  std::vector<int64_t> records = {1, 2, 3, 5, 7, 11, 13, 17, 19, 20, 21, 22};
  Loader loader(dataset, records, options);
  EXPECT_EQ(loader.batchesPerEpoch(), 3);
  std::vector<std::vector<int>> orders;
  for (int epoch = 0; epoch < 3; ++epoch) {
    std::vector<int> order;
    for (const Seen &seen : lookAll(loader, options, 3)) {
      EXPECT_EQ(seen.epoch, epoch);
      EXPECT_EQ(seen.endsEpoch, seen.position % 3 == 2);
      for (size_t row = 0; row < 5; ++row) {
        bool isRecord = int64_t(row) < seen.records;
        EXPECT_EQ(seen.valid[row], isRecord ? 1.0f : 0.0f);
        EXPECT_EQ(seen.labels[row], seen.numbers[row] % 3);
        if (isRecord)
          order.push_back(seen.numbers[row]);
        else
          EXPECT_EQ(seen.numbers[row], seen.numbers[0]);
      }
    }
    orders.push_back(order);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(std::vector<int64_t>(order.begin(), order.end()), records);
  }
  EXPECT_NE(orders[0], orders[1]);
  EXPECT_NE(orders[1], orders[2]);
}

TEST(Loader, batchesDependOnPositionAlone) {
  TemporaryFolder folder;
  Dataset dataset = numbers(folder, upTo(1000));
  RecordList records = splitRecords(dataset, {"train", "train", 0, 0.7, ""});
  LoaderOptions options = optionsFor(64, 0);
  Loader plain(dataset, records, options);
  std::vector<Seen> expected = lookAll(plain, options, 60);
  for (auto [depth, bytes] : {std::pair<int64_t, int64_t>{1, 1 << 20}, {2, 1 << 20}, {7, 1 << 20}, {2, options.inputBytes}}) { // of small ones many are made ahead
    options.depth = depth;
    options.inputBytes = bytes;
    Loader loader(dataset, records, options);
    EXPECT_EQ(lookAll(loader, options, 60), expected);
    for (int64_t position : {17, 0, 59, 11}) { // resume, and resume again
      loader.seek(position);
      EXPECT_EQ(loader.position(), position);
      EXPECT_EQ(look(loader.next(), options), expected[size_t(position)]);
      EXPECT_EQ(loader.position(), position + 1);
    }
  }
}

TEST(Loader, theBatchInHandIsNotOverwritten) {
  TemporaryFolder folder;
  Dataset dataset = numbers(folder, upTo(1000));
  LoaderOptions options = optionsFor(8, 3);
  for (int64_t bytes : {options.inputBytes, int64_t{1 << 20}}) {
    options.inputBytes = bytes;
    Loader loader(dataset, splitRecords(dataset, {"all", "train", 0, 1, ""}), options);
    for (int i = 0; i < 500; ++i) {
      Batch batch = loader.next();
      Seen before = look(batch, options);
      std::this_thread::yield();
      ASSERT_EQ(look(batch, options), before);
    }
  }
}

TEST(Loader, seedAndStreamChangeTheOrderAndEvaluationHasNone) {
  TemporaryFolder folder;
  Dataset dataset = numbers(folder, upTo(100));
  RecordList all = splitRecords(dataset, {"all", "train", 0, 1, ""});
  auto first = [&](LoaderOptions options) {
    Loader loader(dataset, all, options);
    return look(loader.next(), options).numbers;
  };
  LoaderOptions base = optionsFor(10, 2), seed = base, stream = base;
  seed.seed ^= uint64_t{1} << 40;
  stream.stream ^= 1;
  EXPECT_NE(first(base), first(seed));
  EXPECT_NE(first(base), first(stream));
  EXPECT_EQ(first(optionsFor(10, 2, false)), upTo(10));
}

TEST(Loader, anInputThatFitsNoFieldIsRefused) {
  TemporaryFolder folder;
  Dataset dataset = numbers(folder, upTo(3));
  LoaderOptions options = optionsFor(2, 0);
  options.inputs[0].shape = {2, 3};
  EXPECT_TRUE(contains(messageOf(
                           [&] {
                             Loader(dataset, {0, 1, 2}, options);
                           },
                           exitInternal),
                       "input `image` u8[2, 3] at byte 0 does not fit the data's u8[2, 2]"));
}

} // namespace tl::test
