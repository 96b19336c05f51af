// Folds of records by their content, and what words a part of them knows.
#include "runtime/data/Folds.h"
#include "runtime/data/Split.h"
#include "tests/unit/Pngs.h"
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

TEST(Folds, partsAreAlikeInClassesOrHaveGroupsWhole) {
  TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += std::to_string(i) + "," + (i % 50 == 0 ? "rare" : i % 3 ? "b"
                                                                    : "a") +
            ",p" + std::to_string(i * i % 29) + "\n";
  folder.write("t.csv", text);
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"header", "false"}, {"label", "1"}, {"group", "2"}});
  for (Holding holding : {Holding::Whole, Holding::InPieces}) {
    Dataset table = loadVerified(source, folder.path, holding);
    const abi::Field &label = table.fields()[size_t(table.findField("label"))], &group = table.fields()[size_t(table.findField("group"))];
    ASSERT_EQ(table.bytesPerRecord(table.findField("x")), 4); // the group is no feature
    RecordList all = RecordList::range(0, 300);
    std::map<std::string, std::vector<int>> ofClass, ofGroup; // by value: how many each part has
    Folds alike(table, all, {}, 3, &label), whole(table, all, {}, 3, &group);
    for (const auto &[folds, field, counts] : {std::tuple(&alike, "label", &ofClass), {&whole, "group", &ofGroup}})
      for (size_t part = 0; part < 3; ++part)
        for (int64_t record : folds->parts[part]) {
          std::vector<char> value = table.values(table.findField(field), record);
          auto &own = counts->try_emplace(std::string(value.begin(), value.end()), 3, 0).first->second;
          ++own[part];
        }
    EXPECT_EQ(ofClass.size(), 3u);
    for (const auto &[name, counts] : ofClass)
      EXPECT_LE(*std::max_element(counts.begin(), counts.end()) - *std::min_element(counts.begin(), counts.end()), 1);
    EXPECT_EQ(ofGroup.size(), 15u); // squares of 29
    for (const auto &[name, counts] : ofGroup)
      EXPECT_EQ(std::count(counts.begin(), counts.end(), 0), 2);
    for (size_t part = 0; part < 3; ++part) {
      EXPECT_EQ(std::ssize(alike.parts[part]), 100);
      EXPECT_NEAR(double(whole.parts[part].size()), 100, 15);
    }
    EXPECT_NE(messageOf([&] { Folds(table, all, {}, 7, &label); }).find("class `rare` of `label` has 6 different records among the 300 that folds share out, fewer than the 7 parts"), std::string::npos);
    EXPECT_NE(messageOf([&] { Folds(table, all, {}, 16, &group); }).find("`group` has 15 different values in the 300 records that folds share out, fewer than the 16 parts"), std::string::npos);
  }
}

/// Pictures are known by what is in them: two classes may have one and the same, and it counts for both.
TEST(Folds, equalRecordsOfTwoClassesCountForBoth) {
  TemporaryFolder folder;
  io::makeFolder(folder / "kinds");
  for (const char *kind : {"a", "b"}) {
    io::makeFolder(folder / "kinds/" + kind);
    for (int grey : {1, 2, 3, int(*kind)})
      folder.write(std::string("kinds/") + kind + "/" + std::to_string(grey) + ".png", png(2, 2, 0, std::string(4, char(grey))));
  }
  Dataset pictures = loadVerified(sourceOf("images", {"kinds"}), folder.path);
  const abi::Field &label = pictures.fields()[size_t(pictures.findField("label"))];
  Folds folds(pictures, RecordList::range(0, 8), {}, 4, &label);
  for (const RecordList &part : folds.parts) {
    EXPECT_EQ(part.contains(0) + part.contains(1) + part.contains(2) + part.contains(3), 1); // those of `a`
    for (int64_t record : {0, 1, 2})
      EXPECT_EQ(part.contains(record), part.contains(record + 4));
  }
  EXPECT_NE(messageOf([&] { Folds(pictures, RecordList::range(0, 8), {}, 5, &label); }).find("class `a` of `label` has 4 different records"), std::string::npos);
}

/// The group says nothing of the record itself: with it or without, a record is in the same split.
TEST(Folds, groupsMoveNoRecordToAnotherSplit) {
  TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 40; ++i)
    text += std::to_string(i % 20) + ",c" + std::to_string(i % 20 % 3) + ",p" + std::to_string(i) + "\n";
  folder.write("t.csv", text);
  for (const std::string categories : {"", "1"})
    for (Holding holding : {Holding::Whole, Holding::InPieces}) {
      std::map<std::string, std::string> options = {{"header", "false"}, {"columns", "0"}};
      if (!categories.empty())
        options["categories"] = categories;
      auto loaded = [&] {
        abi::Source source = sourceOf("csv", {"t.csv"}, options);
        Facts facts = readFacts(source, folder.path);
        for (abi::Field &field : facts.fields)
          if (field.tokens == "categories") {
            field.vocabulary = fitVocabulary(source, field.name, {"train", "train", 0, 1, ""}, folder.path, &field.counts);
            field.special = {{"1=", 0}};
          }
        return loadAs(source, facts, folder.path, holding);
      };
      Dataset alone = loaded();
      options["group"] = "2";
      Dataset grouped = loaded();
      ASSERT_GE(grouped.findField("group"), 0);
      for (int64_t record = 0; record < 40; ++record) {
        EXPECT_EQ(grouped.digest(record), alone.digest(record));
        EXPECT_EQ(grouped.digest(record), grouped.digest((record + 20) % 40)); // the same of another group
      }
      EXPECT_NE(grouped.digest(), alone.digest());
      text.replace(text.find(",p39"), 4, ",p38");
      folder.write("t.csv", text);
      EXPECT_NE(loaded().digest(), grouped.digest()); // whose folds may be others
      text.replace(text.rfind(",p38"), 4, ",p39");
      folder.write("t.csv", text);
    }
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
