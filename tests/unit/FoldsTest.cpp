// Folds of records by their content, and what words a part of them knows.
#include "runtime/data/Folds.h"
#include "runtime/data/Split.h"
#include "tests/unit/Sources.h"

namespace tl::test {
using namespace data;

static std::string rows(int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += std::to_string(i % 400) + "," + std::to_string(i % 7) + "\n"; // each of the first again, behind all others
  return text;
}

TEST(Folds, eachRecordIsInOneAndEqualOnesAreTogether) {
  TemporaryFolder folder;
  folder.write("t.csv", rows(600));
  Dataset table = loadVerified(sourceOf("csv", {"t.csv"}, {{"header", "false"}}), folder.path);
  RecordList train = splitRecords(table, {"train", "train", 0, 0.5, ""}), val = splitRecords(table, {"val", "train", 0.5, 0.8, ""});
  Folds folds(table, train, val, 5);
  EXPECT_EQ(std::ssize(folds.all), std::ssize(train) + std::ssize(val));
  std::map<std::string, size_t> partOf; // by what the record has
  int64_t count = 0;
  for (size_t part = 0; part < 5; ++part) {
    EXPECT_GT(std::ssize(folds.parts[part]), 50);
    RecordList others = folds.without(part);
    EXPECT_EQ(std::ssize(others) + std::ssize(folds.parts[part]), std::ssize(folds.all));
    for (int64_t record : folds.parts[part]) {
      EXPECT_TRUE(train.contains(record) || val.contains(record));
      EXPECT_FALSE(others.contains(record));
      std::vector<char> values = table.values(0, record);
      EXPECT_EQ(partOf.emplace(std::string(values.begin(), values.end()), part).first->second, part);
      ++count;
    }
  }
  EXPECT_EQ(count, std::ssize(folds.all));
  int64_t ofTrain = 0; // as many of train as of val are held out: which split a record is in tells nothing of its fold
  for (int64_t record : folds.parts[0])
    ofTrain += train.contains(record);
  EXPECT_NEAR(double(ofTrain) / double(train.size()), 0.2, 0.1);
  EXPECT_EQ(messageOf([&] { Folds(table, RecordList::range(0, 2), {}, 5); }), "part 1 of 5 holds none of the 2 records that folds share out; write fewer `parts`");
}

TEST(Folds, wordsThatTheirOwnRecordsLackAreUnknown) {
  TemporaryFolder folder;
  folder.write("t.csv", "1,a,x\n2,b,x\n3,b,y\n4,c,x\n5,c,y\n6,c,z\n");
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"header", "false"}, {"columns", "0"}, {"categories", "1, 2"}});
  Facts facts = readFacts(source, folder.path);
  source.records = facts.records;
  source.digest = facts.digest;
  std::vector<abi::Field> fields = facts.fields;
  abi::Field &kinds = fields[1];
  kinds.vocabulary = fitVocabulary(source, "kinds", {"train", "train", 0, 1, ""}, folder.path, &kinds.counts);
  ASSERT_EQ(kinds.vocabulary, (std::vector<std::string>{"1=", "1=c", "1=b", "1=a", "2=", "2=x", "2=y", "2=z"}));
  kinds.special = {{"1=", 0}, {"2=", 4}};
  for (Holding holding : {Holding::Whole, Holding::InPieces}) {
    Dataset table = Dataset::load(source, fields, folder.path, holding);
    const std::string digest = table.digest();
    EXPECT_EQ(knownEntries(table, {0, 1, 2, 3}, kinds, 1), (std::vector<int32_t>{0, 1, 2, 3, 4, 5, 6, 4}));
    std::vector<int32_t> known = knownEntries(table, {0, 1, 2, 3}, kinds, 2);
    EXPECT_EQ(known, (std::vector<int32_t>{0, 0, 2, 0, 4, 5, 4, 4}));
    table.renumber(table.findField("kinds"), known);
    EXPECT_EQ(valuesOf<int32_t>(table, "kinds"), (std::vector<int32_t>{0, 5, 2, 5, 2, 4, 0, 5, 0, 4, 0, 4}));
    std::vector<char> into(6 * 8);
    const std::vector<int64_t> records = {5, 2};
    const std::vector<uint32_t> places = {1, 0};
    const Dataset::Target target{table.findField("kinds"), into.data()};
    Pieces::Window window;
    table.scatter(records, places, {&target, 1}, window);
    std::vector<int32_t> numbers(4);
    std::memcpy(numbers.data(), into.data(), 16);
    EXPECT_EQ(numbers, (std::vector<int32_t>{2, 4, 0, 4}));
    EXPECT_EQ(table.digest(), digest); // it is the same data, read otherwise
  }
}

} // namespace tl::test
