// Facts and values of IDX and CSV files, and what is said of bad ones.
#include "tests/unit/Sources.h"
#include <fstream>

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
    EXPECT_EQ(valuesOf<char>(dataset, "image"), (std::vector<char>{'a', 'b', 'c', 'd', 'e', 'f'}));
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

// Bytes that this process has read so far, from files and all else.
static int64_t bytesRead() {
  std::ifstream io("/proc/self/io");
  std::string name;
  int64_t bytes = 0;
  io >> name >> bytes;
  EXPECT_EQ(name, "rchar:");
  return bytes;
}

TEST(Idx, realDigitsAreReadRightAndOnlyWhereTheirFactsStand) {
  if (!io::isFolder(sharedData("mnist")))
    GTEST_SKIP() << "skipped: no MNIST at " << sharedData("mnist");
  abi::Source source = sourceOf("idx", {"train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"});
  int64_t before = bytesRead();
  Facts facts = readFacts(source, sharedData("mnist"));
  EXPECT_LT(bytesRead() - before, 1 << 20) << "the images are 47 MB, which facts need not";
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

TEST(FindFile, whatIsThereAndNoFileIsNotMissing) {
  TemporaryFolder folder;
  io::makeFolder(folder / "a");
  ::setenv("TL_DATA", folder.path.c_str(), 1);
  EXPECT_EQ(messageOf([&] { findFile("a", "."); }), "cannot read `" + (folder / "a") + "`: it is a folder; name a file in it, or another one");
  ASSERT_EQ(::symlink("loop", (folder / "loop").c_str()), 0);
  EXPECT_TRUE(contains(messageOf([&] { findFile("loop", "."); }), "cannot look at `" + (folder / "loop") + "`: Too many levels"));
  ::unsetenv("TL_DATA");
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

/// What a table of these bytes is read as without `header`: "header", "record", or the error's text.
static std::string firstRowOf(const TemporaryFolder &folder, const std::string &bytes, std::map<std::string, std::string> options = {}) {
  folder.write("t.csv", bytes);
  int64_t rows = std::count(bytes.begin(), bytes.end(), '\n'), records = 0;
  std::string message = messageOf([&] { records = readFacts(sourceOf("csv", {"t.csv"}, options), folder.path).records; });
  return !message.empty()  ? message
         : records == rows ? "record"
                           : "header";
}

TEST(Csv, aFirstLineThatTellsIsRead) {
  TemporaryFolder folder;
  EXPECT_EQ(firstRowOf(folder, "a,b\n1,2\n3,4\n"), "header");
  EXPECT_EQ(firstRowOf(folder, "Na,Mg,kind\n1,2,x\n3,4,y\n", {{"label", "2"}}), "header");
  EXPECT_EQ(firstRowOf(folder, ",a,b\n0,1,2\n1,3,4\n"), "header") << "an index without a name";
  EXPECT_EQ(firstRowOf(folder, "2,3\n1,2\n3,4\n"), "record");
  EXPECT_EQ(firstRowOf(folder, "0,1\n1,3\n2,5\n"), "record") << "numbers such as those below";
  EXPECT_EQ(firstRowOf(folder, "0,1\n1,0\n1,1\n0,0\n"), "record");
  EXPECT_EQ(firstRowOf(folder, "1.5,2.5,x\n2,3,y\n", {{"label", "2"}}), "record");
  EXPECT_EQ(firstRowOf(folder, "2019,2020\n1.5,2\n2,3\n", {{"columns", "2019"}}), "header") << "a column is named";
}

TEST(Csv, aFirstLineThatDoesNotTellIsAnErrorWithBothReadings) {
  TemporaryFolder folder;
  for (std::string first : {"NA", "", "1e400", "nan", "?", "word"}) {
    std::string message = firstRowOf(folder, first + ",2\n1,3\n4,5\n"), path = folder / "t.csv";
    EXPECT_EQ(message, "`" + path + "` does not tell whether its first line is a header or a record: as a header it names the columns `" + first +
                           "`, `2`; as a record, it has no number in column 0 but `" + first +
                           "`, where 2 of the 2 below have one; write `header = true` or `header = false`");
    EXPECT_EQ(firstRowOf(folder, first + ",2\n1,3\n4,5\n", {{"header", "true"}}), "header");
    EXPECT_TRUE(contains(firstRowOf(folder, first + ",2\n1,3\n4,5\n", {{"header", "false"}}), "t.csv:1:1: column 0 has `" + first + "`, expected a " + (first == "1e400" ? "finite number" : "number")));
  }
  for (std::string holes : {"NA,nan", ",", "?,-"})
    EXPECT_TRUE(contains(firstRowOf(folder, holes + "\n1,3\n4,5\n"), "does not tell")) << holes;
  EXPECT_TRUE(contains(firstRowOf(folder, "2019,2020\n1.5,2.5\n3.5,1.5\n"),
                       "names the columns `2019`, `2020`; as a record, its numbers count up by one, as in none of the 2 below"));
  EXPECT_TRUE(contains(firstRowOf(folder, "2019,2020\n1,7\n3,5\n"), "count up by one"));
  EXPECT_EQ(firstRowOf(folder, "2019,2020\n1.5,2.5\n3.5,1.5\n", {{"header", "true"}}), "header");
}

TEST(Csv, aHeaderThatLooksLikeARecordIsDoubted) {
  TemporaryFolder folder;
  auto doubt = [&](const std::string &reader, const std::string &bytes, std::map<std::string, std::string> options) {
    folder.write("t.csv", bytes);
    options["header"] = "true";
    return readFacts(sourceOf(reader, {"t.csv"}, options), folder.path).headerDoubt;
  };
  EXPECT_EQ(doubt("csv", "1.5,2\n3,4.5\n2,1\n", {}),
            "as a header it names the columns `1.5`, `2`; as a record, it has numbers where the 2 below have them");
  EXPECT_EQ(doubt("csv", "a,b\n3,4.5\n2,1\n", {}), "");
  EXPECT_EQ(doubt("csv", "NA,b\n3,4.5\n2,1\n", {}), "");
  EXPECT_EQ(doubt("csv", "2019,2020\n3,4\n2,1\n", {}), "") << "names that count up";
  EXPECT_EQ(doubt("csv", "7,1\n3,4\n2,1\n", {{"target", "7"}}), "") << "a column is named";
  EXPECT_TRUE(contains(doubt("lines", "a good one\t1\na bad one\t0\n", {{"length", "4"}, {"label", "1"}, {"text.kind", "words"}}), "as a record"));
  EXPECT_EQ(doubt("lines", "text\tkind\na bad one\t0\n", {{"length", "4"}, {"label", "1"}, {"text.kind", "words"}}), "");
}

TEST(Csv, aNameOfTwoColumnsIsAnErrorWhereItIsUsed) {
  TemporaryFolder folder;
  std::string table = "a,b,a\n1,2,3\n4,5,6\n";
  EXPECT_TRUE(contains(firstRowOf(folder, table, {{"columns", "b,a"}}), "has 2 columns named `a`, those numbered 0 and 2; give the one that is meant"));
  EXPECT_TRUE(contains(firstRowOf(folder, table, {{"target", "a"}}), "has 2 columns named `a`"));
  EXPECT_EQ(firstRowOf(folder, table, {{"columns", "0,b"}}), "header");
  EXPECT_TRUE(contains(firstRowOf(folder, table, {{"columns", "b, 1"}}), "option `columns` names column `1` twice"));
}

TEST(Csv, holesAreCountedAndNamed) {
  TemporaryFolder folder;
  EXPECT_TRUE(contains(firstRowOf(folder, "a,b\n1,2\n3,NA\n5,\n7,8\n"),
                       "t.csv:3:3: column `b` has `NA`, expected a number: a hole, of which the column has 2 in 4 records; fill them in"));
  EXPECT_TRUE(contains(firstRowOf(folder, "1,x\n3,\n", {{"label", "1"}}), "t.csv:2:3: column 1 has ``, expected the class, which a hole does not say; give one, remove the record"));
  EXPECT_TRUE(contains(firstRowOf(folder, "1,NA\n3,1\n4,0\n", {{"label", "1"}, {"header", "false"}}), "t.csv:1:3: column 1 has `NA`, expected the class, which a hole does not say"));
}

TEST(Csv, aHeaderAboveNamesAloneIsToldByTheLabel) {
  TemporaryFolder folder;
  std::map<std::string, std::string> options{{"categories", "0, 1"}, {"label", "2"}};
  std::string rows = "clerk,Ulm,no\ncook,Bonn,yes\nsmith,Ulm,yes\nclerk,Bonn,yes\n", header = "job,town,y\n";
  EXPECT_TRUE(contains(firstRowOf(folder, header + rows, options),
                       "does not tell whether its first line is a header or a record: as a header it names the columns `job`, `town`, `y`; as a record it is the only one of its class, `y`"));
  EXPECT_EQ(firstRowOf(folder, header + rows, {{"categories", "0, 1"}, {"label", "2"}, {"header", "true"}}), "header");
  EXPECT_EQ(firstRowOf(folder, rows, options), "record") << "the only one of its class, and of a town that others have";
  EXPECT_EQ(firstRowOf(folder, "job,town,yes\n" + rows, options), "record") << "others are of its class";
  EXPECT_EQ(firstRowOf(folder, "1.5,a\n2,b\n3,b\n4,b\n", {{"label", "1"}}), "record") << "a number above numbers";
  EXPECT_EQ(firstRowOf(folder, "p,a\nq,b\nr,c\n", {{"categories", "0"}, {"label", "1"}}), "record") << "classes that do not repeat tell nothing";
}

TEST(Csv, otherEncodingsAndEndsOfLinesAreTold) {
  TemporaryFolder folder;
  const std::string plain = "age,pay\n39,1\n40,0\n";
  auto wide = [&](bool isLittle) {
    std::string text;
    for (char c : plain)
      (text += isLittle ? c : '\0') += isLittle ? '\0' : c;
    return text;
  };
  std::string is16 = "`" + (folder / "t.csv") + "` is UTF-16, and texts and tables are read as UTF-8; `iconv -f utf-16";
  EXPECT_EQ(firstRowOf(folder, "\xFF\xFE" + wide(true)), is16 + " -t utf-8 t.csv` makes it so");
  EXPECT_EQ(firstRowOf(folder, "\xFE\xFF" + wide(false)), is16 + " -t utf-8 t.csv` makes it so");
  EXPECT_EQ(firstRowOf(folder, wide(true)), is16 + "le -t utf-8 t.csv` makes it so");
  EXPECT_EQ(firstRowOf(folder, packed(wide(false))), is16 + "be -t utf-8 t.csv` makes it so");
  EXPECT_EQ(firstRowOf(folder, "a,b\r1,2\r3,4\r"), "`" + (folder / "t.csv") + "` ends its lines in carriage returns alone, and they end in a line feed here; `tr '\\r' '\\n' < t.csv` makes it so");
  folder.write("t.csv", "1,2\r");
  EXPECT_EQ(readFacts(sourceOf("csv", {"t.csv"}, {{"header", "false"}}), folder.path).records, 1) << "one line may end as it likes";
}

TEST(Csv, badCellsAreNamedByPlace) {
  TemporaryFolder folder;
  auto message = [&](const std::string &bytes, std::map<std::string, std::string> options = {}) {
    folder.write("t.csv", bytes);
    return messageOf([&] { loadVerified(sourceOf("csv", {"t.csv"}, options), folder.path); });
  };
  std::string path = folder / "t.csv";
  EXPECT_TRUE(contains(message("a,b\n1,2\n3,oops\n"), path + ":3:3: column `b` has `oops`, expected a number"));
  EXPECT_TRUE(contains(message("1,red\n3,blue\n"), "`columns` chooses the columns to read, `label = 1` the one that holds classes"));
  EXPECT_FALSE(contains(message("1,2\n3,\n"), "classes"));
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
                       "wide.csv:1: more than 4096 cells"));
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
