// Sources read in pieces give what held ones give, hold less, and tell of files that are changed under them.
#include "runtime/data/Loader.h"
#include "runtime/data/Split.h"
#include "tests/unit/Sources.h"
#include <fcntl.h>
#include <sys/stat.h>

namespace tl::test {
using namespace data;

namespace {

std::string idxOf(int records) {
  std::string values;
  for (int i = 0; i < records * 48; ++i)
    values += char(i * 7 + i / 48);
  return idx({records, 6, 8}, values);
}

std::string labelsOf(int records) {
  std::string values;
  for (int i = 0; i < records; ++i)
    values += char(i % 5);
  return idx({records}, values);
}

std::string cifarOf(int records, int first) {
  std::string bytes;
  for (int r = 0; r < records; ++r) {
    bytes += char((first + r) % 10);
    for (int i = 0; i < 3072; ++i)
      bytes += char(i * 3 + first + r);
  }
  return bytes;
}

/// With quotes, line ends within them, both line ends, blank lines, and rows that are longer than what is read at once.
std::string csvOf(int records) {
  std::string text = "\xEF\xBB\xBFlength, width, name, depth, height, area\r\n";
  for (int i = 0; i < records; ++i) {
    std::string name = i % 3 == 0 ? "\"a \"\"b\"\"\"" : i % 3 == 1 ? "c"
                                                                   : "\"d,\ne\"";
    text += (i % 4 == 0 ? "\n \n" : "") + std::to_string(i) + "," + std::to_string(i) + ".5, " + name + ", -" +
            std::to_string(i % 7) + "e-3," + std::string(i == 9 || i == 11 ? 600'000 : i % 5, ' ') + "7,\"8\"" + (i % 2 ? "\r\n" : "\n");
  }
  return text;
}

struct Both {
  Dataset whole, pieces;
};

Both both(const abi::Source &source, const TemporaryFolder &folder) {
  return {loadVerified(source, folder.path), loadVerified(source, folder.path, Holding::InPieces)};
}

abi::Source csvSource() { return sourceOf("csv", {"t.csv"}, {{"label", "name"}, {"target", "area"}}); }

} // namespace

TEST(Pieces, everyFormatGivesTheBitsOfWhatIsHeld) {
  TemporaryFolder folder;
  folder.write("i", idxOf(3000)), folder.write("l", labelsOf(3000));
  folder.write("a", cifarOf(40, 0)), folder.write("b", cifarOf(3, 5)), folder.write("c", cifarOf(30, 2));
  folder.write("t.csv", csvOf(20'000));
  for (const abi::Source &source : {sourceOf("idx", {"i", "l"}), sourceOf("idx", {"i"}), sourceOf("cifar", {"a", "b", "c"}), csvSource()}) {
    auto [whole, pieces] = both(source, folder);
    ASSERT_EQ(whole.holding(), Holding::Whole);
    ASSERT_EQ(pieces.holding(), Holding::InPieces) << source.reader;
    EXPECT_EQ(whole.digest(), pieces.digest());
    // Back and forth, so that windows are left and met again.
    for (int64_t i = 0; i < whole.records(); ++i) {
      int64_t record = i % 2 ? i : whole.records() - 1 - i;
      ASSERT_EQ(whole.digest(record), pieces.digest(record)) << source.reader << " " << record;
    }
    Pieces::Window window;
    for (int64_t i = 0; i < 500; ++i)
      for (int field = 0; field < int(whole.fields().size()); ++field) {
        int64_t record = i * i * 31 % whole.records();
        std::vector<char> values(size_t(whole.bytesPerRecord(field)));
        Dataset::Target target{field, values.data()};
        pieces.read(record, {&target, 1}, window);
        ASSERT_EQ(values, whole.values(field, record)) << source.reader << " " << record;
      }
  }
}

TEST(Pieces, holdPlacesAndDigestsAlone) {
  TemporaryFolder folder;
  folder.write("i", idxOf(3000)), folder.write("l", labelsOf(3000));
  auto [whole, pieces] = both(sourceOf("idx", {"i", "l"}), folder);
  EXPECT_EQ(whole.bytes(), 3000 * (48 + 4));
  EXPECT_EQ(pieces.bytes(), 3000 * (1 + 8));
  abi::Source source = sourceOf("idx", {"i", "l"});
  source.records = 3000;
  for (Holding holding : {Holding::Whole, Holding::InPieces})
    EXPECT_EQ(Dataset::bytes(source, whole.fields(), holding), (holding == Holding::Whole ? whole : pieces).bytes());
}

TEST(Pieces, packedFilesAndTinyRecordsAreHeldWhole) {
  TemporaryFolder folder;
  folder.write("i", packed(idxOf(30))), folder.write("l", labelsOf(30)), folder.write("t.csv", packed(csvOf(30)));
  folder.write("tiny", "1\n2\n3\n");
  for (const abi::Source &source : {sourceOf("idx", {"i", "l"}), csvSource(), sourceOf("csv", {"tiny"}, {{"header", "false"}})})
    EXPECT_EQ(loadVerified(source, folder.path, Holding::InPieces).holding(), Holding::Whole) << source.reader;
}

TEST(Pieces, batchesAreTheSame) {
  TemporaryFolder folder;
  folder.write("t.csv", csvOf(500));
  auto [whole, pieces] = both(csvSource(), folder);
  RecordList records = splitRecords(whole, {"train", "train", 0, 0.7, ""});
  ASSERT_EQ(records, splitRecords(pieces, {"train", "train", 0, 0.7, ""}));
  LoaderOptions options;
  options.batch = 32;
  options.inputs = {{"x", "f32", {32, 4}, 0}, {"label", "i32", {32}, 512}, {"valid", "f32", {32}, 640}, {"target", "f32", {32, 1}, 768}};
  options.inputBytes = 896;
  options.shuffle = true;
  for (int64_t depth : {0, 2, 3}) {
    options.depth = depth;
    Loader a(whole, records, options), b(pieces, records, options);
    for (int64_t from : {0, 7, 40}) {
      a.seek(from), b.seek(from);
      for (int i = 0; i < 25; ++i)
        ASSERT_EQ(std::string(a.next().arena.begin(), 896), std::string(b.next().arena.begin(), 896)) << depth << " " << from << " " << i;
    }
  }
}

TEST(Pieces, badRecordsAreToldBeforeAnyIsUsed) {
  TemporaryFolder folder;
  std::string text = csvOf(100);
  folder.write("t.csv", text);
  Facts facts = readFacts(csvSource(), folder.path);
  folder.write("t.csv", text + "1,2,c,3,x,5\n");
  EXPECT_TRUE(contains(messageOf([&] { loadAs(csvSource(), facts, folder.path, Holding::InPieces); }), "t.csv:185:9: column `height` has `x`, expected a number"));
  folder.write("i", idxOf(30)), folder.write("l", labelsOf(30));
  facts = readFacts(sourceOf("idx", {"i", "l"}, {{"classes", "5"}}), folder.path);
  facts.fields[1].classes = 4;
  EXPECT_TRUE(contains(messageOf([&] { loadAs(sourceOf("idx", {"i", "l"}, {{"classes", "5"}}), facts, folder.path, Holding::InPieces); }),
                       "record 4 of `" + (folder / "l") + "`: label 4, expected 0..3"));
}

/// Writes over a file what keeps its time: what a clock too coarse would not show.
static void overwrite(const std::string &path, int64_t at, const std::string &bytes, bool keepsTime) {
  struct stat before;
  ASSERT_EQ(::stat(path.c_str(), &before), 0);
  int fd = ::open(path.c_str(), O_WRONLY);
  ASSERT_EQ(::pwrite(fd, bytes.data(), bytes.size(), at), ssize_t(bytes.size()));
  timespec times[] = {before.st_atim, before.st_mtim};
  if (!keepsTime)
    ++times[1].tv_sec;
  ASSERT_EQ(::futimens(fd, times), 0);
  ::close(fd);
}

TEST(Pieces, aFileThatIsChangedIsToldFromTheThreadThatReads) {
  TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 40'000; ++i)
    text += "1.25,2.5,3.75,4.5,0\n";
  folder.write("t.csv", text);
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"header", "false"}});
  LoaderOptions options;
  options.batch = 100;
  options.inputs = {{"x", "f32", {100, 5}, 0}};
  options.inputBytes = 2000;
  for (bool keepsTime : {false, true}) {
    folder.write("t.csv", text);
    Dataset dataset = loadVerified(source, folder.path, Holding::InPieces);
    ASSERT_EQ(dataset.holding(), Holding::InPieces);
    std::vector<int64_t> records(40'000);
    for (int64_t i = 0; i < 40'000; ++i)
      records[size_t(i)] = i;
    Loader loader(dataset, records, options);
    loader.next();
    overwrite(folder / "t.csv", 30'000 * 20 + 5, "two", keepsTime);
    std::string message = messageOf([&] {
      for (int i = 1; i < 400; ++i)
        loader.next();
    });
    EXPECT_TRUE(contains(message, keepsTime ? "t.csv:30001:6: column 1 has `two`, expected" : "t.csv` was changed while the program runs")) << message;
  }
  folder.write("t.csv", text);
  Dataset dataset = loadVerified(source, folder.path, Holding::InPieces);
  overwrite(folder / "t.csv", 4, "\n", true);
  EXPECT_TRUE(contains(messageOf([&] { dataset.values(0, 0); }), "t.csv:1: 1 cells, the first row has 5"));
  folder.write("t.csv", text.substr(0, 1000));
  EXPECT_TRUE(contains(messageOf([&] { dataset.values(0, 20'000); }), "t.csv` was changed while the program runs"));
}

TEST(Pieces, aTableThatIsChangedBetweenTwoPassesIsTold) {
  TemporaryFolder folder;
  abi::Source source = sourceOf("csv", {"t.csv"}, {{"header", "false"}});
  char into[64];
  for (auto [first, then] : {std::pair("100\n200\n", "1\n2\n200\n"), std::pair("1\n2\n200\n", "100\n200\n")}) {
    folder.write("t.csv", first);
    std::unique_ptr<Reader> reader = openSource(source, folder.path);
    folder.write("t.csv", then);
    EXPECT_TRUE(contains(messageOf([&] { reader->fill(reader->facts.fields[0], into); }), "t.csv` was changed while it was read, and has not the"));
    EXPECT_TRUE(contains(messageOf([&] { reader->findRecords({}, ""); }), "t.csv` was changed while it was read"));
  }
}

} // namespace tl::test
