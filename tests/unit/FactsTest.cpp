// Facts and values of IDX and CSV files, and what is said of bad ones.
#include "tests/unit/Sources.h"
#include <chrono>

namespace tl::test {
using namespace data;

TEST(Idx, imagesAndLabels) {
  TemporaryFolder folder;
  for (bool gzip : {false, true}) {
    auto put = [&](const std::string &bytes) { return gzip ? packed(bytes) : bytes; };
    folder.write("i", put(idx({3, 1, 2}, "abcdef")));
    folder.write("l", put(idx({3}, std::string("\2\0\1", 3))));
    abi::Source source = sourceOf("idx", {"i", "l"});
    Facts facts = readFacts(source, folder.path);
    EXPECT_EQ(facts.records, 3);
    ASSERT_EQ(facts.fields.size(), 2u);
    EXPECT_EQ(facts.fields[0].shape, (std::vector<int64_t>{1, 2}));
    EXPECT_EQ(facts.fields[1].classes, 3);
    Dataset dataset = loadVerified(source, folder.path);
    EXPECT_EQ(std::string(dataset.values(0), 6), "abcdef");
    EXPECT_EQ(valuesOf<int32_t>(dataset, "label"), (std::vector<int32_t>{2, 0, 1}));
    EXPECT_EQ(dataset.bytes(), 6 + 12);
  }
}

TEST(Idx, badFilesAreNamedWithBothSides) {
  TemporaryFolder folder;
  folder.write("l2", idx({2}, "\1\1"));
  folder.write("good", idx({3, 2}, "abcdef"));
  auto message = [&](const std::string &bytes) {
    folder.write("i", bytes);
    return messageOf([&] { loadVerified(sourceOf("idx", {"i"}), folder.path); });
  };
  EXPECT_TRUE(contains(message(""), "is truncated: the magic number needs 4 bytes, 0 are there"));
  EXPECT_TRUE(contains(message("PNG!"), "is no IDX file: it starts with bytes 80 78, expected 0 0"));
  EXPECT_TRUE(contains(message(idx({3, 2}, "abcdef", 13)), "IDX type 13, expected 8"));
  EXPECT_TRUE(contains(message(idx({3, 2}, "abc")), "declares u8[3, 2], 18 bytes with its header, but has 15"));
  EXPECT_TRUE(contains(message(idx({3, 2}, "abcdefg")), "declares u8[3, 2], 18 bytes with its header, but has 19"));
  EXPECT_TRUE(contains(message(packed(idx({3, 2}, "abc"))), "is truncated: it unpacks to 15 bytes, expected 18"));
  EXPECT_TRUE(contains(message(packed(idx({3, 2}, "abcdefg"))), "is damaged: it unpacks to 19 bytes, expected 18"));
  EXPECT_TRUE(contains(message(idx({0x7fffffff, 0x7fffffff, 0x7fffffff}, "")), "is impossible"));
  EXPECT_TRUE(contains(message(packed(idx({0x7fffffff, 1000}, ""))), "bytes with its header, but has at most"));
  EXPECT_TRUE(contains(message(idx({0, 2}, "")), "holds no records"));
  EXPECT_TRUE(contains(messageOf([&] {
                         readFacts(sourceOf("idx", {"good", "l2"}), folder.path);
                       }),
                       "holds 2 labels, `" + (folder / "good") + "` holds 3 images"));
  EXPECT_TRUE(contains(messageOf([&] {
                         readFacts(sourceOf("idx", {"good"}, {{"clases", "3"}}), folder.path);
                       }),
                       "no option `clases`; it has `classes`"));
}

TEST(Idx, dataThatChangedSinceCompilingIsRefused) {
  TemporaryFolder folder;
  folder.write("i", idx({3, 2}, "abcdef"));
  folder.write("l", idx({3}, std::string("\2\0\1", 3)));
  abi::Source source = sourceOf("idx", {"i", "l"});
  Facts facts = readFacts(source, folder.path);
  auto message = [&] { return messageOf([&] { loadAs(source, facts, folder.path); }); };
  EXPECT_EQ(message(), "");
  folder.write("l", idx({3}, std::string("\2\7\1", 3)));
  EXPECT_EQ(message(), "record 1 of `" + (folder / "l") + "`: label 7, expected 0..2: this program was compiled for 3 classes; mend the record, or compile again");
  folder.write("l", idx({3}, std::string("\1\0\1", 3)));
  EXPECT_TRUE(contains(message(), "facts with digest"));
  folder.write("i", idx({3, 1, 2}, "abcdef"));
  EXPECT_TRUE(contains(message(), "has `image`: u8[1, 2], this program was compiled for `image`: u8[2]"));
  folder.write("i", idx({2, 2}, "abcd"));
  folder.write("l", idx({2}, std::string("\2\0", 2)));
  EXPECT_TRUE(contains(message(), "has 2 records, this program was compiled for 3"));
}

TEST(Idx, realDigitsAreReadFastAndRight) {
  if (!io::isFolder(sharedData("mnist")))
    GTEST_SKIP() << "skipped: no MNIST at " << sharedData("mnist");
  abi::Source source = sourceOf("idx", {"train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"});
  auto start = std::chrono::steady_clock::now();
  Facts facts = readFacts(source, sharedData("mnist"));
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_LT(seconds, 0.05);
  EXPECT_EQ(facts.records, 60000);
  EXPECT_EQ(facts.fields[0].shape, (std::vector<int64_t>{28, 28}));
  EXPECT_EQ(facts.fields[1].classes, 10);
  Dataset dataset = loadVerified(source, sharedData("mnist"));
  EXPECT_EQ(valuesOf<int32_t>(dataset, "label")[0], 5);
  EXPECT_EQ(dataset.bytes(), 60000 * (784 + 4));
}

TEST(FindFile, looksInOrderAndSaysWhere) {
  TemporaryFolder folder, script;
  script.write("a.gz", "");
  EXPECT_EQ(findFile("a", script.path), script / "a.gz");
  script.write("a", "");
  EXPECT_EQ(findFile("a", script.path), script / "a");
  EXPECT_EQ(findFile("a.gz", script.path), script / "a.gz");
  ::setenv("TL_DATA", folder.path.c_str(), 1);
  folder.write("a", "");
  EXPECT_EQ(findFile("a.gz", script.path), folder / "a");
  std::string message = messageOf([&] { findFile("b", script.path); });
  ::unsetenv("TL_DATA");
  EXPECT_EQ(message, "cannot find the data file `b`: looked for `" + (folder / "b") + "`, `" + (script / "b") +
                         "`, `./b`, each also as `b.gz`; set TL_DATA, or `--data` of a program, to the folder that holds it");
}

TEST(Csv, headerQuotesAndNames) {
  TemporaryFolder folder;
  folder.write("t.csv",
               "\xEF\xBB\xBFid,\"the, width\",kind\r\n1, 2.5 ,\"b \"\"big\"\"\"\r\n\r\n2,-1e2,a\r\n3,+4,a\r\n\r\n");
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"label", "kind"}});
  Facts facts = readFacts(source, folder.path);
  EXPECT_EQ(facts.records, 3);
  EXPECT_EQ(facts.fields[1].classNames, (std::vector<std::string>{"a", "b \"big\""}));
  Dataset dataset = loadVerified(source, folder.path);
  EXPECT_EQ(valuesOf<float>(dataset, "x"), (std::vector<float>{1, 2.5, 2, -100, 3, 4}));
  EXPECT_EQ(valuesOf<int32_t>(dataset, "label"), (std::vector<int32_t>{1, 0, 0}));
  source.options = {{"columns", "the, width"}};
  EXPECT_TRUE(contains(messageOf([&] { readFacts(source, folder.path); }), "has no column `the`"));
  source.options = {{"columns", "1"}, {"x", "width"}, {"target", "id"}};
  dataset = loadVerified(source, folder.path);
  EXPECT_EQ(valuesOf<float>(dataset, "width"), (std::vector<float>{2.5, -100, 4}));
  EXPECT_EQ(valuesOf<float>(dataset, "target"), (std::vector<float>{1, 2, 3}));
}

TEST(Csv, numberedLabelsNeedNoHeader) {
  TemporaryFolder folder;
  folder.write("t.csv", packed("1,2,0\n3,4,2.000e+00"));
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"label", "2"}});
  Facts facts = readFacts(source, folder.path);
  EXPECT_EQ(facts.records, 2);
  EXPECT_EQ(facts.fields[1].classes, 3);
  EXPECT_EQ(valuesOf<int32_t>(loadVerified(source, folder.path), "label"), (std::vector<int32_t>{0, 2}));
}

TEST(Csv, badCellsAreNamedByPlace) {
  TemporaryFolder folder;
  auto message = [&](const std::string &bytes, std::map<std::string, std::string> options = {}) {
    folder.write("t.csv", bytes);
    return messageOf([&] { loadVerified(sourceOf("csv", {"t.csv"}, options), folder.path); });
  };
  std::string path = folder / "t.csv";
  EXPECT_TRUE(contains(message("a,b\n1,2\n3,oops\n"), path + ":3:3: column `b` has `oops`, expected a number"));
  EXPECT_TRUE(contains(message("1,2\n\n3,\n"), path + ":3:3: column 1 has ``, expected a number"));
  EXPECT_TRUE(contains(message("1,nan\n"), path + ":1:3: column 1 has `nan`"));
  EXPECT_TRUE(contains(message("1,1e300\n"), "expected a number that fits f32"));
  EXPECT_TRUE(contains(message("1,2\n3\n"), path + ":2: 1 cells, the first row has 2"));
  EXPECT_TRUE(contains(message("\"x\ny\",k\n1,2\n\"3,4\n"), path + ":4: a quoted cell has no closing"));
  EXPECT_TRUE(contains(message("1,0\n2,1.5\n", {{"label", "1"}}), path + ":2:3: column 1 has `1.5`, expected a class"));
  EXPECT_TRUE(contains(message("1,0\n", {{"label", "2"}}), "has no column `2`: it has 2 columns without a header"));
  EXPECT_TRUE(contains(message("1,0\n", {{"label", "1"}, {"columns", "0,1"}}), "must not see what it predicts"));
  EXPECT_TRUE(contains(message(""), "holds no records"));
}

TEST(Csv, tablesThatAreNoDataAreRefused) {
  TemporaryFolder folder;
  std::string wide, names;
  for (int i = 0; i < 16'385; ++i)
    wide += i ? ",1" : "1";
  for (int i = 0; i < 4097; ++i)
    names += "1,n" + std::to_string(i) + "\n";
  folder.write("wide.csv", wide + "\n");
  folder.write("names.csv", names);
  EXPECT_TRUE(contains(messageOf([&] { readFacts(sourceOf("csv", {"wide.csv"}), folder.path); }),
                       "wide.csv:1: more than 16384 cells"));
  EXPECT_TRUE(contains(messageOf([&] { readFacts(sourceOf("csv", {"names.csv"}, {{"label", "1"}}), folder.path); }),
                       "names.csv:4097:3: column 1 has `n4096`, expected one of at most 4096 names"));
}

TEST(Csv, aNameUnknownAtCompileTimeIsRefused) {
  TemporaryFolder folder;
  folder.write("t.csv", "1,a\n2,b\n");
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"label", "1"}});
  Facts facts = readFacts(source, folder.path);
  folder.write("t.csv", "1,a\n2,c\n");
  EXPECT_EQ(messageOf([&] { loadAs(source, facts, folder.path); }),
            (folder / "t.csv") + ":2:3: column 1 has `c`, expected one of `a`, `b`");
}

TEST(Csv, realFlowers) {
  if (!io::isFolder(sharedData("tabular")))
    GTEST_SKIP() << "skipped: no tables at " << sharedData("tabular");
  Facts facts = readFacts(sourceOf("csv", {"iris.csv"}, {{"label", "4"}}), sharedData("tabular"));
  EXPECT_EQ(facts.records, 150);
  EXPECT_EQ(facts.fields[0].shape, std::vector<int64_t>{4});
  EXPECT_EQ(facts.fields[1].classNames, (std::vector<std::string>{"Iris-setosa", "Iris-versicolor", "Iris-virginica"}));
  Dataset houses = loadVerified(sourceOf("csv", {"housing.csv"}, {{"target", "13"}}), sharedData("tabular"));
  EXPECT_EQ(houses.records(), 506);
  EXPECT_EQ(valuesOf<float>(houses, "target")[0], 24.0f);
}

} // namespace tl::test
