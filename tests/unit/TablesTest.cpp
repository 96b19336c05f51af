// Tables as people have them: separators, categories, holes, windows over rows, JSON lines.
#include "runtime/data/Split.h"
#include "runtime/data/UnseenValues.h"
#include "runtime/readers/Categories.h"
#include "tests/unit/Sources.h"
#include <cmath>

namespace tl::test {
using namespace data;

/// A source as it is after the step that numbers its categories, and all records as `train`.
static std::vector<abi::Field> fitted(const abi::Source &source, const std::string &folder, const abi::Split &train = {"train", "train", 0, 1, ""}) {
  std::vector<abi::Field> fields = readFacts(source, folder).fields;
  for (abi::Field &field : fields)
    if (field.tokens == "categories")
      field.vocabulary = fitVocabulary(source, field.name, train, folder, &field.counts);
  return fields;
}

static Dataset loadFitted(abi::Source source, const std::vector<abi::Field> &fields, const std::string &folder, Holding holding = Holding::Whole) {
  Facts facts = readFacts(source, folder);
  source.records = facts.records;
  source.digest = facts.digest;
  source.window = facts.window;
  return Dataset::load(source, fields, folder, holding);
}

TEST(Tables, cellsArePartedByWhatTheSourceSays) {
  TemporaryFolder folder;
  for (std::string mark : {";", "|", "\t"}) {
    folder.write("t.csv", "a" + mark + "\"b" + mark + "c\"" + mark + "kind\n 1 " + mark + "2.5" + mark + " x, y\n3" + mark + " \"4\" " + mark + "z\n");
    abi::Source source = sourceOf("csv", {"t.csv"}, {{"separator", mark}, {"label", "kind"}});
    Dataset table = loadVerified(source, folder.path);
    EXPECT_EQ(valuesOf<float>(table, "x"), (std::vector<float>{1, 2.5, 3, 4}));
    EXPECT_EQ(table.fields()[0].columns, (std::vector<std::string>{"a", "b" + mark + "c"}));
    EXPECT_EQ(table.fields()[1].classNames, (std::vector<std::string>{"x, y", "z"}));
  }
  auto message = [&](const std::string &separator) { return messageOf([&] { readFacts(sourceOf("csv", {"t.csv"}, {{"separator", separator}}), folder.path); }); };
  EXPECT_EQ(message("::"), "option `separator` is `::`, expected `,`, `;`, `|` or a tab, \"\\t\"");
  folder.write("t.csv", "1;2\n3;4\n");
  EXPECT_TRUE(contains(message(","), "its first line has `;` in it: where that parts cells, write separator = \";\""));
}

static const char *const people = "age,job,town,pay\n39, clerk,Ulm,1\n40,smith,Ulm,0\n41, ?,Aix,0\n42,clerk,,1\n43,cook,Ulm,1\n";

TEST(Tables, categoriesShareOneNumberingInWhichEachColumnBeginsWithItsUnknown) {
  TemporaryFolder folder;
  folder.write("t.csv", people);
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"categories", "job, place = town"}, {"columns", "age"}, {"label", "pay"}});
  std::vector<abi::Field> fields = fitted(source, folder.path);
  ASSERT_EQ(fields.size(), 3u);
  EXPECT_EQ(fields[1].name, "kinds");
  EXPECT_EQ(fields[1].shape, std::vector<int64_t>{2});
  EXPECT_EQ(fields[1].vocabulary, (std::vector<std::string>{"job=", "job=clerk", "job=cook", "job=smith", "place=", "place=Ulm", "place=Aix"}));
  EXPECT_EQ(fields[1].counts, (std::vector<int64_t>{1, 2, 1, 1, 1, 3, 1}));
  EXPECT_EQ(categoryStarts(fields[1].vocabulary, fields[1].columns), (std::vector<int64_t>{0, 4}));
  Dataset table = loadFitted(source, fields, folder.path);
  EXPECT_EQ(valuesOf<int32_t>(table, "kinds"), (std::vector<int32_t>{1, 5, 3, 5, 0, 6, 1, 4, 2, 5}));
  source.options["kinds.least"] = "2";
  source.options["tokens.fields"] = "kinds";
  EXPECT_EQ(fitted(source, folder.path)[1].vocabulary, (std::vector<std::string>{"job=", "job=clerk", "place=", "place=Ulm"}));
}

TEST(Tables, valuesWithoutAnEntryAreUnknownAndCounted) {
  TemporaryFolder folder;
  folder.write("t.csv", people);
  folder.write("other.csv", "age,job,town,pay\n1,cook,Bern,0\n2,baker,?,1\n3,baker,Bern,1\n4,NA,Ulm,1\n");
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"categories", "job,town"}, {"columns", "age"}}), other = source;
  other.files = {"other.csv"};
  std::vector<abi::Field> fields = fitted(source, folder.path);
  abi::Data data{"census", {}, fields, {}, {}, {}};
  for (Holding holding : {Holding::Whole, Holding::InPieces}) {
    Dataset table = loadFitted(other, fields, folder.path, holding);
    EXPECT_EQ(table.holding(), holding);
    EXPECT_EQ(valuesOf<int32_t>(table, "kinds"), (std::vector<int32_t>{2, 4, 0, 4, 0, 4, 0, 5}));
    EXPECT_EQ(unseenText(data, "test", table, {0, 1, 2, 3}),
              "`census.test`: `kinds` has no entry for 4 values in 3 of 4 records, which count as unknown: `Bern` of `town` (2), `baker` of `job` (2)");
    EXPECT_EQ(unseenText(data, "test", table, {3}), "");
  }
}

TEST(Tables, valuesWithoutAnEntryKeepTheirRecordAndText) {
  UnseenValues unseen;
  std::vector<std::pair<int64_t, size_t>> expected, found;
  int64_t record = 0;
  for (int i = 0; i < 1000; ++i) {
    size_t text = size_t(i * 7 % 97); // of which the first ones are named
    record += i % 3 == 0 ? 0 : i % 50 == 7 ? 1 << 20
                                           : i % 5;
    unseen.add(record, std::to_string(text));
    auto at = std::find(unseen.texts().begin(), unseen.texts().end(), std::to_string(text));
    expected.emplace_back(record, at - unseen.texts().begin());
  }
  EXPECT_EQ(unseen.texts().size(), UnseenValues::mostTexts);
  unseen.each([&](int64_t at, size_t text) { found.emplace_back(at, text); });
  EXPECT_EQ(found, expected);
}

TEST(Tables, aSplitByHashOfCategoriesDoesNotDependOnTheirNumbers) {
  TemporaryFolder folder;
  std::string rows = "age,job\n";
  for (int i = 0; i < 200; ++i)
    rows += std::to_string(i) + ",job" + std::to_string(i * i % 17) + "\n";
  folder.write("t.csv", rows);
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"categories", "job"}, {"columns", "age"}});
  abi::Split train{"train", "train", 0, 0.5, ""};
  std::vector<abi::Field> ofAll = fitted(source, folder.path), ofTrain = fitted(source, folder.path, train);
  RecordList records = splitRecords(loadFitted(source, ofAll, folder.path), train);
  EXPECT_EQ(splitRecords(loadFitted(source, ofTrain, folder.path), train), records);
  EXPECT_EQ(splitRecords(loadFitted(source, ofTrain, folder.path, Holding::InPieces), train), records);
  int64_t counted = 0;
  for (int64_t times : ofTrain[1].counts)
    counted += times;
  EXPECT_EQ(counted, std::ssize(records)) << "the vocabulary is fitted on what is trained on";
}

TEST(Tables, otherCategoriesThanTheProgramWasMadeOfAreRefused) {
  TemporaryFolder folder;
  folder.write("t.csv", people);
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"categories", "job,town"}, {"columns", "age"}});
  std::vector<abi::Field> fields = fitted(source, folder.path);
  Facts facts = readFacts(source, folder.path);
  source.records = facts.records;
  source.digest = facts.digest;
  folder.write("t.csv", std::string(people).replace(std::string(people).find("cook"), 4, "boss"));
  EXPECT_TRUE(contains(messageOf([&] { Dataset::load(source, fields, folder.path); }), "other classes, fields or text"));
}

TEST(Tables, holesAreKeptWhereTheSourceSaysSo) {
  TemporaryFolder folder;
  folder.write("t.csv", "a,b,y\n1,NA,5\n?,2,6\n,nan,7\n");
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"target", "y"}, {"missing", "keep"}});
  for (Holding holding : {Holding::Whole, Holding::InPieces}) {
    std::vector<float> x = valuesOf<float>(loadVerified(source, folder.path, holding), "x");
    ASSERT_EQ(x.size(), 6u);
    EXPECT_EQ(x[0], 1);
    EXPECT_EQ(x[3], 2);
    for (size_t hole : {1, 2, 4, 5})
      EXPECT_TRUE(std::isnan(x[hole])) << hole;
  }
  auto message = [&](std::map<std::string, std::string> options) { return messageOf([&] { readFacts(sourceOf("csv", {"t.csv"}, std::move(options)), folder.path); }); };
  EXPECT_TRUE(contains(message({{"target", "y"}}), "t.csv:2:3: column `b` has `NA`, expected a number: a hole, of which the column has 2 in 3 records; fill them in, leave these "
                                                   "records out, or keep them as NaN by `missing = keep`"));
  EXPECT_TRUE(contains(message({{"missing", "drop"}}), "option `missing` is `drop`, expected `keep`"));
  folder.write("t.csv", "a,b,y\n1,2,NA\n");
  EXPECT_TRUE(contains(message({{"target", "y"}, {"missing", "keep"}}), "column `y` has `NA`, expected a number")) << "what is predicted must be there";
  folder.write("t.csv", "a,b\n1,x\n");
  EXPECT_TRUE(contains(message({{"missing", "keep"}}), "column `b` has `x`, expected a number")) << "a word is no hole";
}

TEST(Tables, windowsAreRowsThatFollowEachOtherAndTargetsThoseBehind) {
  TemporaryFolder folder;
  folder.write("t.csv", "a,b\n1,10\n2,20\n3,30\n4,40\n5,50\n6,60\n");
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"columns", "a"}, {"target", "b"}, {"window", "3"}, {"ahead", "2"}});
  Facts facts = readFacts(source, folder.path);
  EXPECT_EQ(facts.records, 2);
  EXPECT_EQ(facts.window, 5);
  EXPECT_EQ(facts.fields[0].shape, (std::vector<int64_t>{3, 1}));
  EXPECT_EQ(facts.fields[1].shape, (std::vector<int64_t>{2, 1}));
  for (Holding holding : {Holding::Whole, Holding::InPieces}) {
    Dataset table = loadVerified(source, folder.path, holding);
    EXPECT_EQ(table.holding(), Holding::Whole);
    EXPECT_EQ(valuesOf<float>(table, "x"), (std::vector<float>{1, 2, 3, 2, 3, 4}));
    EXPECT_EQ(valuesOf<float>(table, "target"), (std::vector<float>{40, 50, 50, 60}));
    EXPECT_EQ(table.bytes(), 2 * 6 * 4) << "each row is held once";
  }
  auto message = [&](std::map<std::string, std::string> options) { return messageOf([&] { readFacts(sourceOf("csv", {"t.csv"}, std::move(options)), folder.path); }); };
  EXPECT_TRUE(contains(message({{"window", "7"}}), "has 6 rows, and a record takes 7"));
  EXPECT_TRUE(contains(message({{"window", "1"}}), "a window of one row is a row"));
  EXPECT_TRUE(contains(message({{"window", "2"}, {"ahead", "1"}}), "option `ahead` of source `train` is how many rows behind a window are predicted, and no column is"));
  EXPECT_TRUE(contains(message({{"target", "b"}, {"ahead", "1"}}), "option `ahead` of source `train` is for windows over rows"));
  EXPECT_TRUE(contains(message({{"window", "2"}, {"label", "b"}}), "and no label"));
  EXPECT_TRUE(contains(message({{"window", "2"}, {"columns", "a"}, {"group", "b"}}), "and no group"));
}

TEST(Tables, aHoleIsNoGroup) {
  for (const char *hole : {"", "NA", "?", "nan", "null"}) {
    TemporaryFolder folder;
    folder.write("t.csv", "a,who\n1,x\n2," + std::string(hole) + "\n");
    EXPECT_TRUE(contains(messageOf([&] { readFacts(sourceOf("csv", {"t.csv"}, {{"group", "who"}}), folder.path); }),
                         "t.csv:3:3: column `who` has `" + std::string(hole) + "`, expected what the record belongs to, which a hole does not say; give it or remove the line"));
  }
}

TEST(Tables, aHoleIsNoClassUnlessTheScriptNamesIt) {
  TemporaryFolder folder;
  for (std::string hole : {"", "NA", "n/a", "#N/A", "<NA>", "nan", "-nan", "null", "None", "nil", "missing", "?", "-", "--", "."}) {
    folder.write("t.csv", "a,y\n1,yes\n2,no\n3," + hole + "\n");
    std::map<std::string, std::string> options{{"label", "y"}};
    EXPECT_EQ(messageOf([&] { readFacts(sourceOf("csv", {"t.csv"}, options), folder.path); }),
              (folder / "t.csv") + ":4:3: column `y` has `" + hole + "`, expected the class, which a hole does not say; give one, remove the record, or name the word where it is a class: classes = \"…\"")
        << hole;
    if (hole.empty())
      continue;
    options["classes"] = "yes, no, " + hole;
    EXPECT_EQ(valuesOf<int32_t>(loadVerified(sourceOf("csv", {"t.csv"}, options), folder.path), "label"), (std::vector<int32_t>{0, 1, 2})) << hole;
    options["classes"] = "yes, no";
    EXPECT_TRUE(contains(messageOf([&] { readFacts(sourceOf("csv", {"t.csv"}, options), folder.path); }), "which a hole does not say")) << hole;
  }
}

TEST(Tables, whatIsNotFiniteIsNoHole) {
  TemporaryFolder folder;
  for (std::string number : {"inf", "-inf", "+Infinity", "1e400", "-1e400"}) {
    folder.write("t.csv", "a,b\n1,2\n3," + number + "\n");
    for (const char *missing : {"", "keep"}) {
      abi::Source source = sourceOf("csv", {"t.csv"});
      if (*missing)
        source.options["missing"] = missing;
      EXPECT_TRUE(contains(messageOf([&] { readFacts(source, folder.path); }), "t.csv:3:3: column `b` has `" + number + "`, expected a finite number: this is no hole")) << number;
    }
  }
}

TEST(Tables, jsonLinesGiveTheSameFieldsAsTables) {
  TemporaryFolder folder;
  folder.write("t.jsonl", "\xEF\xBB\xBF{\"who\": {\"age\": 39.5, \"job\": \"clerk\"}, \"ok\": true, \"n\": 5, \"m\": 6, \"pay\": \"high\"}\n\n{\"who\": {\"age\": null, \"job\": \"cook\"}, \"ok\": false, \"pay\": "
                          "\"low\"}\n{\"who\": {\"job\": 7}, \"ok\": true, \"pay\": \"low\"}\n");
  abi::Source source = sourceOf("jsonl", {"t.jsonl"}, {{"columns", "age = who.age, ok, n, m"}, {"categories", "who.job"}, {"label", "pay"}, {"missing", "keep"}});
  std::vector<abi::Field> fields = fitted(source, folder.path);
  EXPECT_EQ(fields[0].columns, (std::vector<std::string>{"age", "ok", "n", "m"}));
  EXPECT_EQ(fields[1].vocabulary, (std::vector<std::string>{"who.job=", "who.job=7", "who.job=clerk", "who.job=cook"}));
  for (Holding holding : {Holding::Whole, Holding::InPieces}) {
    Dataset table = loadFitted(source, fields, folder.path, holding);
    EXPECT_EQ(table.holding(), holding);
    std::vector<float> x = valuesOf<float>(table, "x");
    EXPECT_EQ(x[0], 39.5f);
    EXPECT_EQ(x[1], 1);
    EXPECT_TRUE(std::isnan(x[4]) && std::isnan(x[8]));
    EXPECT_EQ(x[2], 5);
    EXPECT_EQ(x[5], 0);
    EXPECT_EQ(valuesOf<int32_t>(table, "kinds"), (std::vector<int32_t>{2, 3, 1}));
    EXPECT_EQ(valuesOf<int32_t>(table, "label"), (std::vector<int32_t>{0, 1, 1}));
  }
  source.options.erase("missing");
  EXPECT_TRUE(contains(messageOf([&] { readFacts(source, folder.path); }), "t.jsonl:3: `who.age` has ``, expected a number: a hole, of which the column has 2 in 3 records"));
  folder.write("twice.jsonl", "{\"n\": 1, \"pay\": \"a\"}\n{\"n\": 1, \"pay\": \"b\", \"o\": {\"k\": 1, \"k\": 1}}\n");
  folder.write("mixed.jsonl", "{\"n\": 1, \"pay\": \"1\"}\n{\"n\": 1, \"pay\": 1}\n");
  auto problemOf = [&](const std::string &file) { return messageOf([&] { readFacts(sourceOf("jsonl", {file}, {{"columns", "n"}, {"label", "pay"}}), folder.path); }); };
  EXPECT_TRUE(contains(problemOf("twice.jsonl"), "twice.jsonl:2: the record has `k` twice; which of its values is meant is not said, leave one"));
  EXPECT_TRUE(contains(problemOf("mixed.jsonl"), "mixed.jsonl:2: `pay` is a number, `1`, and a text in a record before it; write all labels in one way"));
  source.options["columns"] = "who.agee";
  EXPECT_TRUE(contains(messageOf([&] { readFacts(source, folder.path); }), "t.jsonl:1: the record has no `who.agee`; `who` has `age`, `job`"));
  source.options["columns"] = "n, pay";
  EXPECT_TRUE(contains(messageOf([&] { readFacts(source, folder.path); }), "names column `pay` of `" + (folder / "t.jsonl") + "`, which is the label or a target"));
}

TEST(Tables, classesMayBeWrittenOtherwiseInAFile) {
  TemporaryFolder folder;
  folder.write("t.csv", "1,>50K.\n2,<=50K.\n");
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"label", "1"}, {"classes", "<=50K = <=50K., >50K = >50K."}});
  Dataset table = loadVerified(source, folder.path);
  EXPECT_EQ(table.fields()[1].classNames, (std::vector<std::string>{"<=50K", ">50K"}));
  EXPECT_EQ(valuesOf<int32_t>(table, "label"), (std::vector<int32_t>{1, 0}));
  source.options["classes"] = "<=50K = <=50K., >50K";
  EXPECT_TRUE(contains(messageOf([&] { readFacts(source, folder.path); }), "column 1 has `>50K.`, expected one of `<=50K.`, `>50K`"));
}

TEST(Tables, namesThatNoVocabularyOrMessageCouldHaveAreErrors) {
  TemporaryFolder folder;
  folder.write("t.csv", "a,b\n1,\xff\n2,x\n");
  auto message = [&](std::map<std::string, std::string> options) { return messageOf([&] { readFacts(sourceOf("csv", {"t.csv"}, std::move(options)), folder.path); }); };
  EXPECT_TRUE(contains(message({{"categories", "b"}}), "expected UTF-8"));
  EXPECT_TRUE(contains(message({{"categories", "kind = "}}), "option `categories` of source `train` has `kind =`, expected a column"));
  EXPECT_TRUE(contains(message({{"categories", "k = 0, k = 1"}}), "by the name `k`"));
  EXPECT_TRUE(contains(message({{"columns", "a"}, {"categories", "b"}, {"label", "b"}}), "names column 1 of"));
  EXPECT_TRUE(contains(message({{"x", "kinds"}, {"columns", "a"}}), "option `x` of source `train` is `kinds`, which names another field"));
}

} // namespace tl::test
