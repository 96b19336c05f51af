// A text that is encoded in blocks has the tokens of the whole, and a file of tokens is used only where it is sound and of this text.
#include "runtime/readers/TokenFile.h"
#include "runtime/data/Split.h"
#include "runtime/readers/TextBlocks.h"
#include "tests/unit/Sources.h"
#include <nlohmann/json.hpp>
#include <random>

namespace tl::test {
using namespace data;
using nlohmann::json;

namespace {

const std::vector<std::string> none;

/// See TokenizersTest.cpp.
const json &zoo() {
  static const json all = json::parse(io::readWhole(TL_UNIT_SOURCES "/tokenizers.json"));
  return all;
}

/// With all that a seam may not be at: runs of white space, ends of lines of both kinds, marks, added tokens, signs before ends of lines.
std::string longText() {
  std::vector<std::string> parts = {" ", "\n", "  ", "\n\n", "\r\n", " \n", "\t", "\u00a0", "\u3000", "e\u0301", "\u0301", "it's", "don't ", "!\n", "1234567 ", "a", "b c ", "ﬁ", "\u037a",
                                    "é ", "字 ", "字\n", "。\n", "한국 ", "\u200d ", "<mask>", " <s> ", "</s>", "[MASK]", "<|endoftext|>", "▁", "Ġ", "\u0600 ", "ǅ ", "x\n", "7\n", "word ", "the "};
  for (const json &one : zoo())
    for (const json &asked : one["cases"])
      if (asked["text"].is_string())
        parts.push_back(asked["text"].get<std::string>());
  std::mt19937 draw(7);
  std::string text;
  for (int i = 0; i < 3000; ++i)
    text += parts[draw() % parts.size()] + (draw() % 3 ? "" : " ");
  return text;
}

std::vector<int32_t> encoded(const std::vector<std::string> &paths, const TextEncoder &encoder, size_t blockBytes, int threads) {
  std::vector<int32_t> all;
  encodeTexts(paths, encoder, [&](std::span<const int32_t> ids) { all.insert(all.end(), ids.begin(), ids.end()); }, blockBytes, threads);
  return all;
}

} // namespace

TEST(TextBlocks, anyBlocksAndThreadsGiveTheTokensOfTheWhole) {
  TemporaryFolder folder;
  std::string text = longText();
  folder.write("t", text);
  folder.write("second", "The second.\n");
  const std::vector<std::string> vocabulary = {"[padding]", "[unknown]", "[mask]", "[start]", "the", "it's", "a", "t", "é"};
  std::vector<std::string> without;
  auto follow = [&](const std::string &name, TextEncoder &encoder) {
    std::vector<int32_t> whole;
    for (const char *file : {"t", "second"})
      encoder.encode(io::readWhole(folder / file), false, SIZE_MAX, whole);
    if (!encoder.noSeams().empty())
      without.push_back(name);
    for (size_t bytes : {1, 9, 30, 31, 64, 100, 1000, 1 << 14})
      for (int threads : {1, 3})
        ASSERT_EQ(encoded({folder / "t", folder / "second"}, encoder, bytes, threads), whole) << name << " " << bytes << " " << threads;
    std::string block;
    size_t blocks = 0;
    for (TextBlocks each(folder / "t", encoder); each.next(block, 64);)
      ++blocks;
    EXPECT_EQ(encoder.noSeams().empty(), blocks > text.size() / 300) << name << " " << blocks;
  };
  for (const char *kind : {"characters", "words"})
    follow(kind, *makeTextEncoder({.kind = kind, .vocabulary = vocabulary}));
  for (const json &one : zoo()) {
    json file = one["tokenizer"];
    if (file["model"]["vocab"].contains("Ċ")) // as large vocabularies have them: pieces of white space, and of signs before the end of a line
      for (auto [left, right] : {std::pair("Ġ", "Ġ"), std::pair("Ġ", "Ċ"), std::pair("Ċ", "Ċ"), std::pair("!", "Ċ"), std::pair("Ċ", "Ġ")}) {
        file["model"]["vocab"][std::string(left) + right] = 5000 + file["model"]["vocab"].size();
        file["model"]["merges"].push_back({left, right});
      }
    abi::Tokenizer files{file.dump(), "tokenizer.json", "{}", ""};
    follow(one["name"], *makeTextEncoder({.kind = "pieces", .vocabulary = vocabulary, .tokenizer = &files}));
  }
  EXPECT_EQ(without, (std::vector<std::string>{"llama2", "llama2-first", "bpe-affixes", "words"}));
}

/// What of a file keeps a text from being cut, and where it stands there.
TEST(TextBlocks, whatLooksFurtherThanASeamIsNamed) {
  auto problem = [](const json &change) {
    json file = zoo()[2]["tokenizer"]; // gpt2's
    file.update(change);
    abi::Tokenizer files{file.dump(), "tokenizer.json", "{}", ""};
    return makeTextEncoder({.kind = "pieces", .vocabulary = none, .tokenizer = &files})->noSeams();
  };
  auto added = [](json token) {
    token["id"] = 900;
    return json{{"added_tokens", json::array({token})}};
  };
  json first = {{"type", "Metaspace"}, {"prepend_scheme", "first"}}, whole = {{"type", "ByteLevel"}, {"use_regex", false}};
  json other = {{"type", "Split"}, {"pattern", {{"Regex", "\\w+ ?"}}}, {"behavior", "Isolated"}};
  EXPECT_EQ(problem(json::object()), "");
  EXPECT_EQ(problem({{"pre_tokenizer", first}}), "");
  EXPECT_EQ(problem({{"pre_tokenizer", nullptr}}), "`tokenizer.json`: the file has no `pre_tokenizer` that cuts a text");
  EXPECT_TRUE(contains(problem({{"pre_tokenizer", whole}}), "`pre_tokenizer` is a `ByteLevel` of which it is not known that white space ends its pieces"));
  EXPECT_TRUE(contains(problem({{"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {{{"type", "Digits"}}, other}}}}}), "`pre_tokenizer.pretokenizers[1]` is a `Split`"));
  EXPECT_TRUE(contains(problem({{"normalizer", {{"type", "Sequence"}, {"normalizers", {{{"type", "NFC"}}, {{"type", "Prepend"}, {"prepend", "x"}}}}}}}),
                       "`normalizer.normalizers[1]` is `Prepend`, by which"));
  EXPECT_TRUE(contains(problem({{"normalizer", {{"type", "Replace"}, {"pattern", {{"String", "a b"}}}, {"content", "c"}}}}), "`normalizer` is `Replace`"));
  EXPECT_TRUE(contains(problem(added({{"content", "a b"}})), "`added_tokens` has `a b`, which holds white space"));
  EXPECT_TRUE(contains(problem(added({{"content", "<m>"}, {"rstrip", true}})), "`added_tokens` has `<m>`, which takes the white space behind it"));
}

TEST(TextBlocks, theFirstBadByteIsTold) {
  TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += "some words é\n";
  folder.write("t", text + "x\xe9\xe9y\n" + text + "\xff");
  folder.write("cut", text + "\xc3");
  std::unique_ptr<TextEncoder> encoder = makeTextEncoder({.kind = "words", .vocabulary = none});
  for (size_t bytes : {1, 10, 5000, 1 << 20})
    for (int threads : {1, 3}) {
      EXPECT_TRUE(contains(messageOf([&] { encoded({folder / "t"}, *encoder, bytes, threads); }), "t:1001: the byte 0xE9 is not UTF-8")) << bytes;
      EXPECT_TRUE(contains(messageOf([&] { encoded({folder / "cut"}, *encoder, bytes, threads); }), "cut:1001: the byte 0xC3 is not UTF-8")) << bytes;
    }
}

namespace {

struct Poem {
  TemporaryFolder folder;
  abi::Source source = sourceOf("text", {"t"}, {{"window", "4"}, {"text.kind", "words"}});
  Facts facts;

  explicit Poem(const std::string &text) {
    folder.write("t", text);
    facts = readFacts(source, folder.path);
    facts.fields[0].vocabulary = fitVocabulary(source, "text", {"train", "train", 0, 0.5, "", "position"}, folder.path);
  }
  Dataset load(Holding holding) const { return loadAs(source, facts, folder.path, holding, folder / "made"); }
  /// What was said of the file, once it is seen to hold what memory would.
  std::string origin() const {
    Dataset whole = load(Holding::Whole), pieces = load(Holding::InPieces);
    EXPECT_EQ(pieces.holding(), Holding::InPieces);
    EXPECT_EQ(pieces.bytes(), 0);
    EXPECT_EQ(pieces.digest(), whole.digest());
    EXPECT_EQ(valuesOf<int32_t>(pieces, "text"), valuesOf<int32_t>(whole, "text"));
    EXPECT_EQ(pieces.digest(3), whole.digest(3));
    std::string report = pieces.report();
    return report.substr(report.rfind("B, ") + 3);
  }
  std::vector<std::string> made() const { return io::listFolder(folder / "made"); }
  std::string file(const std::string &name) const { return folder / "made/" + made().front() + "/" + name; }
};

std::string poem() {
  std::string text;
  for (int i = 0; i < 500; ++i)
    text += "the cat sat on mat " + std::to_string(i % 77) + ", " + (i > 400 ? "unseen" : "seen") + "\n";
  return text;
}

} // namespace

TEST(TokenFile, isMadeOnceAndHoldsWhatMemoryWould) {
  Poem poem(test::poem());
  EXPECT_EQ(poem.origin(), "made");
  EXPECT_EQ(poem.origin(), "found");
  ASSERT_EQ(poem.made().size(), 1u);
  EXPECT_EQ(int64_t(io::readWhole(poem.file("tokens")).size()), 2 * (poem.facts.records + 3));
  poem.facts.fields[0].vocabulary.pop_back();
  EXPECT_EQ(poem.origin(), "made") << "other numbers";
  EXPECT_EQ(poem.made().size(), 2u);
}

TEST(TokenFile, isMadeAgainWhereItIsNotWhatItWas) {
  Poem poem(test::poem());
  EXPECT_EQ(poem.origin(), "made");
  std::string tokens = io::readWhole(poem.file("tokens")), about = io::readWhole(poem.file("about.json")), other = tokens;
  other[1001] ^= 1;
  io::writeWhole(poem.file("tokens"), other);
  EXPECT_TRUE(contains(poem.origin(), "made again, as its digest is"));
  EXPECT_EQ(io::readWhole(poem.file("tokens")), tokens);
  io::writeWhole(poem.file("tokens"), tokens.substr(0, 1000));
  EXPECT_TRUE(contains(poem.origin(), "made again, as it has 1000 bytes"));
  io::removeAll(poem.file("tokens"));
  EXPECT_EQ(poem.origin(), "made again, as a part of it is missing");
  for (const std::string &bad : {std::string("{"), std::string("{}"), std::string("[1]"), about.substr(0, about.size() / 2)}) {
    io::writeWhole(poem.file("about.json"), bad);
    EXPECT_TRUE(contains(poem.origin(), "is not of this text")) << bad;
  }
  json said = json::parse(about);
  said["key"] = "0123456789abcdef";
  io::writeWhole(poem.file("about.json"), said.dump());
  EXPECT_TRUE(contains(poem.origin(), "is not of this text"));
  EXPECT_EQ(json::parse(io::readWhole(poem.file("about.json"))), json::parse(about));
  EXPECT_EQ(poem.origin(), "found");
}

TEST(TokenFile, ofAnotherTextIsNotUsed) {
  Poem poem(test::poem());
  EXPECT_EQ(poem.origin(), "made");
  poem.folder.write("t", "The" + test::poem().substr(3)); // the same words
  EXPECT_TRUE(contains(messageOf([&] { poem.load(Holding::InPieces); }), "(other classes, fields or text)"));
  EXPECT_EQ(poem.made().size(), 1u) << "nothing is made of it";
  Facts known = poem.facts;
  poem.facts = readFacts(poem.source, poem.folder.path);
  poem.facts.fields = known.fields;
  EXPECT_EQ(poem.origin(), "made");
}

} // namespace tl::test
