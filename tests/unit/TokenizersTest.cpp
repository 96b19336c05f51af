// Tokenizers give texts the numbers that the published programs give them, and say what is wrong with their files and where.
#include "runtime/tokenizers/Tokenizer.h"
#include "runtime/data/Tokens.h"
#include "tests/unit/Temporary.h"

namespace tl::test {
using namespace tokenizers;
using nlohmann::json;

/// Made by tests/tokenizers/zoo.py: small tokenizers of every kind, texts, and what PyPI's `tokenizers` makes of them.
static const json &published() {
  static const json all = json::parse(io::readWhole(TL_UNIT_SOURCES "/tokenizers.json"));
  return all;
}

static Tokenizer made(const json &file) { return Tokenizer::fromJson(file.dump(), "tokenizer.json"); }

static json offsetsOf(const Encoding &encoding) {
  json all = json::array();
  for (Span span : encoding.offsets)
    all.push_back({span.from, span.to});
  return all;
}

TEST(Tokenizers, numberTextsAsThePublishedPrograms) {
  EXPECT_GE(published().size(), 13u);
  for (const json &one : published()) {
    Tokenizer tokenizer = made(one["tokenizer"]);
    for (bool hasOffsets : {false, true}) {
      Encoder encoder(tokenizer);
      encoder.hasOffsets = hasOffsets;
      for (const json &asked : one["cases"]) {
        SCOPED_TRACE(one["name"].dump() + " " + asked["text"].dump());
        const json &text = asked["text"];
        auto part = [&](size_t i) { return text.is_array() ? text[i].get<std::string>() : text.get<std::string>(); };
        const Encoding &got = text.is_array() ? encoder.encode(part(0), part(1)) : encoder.encode(part(0));
        EXPECT_EQ(json(got.ids), asked["ids"]);
        EXPECT_EQ(json(got.types), asked["types"]);
        EXPECT_EQ(json(got.words), asked["words"]);
        EXPECT_EQ(json(got.attention), asked["attention"]);
        EXPECT_EQ(offsetsOf(got), hasOffsets ? asked["offsets"] : json::array());
        EXPECT_EQ(tokenizer.decode(got.ids), asked["decoded"].get<std::string>());
      }
    }
  }
}

static json wordPiece() {
  return {{"model", {{"type", "WordPiece"}, {"unk_token", "[UNK]"}, {"vocab", {{"[PAD]", 7}, {"[UNK]", 1}, {"a", 2}, {"##b", 3}}}}},
          {"added_tokens", {{{"id", 7}, {"content", "[PAD]"}, {"special", true}}, {{"id", 9}, {"content", "<x>"}}}}};
}

TEST(Tokenizers, knowTheirSizeAndTheirSpecialTokens) {
  Tokenizer tokenizer = made(wordPiece());
  EXPECT_EQ(tokenizer.size(), 10);
  EXPECT_EQ(tokenizer.tokens(), 5u);
  EXPECT_EQ(tokenizer.special(), (std::map<std::string, int32_t>{{"padding", 7}}));
  EXPECT_EQ(tokenizer.find("<x>"), 9);
  EXPECT_EQ(tokenizer.find("b"), -1);
  EXPECT_EQ(*tokenizer.text(3), "##b");
  EXPECT_EQ(tokenizer.text(4), nullptr);
  EXPECT_TRUE(tokenizer.isSpecial(7));
  EXPECT_FALSE(tokenizer.isSpecial(9));
  json other = wordPiece();
  EXPECT_EQ(made(other).digest(), tokenizer.digest());
  other["normalizer"] = {{"type", "NFC"}};
  EXPECT_NE(made(other).digest(), tokenizer.digest());
  EXPECT_EQ(data::vocabularyDigest(made(other).entries()), data::vocabularyDigest(tokenizer.entries()));
  other["model"]["vocab"]["##b"] = 4;
  EXPECT_NE(data::vocabularyDigest(made(other).entries()), data::vocabularyDigest(tokenizer.entries()));
}

/// The message about a file of `wordPiece` in which the value at `place` is another.
static std::string problemOf(const std::string &place, const json &value) {
  json file = wordPiece();
  file[json::json_pointer(place)] = value;
  return messageOf([&] { made(file); });
}

TEST(Tokenizers, aComponentThatIsNotKnownIsNamedWithItsPlace) {
  json inSequence = {{"type", "Sequence"}, {"normalizers", {{{"type", "NFC"}}, {{"type", "Fold"}}}}};
  EXPECT_TRUE(contains(problemOf("/normalizer", inSequence),
                       "`tokenizer.json`: `normalizer.normalizers[1].type` is `Fold`, which is no normalizer that is known here: Seq"));
  EXPECT_TRUE(contains(problemOf("/pre_tokenizer", {{"type", "Words"}}),
                       "`tokenizer.json`: `pre_tokenizer.type` is `Words`, which is no pre-tokenizer that is known"));
  EXPECT_EQ(problemOf("/model/type", "Char"),
            "`tokenizer.json`: `model.type` is `Char`, which is no model that is known here: WordPiece, BPE, Unigram, WordLevel");
  EXPECT_TRUE(contains(problemOf("/post_processor", {{"type", "Pad"}}), "`tokenizer.json`: `post_processor.type` is `Pad`, which is no post-processor"));
  EXPECT_TRUE(contains(problemOf("/decoder", {{"type", "CTC"}}), "`tokenizer.json`: `decoder.type` is `CTC`, which is no decoder"));
  EXPECT_EQ(problemOf("/truncation", {{"max_length", 3}, {"strategy", "Middle"}}),
            "`tokenizer.json`: `truncation.strategy` is `Middle`, which is no strategy that is known here: LongestFirst, OnlyFirst, OnlySecond");
}

TEST(Tokenizers, wrongValuesAreToldWithTheirPlace) {
  EXPECT_EQ(problemOf("/model/vocab/a", -1), "`tokenizer.json`: `model.vocab[\"a\"]` is `-1`, expected a whole number from 0 to 4112");
  EXPECT_EQ(problemOf("/model/vocab/a", 3), "`tokenizer.json`: `model.vocab[\"a\"]` has the number 3, which `##b` has already");
  EXPECT_EQ(problemOf("/added_tokens/0/id", 6), "`tokenizer.json`: `added_tokens[0].id` is 6, and the model's number of `[PAD]` is 7");
  EXPECT_EQ(problemOf("/model", {{"type", "BPE"}, {"vocab", {{"a", 0}}}, {"merges", {"a b"}}}),
            "`tokenizer.json`: `model.merges[0]` is `b`, which is not among the 1 tokens of the vocabulary");
  EXPECT_EQ(problemOf("/pre_tokenizer", {{"type", "Split"}, {"behavior", "Removed"}, {"pattern", {{"Regex", "a("}}}}),
            "`tokenizer.json`: `pre_tokenizer.pattern.Regex` is no expression that can be searched for: missing closing parenthesis");
  EXPECT_TRUE(contains(messageOf([] { Tokenizer::fromJson("{]", "t.json"); }), "`t.json` is no JSON: parse error at line 1"));
}

TEST(Tokenizers, componentsStandInEachOtherAtMostSoDeep) {
  auto nested = [](int sequences) {
    json file = wordPiece(), component = {{"type", "Lowercase"}};
    for (int i = 0; i < sequences; ++i)
      component = {{"type", "Sequence"}, {"normalizers", json::array({component})}};
    file["normalizer"] = component;
    return file;
  };
  EXPECT_EQ(messageOf([&] { made(nested(16)); }), "");
  EXPECT_TRUE(contains(messageOf([&] { made(nested(17)); }), "normalizers[0]` stands in more than 16 others"));
}

static std::vector<std::string> piecesOf(const std::string &expression, const std::string &behavior, const std::string &text) {
  json file = wordPiece();
  file["pre_tokenizer"] = {{"type", "Split"}, {"behavior", behavior}, {"pattern", {{"Regex", expression}}}};
  Tokenizer tokenizer = made(file);
  std::vector<std::string> pieces;
  for (const auto &[piece, offset] : Encoder(tokenizer).pieces(text))
    pieces.push_back(piece);
  return pieces;
}

TEST(Tokenizers, expressionsKnowTheClassesOfThePublishedPrograms) {
  using Pieces = std::vector<std::string>;
  EXPECT_EQ(piecesOf(R"(\s)", "Removed", "a\u180eb\u2003c"), (Pieces{"a\u180eb", "c"}));
  EXPECT_EQ(piecesOf(R"([^\s]+)", "Removed", "a\u180eb\u2003c"), (Pieces{"\u2003"}));
  EXPECT_EQ(piecesOf(R"(\S)", "Removed", "\u180e "), (Pieces{" "}));
  EXPECT_EQ(piecesOf(R"(\p{L}+)", "Removed", "a\U00031350-\u1c89"), (Pieces{"-"})); // of Unicode 15 and 16
  EXPECT_EQ(piecesOf(R"([^\p{L}\p{N}]+)", "Removed", "a\U00031350-\U0001ccf0"), (Pieces{"a\U00031350", "\U0001ccf0"}));
  EXPECT_EQ(piecesOf(R"(\P{L})", "Isolated", "a\U00031350-b"), (Pieces{"a\U00031350", "-", "b"}));
}

TEST(Tokenizers, normalFormsAreThoseOfUnicode9) {
  auto normalized = [](const char *form, const char *text) {
    json file = wordPiece();
    file["normalizer"] = {{"type", form}};
    Tokenizer tokenizer = made(file);
    return Encoder(tokenizer).normalized(text);
  };
  EXPECT_EQ(normalized("NFC", "e\u0323\u0301\u1100\u1161\u11a8"), "\u1eb9\u0301\uac01");
  EXPECT_EQ(normalized("NFC", "\uca84\u11a7"), "\uca84\u11a7"); // no last consonant
  EXPECT_EQ(normalized("NFKC", "\u32fe\u32ff"), "\u30f2\u32ff"); // the second one came later
}

TEST(Tokenizers, textsAreCutByLengthAtACharacterOrBetweenScripts) {
  auto pieces = [&](json preTokenizer, const std::string &text) {
    json file = wordPiece();
    file["pre_tokenizer"] = std::move(preTokenizer);
    Tokenizer tokenizer = made(file);
    std::vector<std::string> all;
    for (auto &[piece, place] : Encoder(tokenizer).pieces(text))
      all.push_back(piece);
    return all;
  };
  EXPECT_EQ(pieces({{"type", "FixedLength"}, {"length", 3}}, "h\u00e9llo \u5b57w\u00f6"), (std::vector<std::string>{"h\u00e9l", "lo ", "\u5b57w\u00f6"}));
  EXPECT_EQ(pieces({{"type", "CharDelimiterSplit"}, {"delimiter", "\u00e9"}}, "\u00e9a\u00e9b \u00e9\u00e9c"), (std::vector<std::string>{"a", "b ", "c"}));
  EXPECT_EQ(pieces({{"type", "UnicodeScripts"}}, "  Ab1 αβ, どこで生れ。ア ー한"), (std::vector<std::string>{"Ab", "1 ", "αβ", ", ", "どこで生れ", "。", "ア ー", "한"}));
}

TEST(Tokenizers, aTextThatIsNotUtf8IsRefused) {
  Tokenizer tokenizer = made(wordPiece());
  Encoder encoder(tokenizer);
  EXPECT_EQ(messageOf([&] { encoder.encode("ab\xe9"); }), "byte 2 of the text, 0xE9, is not UTF-8");
  EXPECT_EQ(encoder.encode("ab").ids, (std::vector<int32_t>{2, 3}));
}

TEST(Tokenizers, paddingAndTruncationCanBeAskedFor) {
  Tokenizer tokenizer = made(published().front()["tokenizer"]); // [CLS] a [SEP]
  Encoder encoder(tokenizer);
  encoder.truncation = Truncation{Truncation::Strategy::LongestFirst, 4, false};
  encoder.padding = Padding{6, 0, false, tokenizer.special().at("mask"), 0};
  EXPECT_EQ(encoder.encode("the the the the").attention, (std::vector<int32_t>{1, 1, 1, 1, 0, 0}));
  EXPECT_EQ(encoder.encode("the").ids.back(), tokenizer.special().at("mask"));
  encoder.truncation->most = 1;
  EXPECT_EQ(messageOf([&] { encoder.encode("the"); }), "the tokenizer cuts to 1 tokens, and adds 2 special ones to each text");
}

TEST(Tokenizers, areReadFromFoldersOfEveryForm) {
  TemporaryFolder folder;
  folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nx\n##y\r\nX\n");
  Tokenizer bert = Tokenizer::read(folder.path);
  EXPECT_EQ(Encoder(bert).encode("XY").ids, (std::vector<int32_t>{2, 4, 5, 3}));
  folder.write("tokenizer_config.json", R"({"do_lower_case": false, "pad_token": {"content": "[SEP]"}})");
  Tokenizer cased = Tokenizer::read(folder / "vocab.txt");
  EXPECT_EQ(Encoder(cased).encode("X x").ids, (std::vector<int32_t>{2, 6, 4, 3}));
  EXPECT_EQ(cased.special().at("padding"), 3);
  folder.write("tokenizer.json", wordPiece().dump());
  EXPECT_EQ(Tokenizer::read(folder.path).size(), 10);
  EXPECT_EQ(Tokenizer::read(folder / "vocab.txt").size(), 7);

  TemporaryFolder other;
  EXPECT_EQ(messageOf([&] { Tokenizer::read(other.path); }), "`" + other.path + "` holds no tokenizer: there is no tokenizer.json, no vocab.txt, and no "
                                                                                "vocab.json "
                                                                                "(or encoder.json) with merges.txt (or vocab.bpe)");
  other.write("encoder.json", "{\"a\": 0, \"b\": 1, \"\\u0120\": 2, \"ab\": 3, \"\\u0120ab\": 4, \"<|endoftext|>\": 5}");
  other.write("vocab.bpe", "#version: 0.2\na b\n\u0120 ab\n");
  Tokenizer gpt2 = Tokenizer::read(other.path);
  EXPECT_EQ(Encoder(gpt2).encode("ab ab<|endoftext|>").ids, (std::vector<int32_t>{3, 4, 5}));
  EXPECT_EQ(gpt2.special(), (std::map<std::string, int32_t>{{"end", 5}}));
  other.write("vocab.txt", "a\n\xff\n");
  EXPECT_EQ(messageOf([&] { Tokenizer::read(other.path); }), "`" + (other / "vocab.txt") + "`:2: byte 0 is not UTF-8");
}

} // namespace tl::test
