// Texts by a fitted vocabulary; which encoder a field has.
#include "runtime/readers/TextEncoder.h"
#include "runtime/io/Error.h"

namespace tl::data {

namespace {

class CutEncoder : public TextEncoder {
public:
  explicit CutEncoder(const EncoderParts &parts) : kind(parts.kind), hasStart(parts.hasStart), entries(parts.vocabulary), numbers(parts.vocabulary) {}

  std::unique_ptr<TextEncoder> copy() const override { return std::make_unique<CutEncoder>(EncoderParts{kind, hasStart, entries}); }

  /// Characters may be parted anywhere, words where one of two neighbours is not of a word; where lines are told apart, white space stays whole and before.
  size_t lastSeam(std::string_view text) const override {
    if (kind != "words")
      return text.size();
    for (size_t at = text.size(); at-- > 1;)
      if (Cutter::isBetween(text, at) && !(hasStart && Cutter::isSpaceAt(text, at)))
        return at;
    return 0;
  }

  void encode(std::string_view text, bool isRecord, size_t most, std::vector<int32_t> &into) override {
    append(text, isRecord, most > SIZE_MAX - into.size() ? SIZE_MAX : into.size() + most, into);
  }

  void encodeRecord(std::span<const std::string_view> texts, bool areWords, size_t most, RecordTokens &into) override {
    if (!areWords && texts.size() != 1)
      throw Error(exitInternal, "only a published tokenizer says how texts are joined");
    for (size_t word = 0; word < texts.size(); ++word) {
      size_t before = into.ids.size() + (hasStart && word == 0);
      int64_t cut = append(texts[word], word == 0, most, into.ids);
      into.words.resize(into.ids.size(), int32_t(word));
      into.cutTokens += cut;
      into.cutWords += cut > 0 && into.ids.size() <= before;
    }
    if (hasStart && !into.words.empty())
      into.words[0] = -1;
  }

  std::string decode(const std::vector<int32_t> &ids) override {
    std::string text;
    for (int32_t id : ids)
      if (!(hasStart && id == startToken))
        text += (kind == "words" && !text.empty() ? " " : "") + entries.at(size_t(id));
    return text;
  }

  bool isEmpty(std::string_view text) override {
    std::string_view piece;
    return !Cutter(text, kind).next(piece);
  }

private:
  /// Up to `end` numbers in all; returns how many have no place.
  int64_t append(std::string_view text, bool isRecord, size_t end, std::vector<int32_t> &into) {
    if (isRecord && hasStart && into.size() < end)
      into.push_back(startToken);
    Cutter cutter(text, kind, hasStart && !isRecord);
    int64_t cut = 0;
    for (std::string_view piece; cutter.next(piece);)
      if (into.size() < end)
        into.push_back(piece.empty() ? startToken : numbers.number(piece));
      else
        ++cut;
    return cut;
  }

  const std::string kind;
  bool hasStart;
  const std::vector<std::string> &entries;
  Vocabulary numbers;
};

} // namespace

std::unique_ptr<TextEncoder> makeTextEncoder(const EncoderParts &parts) {
  if (parts.kind != "pieces")
    return std::make_unique<CutEncoder>(parts);
  if (!parts.tokenizer || !tlPublishedEncoder)
    throw Error(exitInternal, "a text of pieces has no tokenizer");
  return std::unique_ptr<TextEncoder>(tlPublishedEncoder(*parts.tokenizer));
}

std::unique_ptr<TextEncoder> makeTextEncoder(const abi::Field &field, const abi::Tokenizer *tokenizer) {
  return makeTextEncoder({field.tokens, field.hasStart, field.vocabulary, tokenizer});
}

int64_t encodeRecord(TextEncoder &encoder, std::span<const std::string_view> texts, bool areWords, int64_t length, RecordTokens &into) {
  into.ids.clear();
  into.types.clear();
  into.words.clear();
  into.cutTokens = into.cutWords = 0;
  encoder.encodeRecord(texts, areWords, size_t(length), into);
  int64_t count = int64_t(into.ids.size());
  into.ids.resize(size_t(length), encoder.padding());
  into.types.resize(size_t(length));
  into.words.resize(size_t(length), -1);
  return count;
}

} // namespace tl::data
