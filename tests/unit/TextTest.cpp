// Text becomes tokens by stated rules, its vocabulary is that of train, and no window lies in two parts.
#include "runtime/data/Split.h"
#include "runtime/readers/TextBlocks.h"
#include "runtime/data/Tokens.h"
#include "runtime/io/Utf8.h"
#include "tests/unit/Sources.h"

namespace tl::test {
using namespace data;

static std::vector<std::string> piecesOf(const std::string &text, const std::string &kind) {
  std::vector<std::string> pieces;
  Cutter cutter(text, kind);
  for (std::string_view piece; cutter.next(piece);)
    pieces.emplace_back(piece);
  return pieces;
}

TEST(Text, isCutIntoCharactersAndWords) {
  EXPECT_EQ(piecesOf("aé€𝄞\n", "characters"), (std::vector<std::string>{"a", "é", "€", "𝄞", "\n"}));
  EXPECT_EQ(piecesOf("It's  über-GOOD, 3.5\t!\n", "words"),
            (std::vector<std::string>{"it's", "über", "-", "good", ",", "3", ".", "5", "!"}));
  EXPECT_EQ(piecesOf(" \n", "words"), std::vector<std::string>{});
}

TEST(Text, whatIsNotUtf8IsFound) {
  for (const char *good : {"", "a", "\x7f", "é", "\xdf\xbf", "€", "\xed\x9f\xbf", "\xef\xbf\xbf", "𝄞", "\xf4\x8f\xbf\xbf"})
    EXPECT_EQ(io::findBadUtf8(good), std::string::npos) << good;
  for (const char *bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9d\x84", "\xe2\x28\xa1", "\xc3("})
    EXPECT_EQ(io::findBadUtf8(std::string("xé") + bad), 3u) << bad;
}

TEST(Text, aVocabularyIsInOrderOfFrequency) {
  PieceCounter counter;
  for (const char *piece : {"b", "c", "c", "a", "d", "d"})
    counter.add(piece);
  EXPECT_EQ(counter.vocabulary(0), (std::vector<std::string>{"[padding]", "[unknown]", "[mask]", "[start]", "c", "d", "a", "b"}));
  std::vector<std::string> few = counter.vocabulary(6);
  EXPECT_EQ(few.size(), 6u);
  Vocabulary vocabulary(few);
  EXPECT_EQ(vocabulary.number("d"), 5);
  EXPECT_EQ(vocabulary.number("a"), unknownToken);
  EXPECT_EQ(vocabulary.number("[mask]"), unknownToken);
  std::vector<int64_t> counts;
  counter.vocabulary(0, 1, &counts);
  EXPECT_EQ(counts, (std::vector<int64_t>{0, 0, 0, 0, 2, 2, 1, 1}));
  counter.vocabulary(5, 1, &counts);
  EXPECT_EQ(counts, (std::vector<int64_t>{0, 4, 0, 0, 2})); // what has no number is unknown
  EXPECT_EQ(counter.vocabulary(0, 2, &counts).size(), 6u);
  EXPECT_EQ(counts, (std::vector<int64_t>{0, 2, 0, 0, 2, 2}));
}

/// What the compiler and then the program do with a source of text.
static Dataset loadText(abi::Source source, const abi::Split &train, const TemporaryFolder &folder) {
  Facts facts = readFacts(source, folder.path);
  facts.fields[0].vocabulary = fitVocabulary(source, "text", train, folder.path);
  return loadAs(source, facts, folder.path);
}

static abi::Split part(const std::string &name, double from, double to, int64_t step) {
  return {name, "train", from, to, "", "position", step};
}

TEST(Text, windowsTellLinesApart) {
  TemporaryFolder folder;
  folder.write("t", "\none two\r\n\n  two-one\none");
  abi::Source source = sourceOf("text", {"t"}, {{"window", "3"}, {"text.kind", "words"}, {"text.start", "true"}});
  Facts facts = readFacts(source, folder.path);
  ASSERT_EQ(facts.records, 7);
  facts.fields[0].vocabulary = {"[padding]", "[unknown]", "[mask]", "[start]", "one", "two", "-"};
  std::vector<int32_t> windows = valuesOf<int32_t>(loadAs(source, facts, folder.path), "text");
  EXPECT_EQ(windows, (std::vector<int32_t>{3, 4, 5, 4, 5, 3, 5, 3, 5, 3, 5, 6, 5, 6, 4, 6, 4, 3, 4, 3, 4}));
  EXPECT_EQ(fitVocabulary(source, "text", part("train", 0, 0.56, 1), folder.path), (std::vector<std::string>{"[padding]", "[unknown]", "[mask]", "[start]", "two", "one"}));
  source.options["text.kind"] = "characters";
  EXPECT_THROW(readFacts(source, folder.path), Error);

  // Wherever a text is cut in blocks.
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += std::string(i % 5, ' ') + (i % 3 ? "\n" : "") + std::string(i % 4, '\n') + "w" + (i % 7 ? " " : ".");
  folder.write("long", text);
  std::unique_ptr<TextEncoder> encoder = makeTextEncoder({facts.fields[0].tokens, true, facts.fields[0].vocabulary});
  std::vector<int32_t> whole, pieces;
  encoder->encode(text, false, SIZE_MAX, whole);
  EXPECT_GT(std::count(whole.begin(), whole.end(), startToken), 100);
  for (size_t block : {1, 9, 10, 13, 30, 64}) { // below 8 all are 8
    pieces.clear();
    encodeTexts({folder.path + "/long"}, *encoder, [&](std::span<const int32_t> ids) { pieces.insert(pieces.end(), ids.begin(), ids.end()); }, block, 2);
    EXPECT_EQ(pieces, whole) << block;
  }
}

TEST(Text, windowsShareTheirTokens) {
  TemporaryFolder folder;
  folder.write("t", "\xEF\xBB\xBF"
                    "abcabcabxy");
  abi::Source source = sourceOf("text", {"t"}, {{"window", "4"}});
  Facts facts = readFacts(source, folder.path);
  EXPECT_EQ(facts.records, 7);
  EXPECT_EQ(facts.window, 4);
  EXPECT_EQ(facts.fields[0].shape, std::vector<int64_t>{4});
  Dataset dataset = loadText(source, part("train", 0, 0.8, 1), folder);
  EXPECT_EQ(dataset.bytes(), 40);
  auto window = [&](int64_t record) {
    std::vector<int32_t> ids(4);
    std::memcpy(ids.data(), dataset.values(0, record).data(), 16);
    return ids;
  };
  EXPECT_EQ(window(0), (std::vector<int32_t>{4, 5, 6, 4}));
  EXPECT_EQ(window(6), (std::vector<int32_t>{4, 5, 1, 1})); // x and y are not in train
}

TEST(Text, noWindowLiesInTwoParts) {
  TemporaryFolder folder;
  folder.write("t", std::string(100, 'a'));
  Dataset dataset = loadText(sourceOf("text", {"t"}, {{"window", "8"}}), part("train", 0, 0.5, 1), folder);
  RecordList train = splitRecords(dataset, part("train", 0, 0.5, 1)), val = splitRecords(dataset, part("val", 0.5, 1, 7));
  EXPECT_EQ(train[0], 0);
  EXPECT_EQ(train[train.size() - 1], 42); // tokens 42 to 49
  EXPECT_EQ(val.numbers(), (std::vector<int64_t>{50, 57, 64, 71, 78, 85, 92}));
  abi::Source source = sourceOf("text", {"t"});
  source.records = 93;
  source.window = 8;
  EXPECT_EQ(expectedRecords(source, part("train", 0, 0.5, 1)), 43);
  EXPECT_EQ(expectedRecords(source, part("val", 0.5, 1, 7)), 7);
  EXPECT_EQ(expectedRecords(source, part("val", 0.5, 0.57, 7)), 0);
  EXPECT_TRUE(contains(messageOf([&] { splitRecords(dataset, part("val", 0.5, 0.57, 7)); }),
                       "it has 7 entries, a record takes 8; give it a larger part"));
}

TEST(Text, badFilesAndOptionsAreNamed) {
  TemporaryFolder folder;
  folder.write("t", "abc\nd\xe9"
                    "f\n");
  folder.write("short", "abc");
  auto message = [&](const std::string &file, std::map<std::string, std::string> options) {
    return messageOf([&] { readFacts(sourceOf("text", {file}, options), folder.path); });
  };
  EXPECT_TRUE(contains(message("t", {{"window", "4"}}), "t:2: the byte 0xE9 is not UTF-8"));
  EXPECT_TRUE(contains(message("short", {{"window", "4"}}), "has 3 characters, fewer than one window of 4"));
  EXPECT_TRUE(contains(message("short", {}), "option `window` of source `train` is missing, expected a whole number from 2"));
  EXPECT_TRUE(contains(message("short", {{"window", "1"}}), "is `1`, expected a whole number from 2"));
  EXPECT_TRUE(contains(message("short", {{"window", "2"}, {"stride", "0"}}), "`stride` of source `train` is `0`"));
  EXPECT_TRUE(contains(message("short", {{"windw", "2"}}), "has no option `windw`; it has `window`, `stride`, `pairs`, `symmetric`"));
}

TEST(Text, changedTextIsRefused) {
  TemporaryFolder folder;
  folder.write("t", "abcdef");
  abi::Source source = sourceOf("text", {"t"}, {{"window", "4"}});
  Facts facts = readFacts(source, folder.path);
  folder.write("t", "abcdeg");
  EXPECT_TRUE(contains(messageOf([&] { loadAs(source, facts, folder.path); }), "(other classes, fields or text)"));
}

/// Also between the readings of one reader, where it has as many tokens as before, and wherever the change is.
TEST(Text, thatChangesWhileItIsReadIsTold) {
  TemporaryFolder folder;
  auto told = [&](const std::vector<std::string> &after, const std::map<std::string, std::string> &options) {
    folder.write("t", "a b c\n");
    folder.write("u", "d e");
    std::unique_ptr<Reader> opened = openSource(sourceOf("text", {"t", "u"}, options), folder.path);
    folder.write("t", after[0]);
    folder.write("u", after[1]);
    abi::Field field = opened->facts.fields[0];
    field.vocabulary = {"", "", "", "", "a", "b", "c", "d", "e", "x"};
    std::vector<int32_t> tokens(256);
    std::string whole = messageOf([&] { opened->fill(field, reinterpret_cast<char *>(tokens.data())); });
    EXPECT_EQ(whole, messageOf([&] { opened->findRecords({field}, folder / "tokens"); }));
    EXPECT_EQ(whole, messageOf([&] { opened->eachText(part("train", 0, 0.5, 1), "text", [](std::string_view) {}); }));
    EXPECT_EQ(io::listFolder(folder / "tokens").size(), whole.empty() ? 1u : 0u) << "no file of other tokens is left";
    io::removeAll(folder / "tokens");
    return whole;
  };
  std::string changed = "`" + (folder / "t") + "` was changed while it was read; start again";
  for (const std::map<std::string, std::string> &options : {std::map<std::string, std::string>{{"window", "3"}, {"text.kind", "words"}}, {{"pairs", "2"}, {"text.kind", "words"}}}) {
    EXPECT_EQ(told({"a b c\n", "d e"}, options), "");
    EXPECT_EQ(told({"a b c\n", "d x"}, options), changed);
    EXPECT_EQ(told({"a b c\nd", " e"}, options), changed);
    EXPECT_EQ(told({"a b c\n", "d e a b c d e"}, options), changed);
  }
}

static const char *reviews = "A good film\t1\n\nBad, bad.\t0\r\nso-so\t1";

TEST(Lines, becomeTokensAndLengths) {
  TemporaryFolder folder;
  folder.write("r", reviews);
  abi::Source source = sourceOf("lines", {"r"}, {{"length", "4"}, {"label", "1"}, {"text.kind", "words"}, {"text.start", "true"}});
  Facts facts = readFacts(source, folder.path);
  EXPECT_EQ(facts.records, 3);
  ASSERT_EQ(facts.fields.size(), 3u);
  EXPECT_EQ(facts.fields[0].shape, std::vector<int64_t>{4});
  EXPECT_EQ(facts.fields[2].classes, 2);
  facts.fields[0].vocabulary = {"[padding]", "[unknown]", "[mask]", "[start]", "bad", "film", "so", "-"};
  Dataset dataset = loadAs(source, facts, folder.path);
  EXPECT_EQ(valuesOf<int32_t>(dataset, "text"), (std::vector<int32_t>{3, 1, 1, 5, 3, 4, 1, 4, 3, 6, 7, 6}));
  EXPECT_EQ(valuesOf<int32_t>(dataset, "text.length"), (std::vector<int32_t>{4, 4, 4}));
  EXPECT_EQ(valuesOf<int32_t>(dataset, "label"), (std::vector<int32_t>{1, 0, 1}));
  source.options["length"] = "7";
  facts = readFacts(source, folder.path);
  facts.fields[0].vocabulary = {"[padding]", "[unknown]", "[mask]", "[start]"};
  dataset = loadAs(source, facts, folder.path);
  EXPECT_EQ(valuesOf<int32_t>(dataset, "text.length"), (std::vector<int32_t>{4, 5, 4}));
  EXPECT_EQ(valuesOf<int32_t>(dataset, "text"), (std::vector<int32_t>{3, 1, 1, 1, 0, 0, 0, 3, 1, 1, 1, 1, 0, 0, 3, 1, 1, 1, 0, 0, 0}));
}

TEST(Lines, aVocabularyIsFittedOnItsSplitAlone) {
  TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 40; ++i)
    text += "word" + std::to_string(i) + "\n";
  folder.write("r", text);
  abi::Source source = sourceOf("lines", {"r"}, {{"length", "2"}, {"text.kind", "words"}});
  for (const char *by : {"hash", "position"}) {
    abi::Split train{"train", "train", 0, 0.5, "", by}, val{"val", "train", 0.5, 1, "", by};
    std::vector<std::string> known = fitVocabulary(source, "text", train, folder.path);
    Facts facts = readFacts(source, folder.path);
    facts.fields[0].vocabulary = known;
    Dataset dataset = loadAs(source, facts, folder.path);
    EXPECT_EQ(known.size(), 4 + splitRecords(dataset, train).size());
    for (const abi::Split &split : {train, val})
      for (int64_t record : splitRecords(dataset, split)) {
        int32_t first;
        std::memcpy(&first, dataset.values(0, record).data(), 4);
        EXPECT_EQ(first == unknownToken, split.name == "val") << by;
      }
  }
}

TEST(Lines, aRecordIsKnownByItsTextAndLabelWhateverItsTokensAre) {
  TemporaryFolder folder;
  folder.write("a", "good\t1\nbad\t0\ngood\t0\n");
  folder.write("b", "bad\t0\ngood\t1\n");
  auto digests = [&](const std::string &file, const std::string &kind) {
    abi::Source source = sourceOf("lines", {file}, {{"length", "3"}, {"label", "1"}, {"text.kind", kind}});
    Dataset dataset = loadVerified(source, folder.path);
    std::vector<uint64_t> all;
    for (int64_t record = 0; record < dataset.records(); ++record)
      all.push_back(dataset.digest(record));
    return all;
  };
  std::vector<uint64_t> a = digests("a", "words"), b = digests("b", "characters");
  EXPECT_EQ(a[0], b[1]);
  EXPECT_EQ(a[1], b[0]);
  EXPECT_NE(a[0], a[2]);
}

TEST(Vocabularies, aDigestTellsTheOrderAndTheEndsOfWords) {
  EXPECT_EQ(vocabularyDigest({"a", "b", "c"}), vocabularyDigest({"a", "b", "c"}));
  EXPECT_NE(vocabularyDigest({"a", "b", "c"}), vocabularyDigest({"a", "c", "b"}));
  EXPECT_NE(vocabularyDigest({"ab", "c"}), vocabularyDigest({"a", "bc"}));
  EXPECT_NE(vocabularyDigest({"a", "b"}), vocabularyDigest({"a", "b", ""}));
}

TEST(Lines, aHeaderIsSeenOrAskedFor) {
  TemporaryFolder folder;
  auto read = [&](const std::string &text, std::map<std::string, std::string> options) {
    folder.write("r", text);
    options.try_emplace("length", "4");
    int64_t records = 0;
    std::string message = messageOf([&] { records = readFacts(sourceOf("lines", {"r"}, options), folder.path).records; });
    return message.empty() ? std::to_string(records) : message;
  };
  EXPECT_EQ(read("text\tlabel\nso good\t1\nso bad\t0\n", {{"label", "1"}}), "2") << "a word above class numbers";
  EXPECT_EQ(read("so good\t1\nso bad\t0\n", {{"label", "1"}}), "2");
  EXPECT_EQ(read("said\tkind\nso good\tx\nso bad\ty\n", {{"text", "said"}, {"label", "kind"}}), "2") << "columns are named";
  EXPECT_EQ(read("so good\tpos\nso bad\tneg\nso nice\tpos\n", {{"label", "1"}}), "3");
  EXPECT_EQ(read("text\tlabel\nso good\tpos\nso bad\tneg\nso nice\tpos\nso sad\tneg\n", {{"label", "1"}}),
            "`" + (folder / "r") +
                "` does not tell whether its first line is a header or a record: as a header it names the columns `text`, `label`; "
                "as a record it is the only one of its class, `label`; write `header = true` or `header = false`");
  EXPECT_EQ(read("text\tlabel\nso good\tpos\nso bad\tneg\nso nice\tpos\nso sad\tneg\n", {{"label", "1"}, {"header", "true"}}), "4");
  EXPECT_TRUE(contains(read("a\tNA\nb\t1\nc\t0\n", {{"label", "1"}}), "it has no number in column 1 but `NA`, where 2 of the 2 below have one"));
}

TEST(Lines, badOnesAreNamed) {
  TemporaryFolder folder;
  auto message = [&](const std::string &text, std::map<std::string, std::string> options) {
    folder.write("r", text);
    options.try_emplace("length", "4");
    return messageOf([&] { loadVerified(sourceOf("lines", {"r"}, options), folder.path); });
  };
  EXPECT_TRUE(contains(message("\n \n", {}), "holds no records"));
  EXPECT_TRUE(contains(message("a\t1\n\n\t0\n", {{"label", "1"}}), "r:3: column 0 has no text; give one, remove the record, or leave out all that have none by `empty = skip`"));
  EXPECT_TRUE(contains(message("a\t1\nb\n", {{"label", "1"}}), "r:2: column 1 has no label; give one or remove the record"));
  EXPECT_TRUE(contains(message("a\t1\nb\tx\n", {{"label", "1"}}), "r:2: label `x`, expected a class number 0, 1, …"));
  EXPECT_TRUE(contains(message("a\t1\nb\t-1\n", {{"label", "1"}}), "r:2: label `-1`"));
  EXPECT_TRUE(contains(message("a b 1\n", {{"label", "1"}}), "no column `1`: it has 1 column without a header, numbered from 0; cells are separated by tabs"));
  EXPECT_TRUE(contains(message("said\tkind\na\tx\n", {{"label", "sort"}, {"header", "true"}}), "no column `sort`: it has 2 columns, named `said` `kind`"));
  EXPECT_TRUE(contains(message("a\t1\n", {{"label", "0"}}), ", for the text and for the label"));
  EXPECT_TRUE(contains(message("a\n", {{"length", "0"}}), "`length` of source `train` is `0`, expected a whole number from 1"));
  EXPECT_TRUE(contains(message("a\n", {{"header", "yes"}}), "option `header` is `yes`"));
}

TEST(Lines, labelsMayBeNames) {
  TemporaryFolder folder;
  folder.write("r", "said\tkind\na\tred\nb\tblue\nc\tred\n");
  Dataset dataset = loadVerified(sourceOf("lines", {"r"}, {{"length", "4"}, {"text", "said"}, {"label", "kind"}, {"header", "true"}}), folder.path);
  EXPECT_EQ(valuesOf<int32_t>(dataset, "label"), (std::vector<int32_t>{1, 0, 1}));
}

} // namespace tl::test
