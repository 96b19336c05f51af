// Counts the words of texts and has their vocabulary made of them.
#include "runtime/tokenizers/Trainer.h"
#include "runtime/tokenizers/ByteAlphabet.h"
#include "runtime/tokenizers/Layouts.h"
#include "runtime/tokenizers/TrainMerges.h"
#include <algorithm>

namespace tl::tokenizers {

using nlohmann::json;

static MergeRules rulesOf(bool isWordPiece) {
  MergeRules rules;
  if (isWordPiece) {
    rules.special = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    rules.prefix = "##";
    rules.mostCharacters = 1000;
    return rules;
  }
  rules.special = {"<s>", "<pad>", "</s>", "<unk>", "<mask>"};
  rules.alphabet.assign(lettersOfBytes().begin(), lettersOfBytes().end());
  return rules;
}

static json layoutOf(bool isWordPiece, const MergedTokens &made) {
  json vocabulary = json::object(), merges = json::array();
  for (size_t i = 0; i < made.tokens.size(); ++i)
    vocabulary[made.tokens[i]] = i;
  if (isWordPiece)
    return bertLayout(std::move(vocabulary), json::object());
  for (auto [left, right] : made.merges)
    merges.push_back({made.tokens[size_t(left)], made.tokens[size_t(right)]});
  return byteLevelLayout(std::move(vocabulary), std::move(merges), false);
}

static constexpr const char *fittedName = "the fitted tokenizer";

Trainer::Trainer(const std::string &kind, size_t most)
    : isWordPiece(kind == "wordpiece"), most(most),
      cutter(Tokenizer::fromJson(layoutOf(isWordPiece, {rulesOf(isWordPiece).special, {}}).dump(), fittedName)) {}

void Trainer::add(std::string_view text) {
  Encoder(cutter).cut(text, [&](std::string_view word) { words.add(word); });
}

abi::Tokenizer Trainer::train() const {
  std::vector<CountedWord> counted;
  for (const auto &[word, count] : words.all())
    counted.push_back({word, count});
  std::sort(counted.begin(), counted.end(), [](const CountedWord &a, const CountedWord &b) { return a.text < b.text; });
  MergeRules rules = rulesOf(isWordPiece);
  rules.most = most;
  abi::Tokenizer files;
  files.json = layoutOf(isWordPiece, trainMerges(counted, rules)).dump();
  files.path = files.configPath = fittedName;
  return files;
}

size_t Trainer::least(const std::string &kind) {
  MergeRules rules = rulesOf(kind == "wordpiece");
  return rules.special.size() + rules.alphabet.size();
}

} // namespace tl::tokenizers
