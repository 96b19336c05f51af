// What the readers of text share: the fields of tokens that steps of the script make of their texts.
#pragma once
#include "runtime/data/Reader.h"
#include "runtime/readers/TextEncoder.h"

namespace tl::data {

/// A whole number from `least` on; an error naming the option and the source where it is none. `otherwise`: where the
/// option is not given, -1 making that an error.
int64_t countOption(const abi::Source &source, const std::string &name, int64_t least, int64_t otherwise, int64_t greatest = 1 << 20);

/// A field of tokens, as a step of the script makes it: `text, types = pieces(premise, hypothesis, "FOLDER", length = 128)`. `tlc` makes
/// options of it, `tokens.fields`, the fields of all steps, and of each `FIELD.of`, its texts, `FIELD.kind` and so on; the dot keeps
/// scripts from writing them. A text that no step names has the field of its name, of characters.
struct TokenField {
  std::string name;
  std::vector<std::string> of; // the texts that are joined in it
  std::string kind;            // "characters", "words" or "pieces"; "wordpiece" or "bpe" of a text that such a tokenizer is to be fitted on
  int64_t most = 0;            // entries of the vocabulary; 0: as many as there are
  int64_t least = 1;           // times that a piece must occur to have an entry
  bool start = false;
  std::vector<double> phrases; // of words: the score above which two are one, of each round; none where they stay alone
  std::string types; // the field that tells of which text a token is; "": none
  bool isToBeFitted() const { return kind == "wordpiece" || kind == "bpe"; }

  static std::vector<TokenField> all(const abi::Source &source, const std::vector<std::string> &texts);
  static TokenField named(const std::string &name, const abi::Source &source, const std::vector<std::string> &texts);
};

class TextReader : public Reader {
protected:
  /// `texts`: the names of a record's texts.
  TextReader(const abi::Source &source, const std::vector<std::string> &texts);
  /// Once the texts are read: what tells them from others, and the tokenizer, where they have one.
  void setContent(uint64_t ofTexts);
  /// Whose vocabulary is not fitted yet: it counts tokens, and tells an empty text.
  std::unique_ptr<TextEncoder> counting(const TokenField &field) const;
  std::unique_ptr<TextEncoder> encoderOf(const abi::Field &field) const { return makeTextEncoder(field, tokenizer.get()); }
  /// Facts of a field of so many tokens.
  static abi::Field fieldOf(const TokenField &field, int64_t length);
  const TokenField &tokensOf(const std::string &field) const;

  /// Whether a step names a text that records do not have. `tlc` tells it at its place, so nothing else is said of such a source.
  bool lacksTexts(const abi::Source &source) const;

  std::vector<TokenField> tokens;
  const std::shared_ptr<const abi::Tokenizer> tokenizer;

private:
  static const std::vector<std::string> unfitted;
  std::map<std::string, abi::Phrases> phrases; // of fields that have some: none that are fitted yet, or those of the source
};

} // namespace tl::data
