// Fitted tokenizers have the vocabularies and merges that the trainers of PyPI's `tokenizers` give, of train alone.
#include "runtime/data/Split.h"
#include "runtime/tokenizers/TrainMerges.h"
#include "runtime/tokenizers/Trainer.h"
#include "tests/unit/Sources.h"

namespace tl::test {
using namespace tokenizers;
using nlohmann::json;

static json fitted(const std::string &kind, size_t most, const std::vector<std::string> &texts) {
  Trainer trainer(kind, most);
  for (const std::string &text : texts)
    trainer.add(text);
  return json::parse(trainer.train().json);
}

static json tokensOf(const json &vocabulary) {
  std::vector<std::string> tokens(vocabulary.size());
  for (const auto &[token, number] : vocabulary.items())
    tokens.at(number) = token;
  return tokens;
}

/// Cases made by tests/tokenizers/trainers.py. Tokens of bytes stand in each vocabulary, in one order, and are left out there.
TEST(Trainer, joinsAsThePublishedTrainers) {
  json all = json::parse(io::readWhole(TL_UNIT_SOURCES "/trainers.json"));
  EXPECT_EQ(all.size(), 24u);
  for (const json &one : all) {
    SCOPED_TRACE(one["kind"].get<std::string>() + " " + one["most"].dump() + " " + one["texts"][0].dump());
    json model = fitted(one["kind"], one["most"], one["texts"])["model"], tokens = tokensOf(model["vocab"]);
    bool isBpe = one["kind"] == "bpe";
    if (isBpe)
      tokens.erase(tokens.begin(), tokens.begin() + 261);
    EXPECT_EQ(tokens, one["tokens"]);
    EXPECT_EQ(isBpe ? model["merges"] : json::array(), one["merges"]);
  }
}

/// "ab" comes up by a and b, and "abc" by two pairs: each is one token.
TEST(Trainer, aTokenThatComesUpTwiceIsOne) {
  MergeRules rules;
  rules.most = 100;
  MergedTokens made = trainMerges({{"abcab", 4}, {"bcbc", 3}, {"zab", 1}, {"ab", 2}}, rules);
  std::vector<std::string> sorted = made.tokens;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(std::unique(sorted.begin(), sorted.end()), sorted.end());
  EXPECT_EQ(made.tokens[4], "ab"); // 4 + 4 + 1 + 2 of them, before "bc" of which there are 4 + 6 less the four that "ab" has taken
}

TEST(Trainer, theRarestCharactersAreLeftOut) {
  MergeRules rules;
  rules.mostCharacters = 3;
  rules.alphabet = {'z'};
  EXPECT_EQ(alphabetOf({{"aab", 2}, {"dc", 1}, {"c", 1}, {"b", 1}}, rules), (std::vector<char32_t>{'a', 'b', 'z'}));
  rules.mostCharacters = 4;
  EXPECT_EQ(alphabetOf({{"ab", 1}, {"fe", 1}, {"dc", 1}}, rules), (std::vector<char32_t>{'a', 'b', 'c', 'z'}));
}

TEST(Trainer, whatComesOutIsReadAsAPublishedTokenizer) {
  Trainer trainer("bpe", 270);
  trainer.add("low lower lowest low");
  Tokenizer tokenizer = Tokenizer::fromFiles(trainer.train());
  EXPECT_EQ(tokenizer.special(), (std::map<std::string, int32_t>{{"end", 2}, {"mask", 4}, {"padding", 1}, {"start", 0}, {"unknown", 3}}));
  EXPECT_EQ(tokenizer.decode(Encoder(tokenizer).encode("lower é<mask>").ids, false), "lower é<mask>");
  EXPECT_EQ(Encoder(tokenizer).encode("low low").ids.size(), 2u);
  Trainer words("wordpiece", 60);
  words.add("low lower lowest low");
  Tokenizer pieces = Tokenizer::fromFiles(words.train());
  EXPECT_EQ(pieces.special(), (std::map<std::string, int32_t>{{"class", 2}, {"mask", 4}, {"padding", 0}, {"separator", 3}, {"unknown", 1}}));
  EXPECT_EQ(Encoder(pieces).encode("LOW").ids, (std::vector<int32_t>{2, pieces.find("low"), 3}));
}

/// The first quarter of the characters has more than half of the tokens: by characters, half of the text would hold what tokens give to val.
TEST(Trainer, aTextOfWindowsIsFittedOnTokensOfTrainAlone) {
  TemporaryFolder folder;
  std::string train, val;
  for (int i = 0; i < 400; ++i) {
    train += "x q z j " + std::to_string(i * 7919 % 1000) + " ";
    val += "undisturbed undisturbed undisturbed ";
  }
  folder.write("t", train + val);
  abi::Source source = sourceOf("text", {"t"}, {{"window", "3"}, {"text.kind", "bpe"}, {"text.most", "300"}});
  abi::Split half{"train", "train", 0, 0.5, "", "position", 1};
  Tokenizer tokenizer = Tokenizer::fromFiles(data::fitTokenizer(source, "text", half, folder.path));
  EXPECT_EQ(tokenizer.find("\u0120undisturbed"), -1);
  half.to = 1;
  EXPECT_NE(Tokenizer::fromFiles(data::fitTokenizer(source, "text", half, folder.path)).find("\u0120undisturbed"), -1);
}

} // namespace tl::test
