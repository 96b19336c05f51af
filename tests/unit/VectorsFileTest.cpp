// Word vectors are read in each form that programs write them in, a row for each word; what does not fit together is refused with its place.
#include "runtime/weights/WeightFile.h"
#include "tests/unit/Temporary.h"
#include <cstring>

namespace tl::test {
using namespace weights;

static std::string bytesOf(const std::vector<float> &numbers) { return {reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(float)}; }

static std::vector<float> rowsOf(WeightFile &file, const std::vector<int64_t> &rows) {
  std::vector<float> values(rows.size() * size_t(file.tensors()[0]->shape[1]));
  file.readRows(rows, reinterpret_cast<char *>(values.data()));
  return values;
}

/// `the`, `cat` and `é`, with 2 numbers each.
static std::vector<std::pair<std::string, std::string>> sound() {
  std::string lines = "the 1 -2.5\ncat 0.25 1e-3\n\xc3\xa9 7 +8\n", blanks = "3 2 \nthe 1 -2.5 \ncat 0.25 1e-3 \n\xc3\xa9 7 8 ";
  std::string numbers[] = {bytesOf({1, -2.5}), bytesOf({0.25, 1e-3f}), bytesOf({7, 8})};
  std::string tight = "3 2\nthe " + numbers[0] + "cat " + numbers[1] + "\xc3\xa9 " + numbers[2];
  std::string loose = "3 2\nthe " + numbers[0] + "\ncat " + numbers[1] + "\n\xc3\xa9 " + numbers[2] + "\n";
  std::string returns = "the 1 -2.5\r\ncat 0.25 1e-3\r\n\xc3\xa9 7 8\r\n";
  return {{"glove.txt", lines}, {"returns.txt", returns}, {"aligned.txt", "the  1 -2.5\ncat  0.25 1e-3\n\xc3\xa9    7 8\n"}, {"counted.vec", "3 2\n" + lines}, {"blanks", blanks}, {"tight.bin", tight}, {"loose.bin", loose}};
}

TEST(VectorsFile, readsEveryForm) {
  TemporaryFolder folder;
  for (const auto &[name, bytes] : sound())
    for (bool isPacked : {false, true}) {
      folder.write(name, isPacked ? packed(bytes) : bytes);
      WeightFile file(folder / name);
      ASSERT_TRUE(file.words()) << name;
      EXPECT_EQ(file.tensors()[0]->name, "vectors");
      EXPECT_EQ(file.tensors()[0]->shape, (std::vector<int64_t>{3, 2})) << name;
      EXPECT_EQ(file.words()->find("the"), 0);
      EXPECT_EQ(file.words()->find("cat"), 1);
      EXPECT_EQ(file.words()->find("\xc3\xa9"), 2);
      EXPECT_EQ(file.words()->find("dog"), -1);
      EXPECT_EQ(rowsOf(file, {0, 1, 2}), (std::vector<float>{1, -2.5, 0.25, 1e-3f, 7, 8})) << name;
      EXPECT_EQ(rowsOf(file, {1}), (std::vector<float>{0.25, 1e-3f})) << name;
    }
}

TEST(VectorsFile, aWordMayHaveBlanks) {
  TemporaryFolder folder;
  folder.write("x.txt", ", 1 2\n. . . 3 4\nat name@domain.com 5 6\n1 1/2 7 8\n");
  WeightFile file(folder / "x.txt");
  EXPECT_EQ(file.words()->find(". . ."), 1);
  EXPECT_EQ(file.words()->find("at name@domain.com"), 2);
  EXPECT_EQ(file.words()->find("1 1/2"), 3);
  EXPECT_EQ(rowsOf(file, {1, 3}), (std::vector<float>{3, 4, 7, 8}));
}

TEST(VectorsFile, theWordsAreTheDigest) {
  TemporaryFolder folder;
  auto digestOf = [&](const std::string &bytes) {
    folder.write("x.txt", bytes);
    return WeightFile(folder / "x.txt").digest();
  };
  std::string digest = digestOf("the 1 2\ncat 3 4\n");
  EXPECT_EQ(digestOf("the 5 6\ncat 7 8\n"), digest);
  EXPECT_NE(digestOf("the 1 2\ndog 3 4\n"), digest);
  EXPECT_NE(digestOf("cat 1 2\nthe 3 4\n"), digest);
  EXPECT_NE(digestOf("the 1\ncat 2\n"), digest);
}

TEST(VectorsFile, holdsWordsAndNoVectors) {
  TemporaryFolder folder;
  std::string bytes;
  for (int row = 0; row < 3000; ++row) // more than one piece, and rows that lie across two
    bytes += "word" + std::to_string(row) + " " + std::to_string(row) + std::string(97, '0') + ".5\n";
  folder.write("x.txt", bytes);
  WeightFile file(folder / "x.txt");
  EXPECT_EQ(file.words()->size(), 3000);
  EXPECT_EQ(file.words()->find("word2999"), 2999);
  folder.write("y.txt", "a 1\nb 2\n");
  WeightFile other(folder / "y.txt");
  EXPECT_EQ(rowsOf(other, {1}), (std::vector<float>{2}));
  folder.write("y.txt", "a 3\nb 4\n"); // it is read when it is asked for
  EXPECT_EQ(rowsOf(other, {1}), (std::vector<float>{4}));
}

TEST(VectorsFile, refusesWhatDoesNotFitTogether) {
  TemporaryFolder folder;
  auto refused = [&](const std::string &bytes) {
    folder.write("x.txt", bytes);
    return messageOf([&] {
      WeightFile file(folder / "x.txt");
      rowsOf(file, {0, 1});
    });
  };
  std::string four(4, '\x81'), again = "; fetch it again, or write it again with what made it";
  EXPECT_TRUE(contains(refused("the 1 2\na 3 4\nthe 5 6\n"), "x.txt`: line 3 has the word `the` again, which was there in line 1; which of its vectors is meant is not known"));
  EXPECT_TRUE(contains(refused("2 2\nthe 1 2\nthe 5 6\n"), "line 3 has the word `the` again, which was there in line 2"));
  EXPECT_TRUE(contains(refused("the 1 2\na 3\n"), "line 2 has 1 number, and the first line has 2" + again));
  EXPECT_TRUE(contains(refused("the 1 2\na 3 4 5\n"), "line 2 has 3 numbers, and the first line has 2" + again));
  EXPECT_TRUE(contains(refused("1 2\nthe 1 2 3\n"), "line 2 has 3 numbers, and the file says that each word has 2" + again));
  EXPECT_TRUE(contains(refused("the 1 2\n\na 3 4\n"), "line 2 has 0 numbers, and the first line has 2"));
  EXPECT_TRUE(contains(refused("3 2\nthe 1 2\na 3 4\n"), "has 2 words, its first line says 3: it is truncated or damaged" + again));
  EXPECT_TRUE(contains(refused("1 2\nthe 1 2\na 3 4\n"), "line 3 stands behind the last of 1 words that the first line says the file has" + again));
  EXPECT_TRUE(contains(refused("th\xe9 1 2\n"), "line 1 has a word whose byte 3 is no UTF-8; convert the file, as by `iconv`"));
  EXPECT_TRUE(contains(refused("a 1 2\n 3 4\n"), "line 2 has no word in front of its numbers"));
  EXPECT_TRUE(contains(refused("a 1 2\nb 3 four\n"), "line 2: `four` is no number"));
  EXPECT_TRUE(contains(refused("a 1 2\nb 3 nan\n"), "line 2: number 2 of `b` is not finite"));
  for (const char *large : {"1e39", "1e400", "-1e400"})
    EXPECT_TRUE(contains(refused("a 1 2\nb " + std::string(large) + " 2\n"), "line 2: number 1 of `b` is not finite"));
  EXPECT_TRUE(contains(refused("a 1 2\nb +-5 2\n"), "line 2: `+-5` is no number"));
  std::string bad = refused("2 1\nthe " + four + "th\xe9 " + four);
  EXPECT_TRUE(contains(bad, "row 2 has a word whose byte 3 is no UTF-8; write it again without this word"));
  EXPECT_TRUE(contains(refused(""), "x.txt` is empty"));
  EXPECT_TRUE(contains(refused("once upon a time\n"), "begins neither with how many words and numbers it has, `400000 100`, nor with a word and its numbers"));
  EXPECT_TRUE(contains(refused("3 4000000\nthe 1\n"), "says that each word has 4000000 numbers, which is more than a file of its length holds"));
  EXPECT_TRUE(contains(refused("3 1\nthe " + four + "cat " + four + "sat" + std::string(2, '\0')), "row 3 of 3 breaks off: the file is truncated"));
  EXPECT_TRUE(contains(refused("2 1\nthe " + four + "\ncat " + std::string(4, '\0') + "\nsat "), "goes on behind the 2 words of 1 number that its first line says it has"));
  EXPECT_TRUE(contains(refused("2 1\nthe " + four + "cat" + std::string(10'001, '\0')), "row 2 has no end of its word in 10000 bytes: words do not have 1 numbers each"));
  EXPECT_TRUE(contains(refused(packed("the 1 2\na 3 4\n").substr(0, 30)), "is truncated: its gzip data ends too early"));
  EXPECT_TRUE(contains(refused("a 1 2\nb" + std::string(5 << 20, 'b')), "line 2 is longer than 4194304 bytes"));
}

} // namespace tl::test
