// Texts by a fitted vocabulary; which encoder a field has.
#include "runtime/readers/TextEncoder.h"
#include "runtime/data/Phrases.h"
#include "runtime/io/Error.h"
#include <algorithm>
#include <optional>

namespace tl::data {

namespace {

class CutEncoder : public TextEncoder {
public:
  explicit CutEncoder(const EncoderParts &parts) : kind(parts.kind), hasStart(parts.hasStart), entries(parts.vocabulary) {
    if (parts.phrases)
      joiner.emplace((joined = std::make_shared<PhraseWords>(*parts.phrases, entries))->rules);
    else
      numbers = std::make_shared<Vocabulary>(entries);
  }

  std::unique_ptr<TextEncoder> copy() const override { return std::make_unique<CutEncoder>(*this); }

  /// Characters may be parted anywhere, words where one of two neighbours is not of a word and no phrase goes over; where lines are told apart, white space stays
  /// whole and before.
  size_t lastSeam(std::string_view text) const override {
    if (kind != "words")
      return text.size();
    for (size_t at = text.size(); at-- > 1;)
      if (Cutter::isBetween(text, at, joined != nullptr) && !((hasStart || joined) && Cutter::isSpaceAt(text, at)) && !(joined && mayJoinAt(text, at)))
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

  uint64_t digest() const override { return joined ? joined->digest() : 0; }

  bool isEmpty(std::string_view text) override {
    std::string_view piece;
    return !Cutter(text, kind).next(piece);
  }

private:
  /// Up to `end` numbers in all; returns how many have no place.
  int64_t append(std::string_view text, bool isRecord, size_t end, std::vector<int32_t> &into) {
    if (isRecord && hasStart && into.size() < end)
      into.push_back(startToken);
    bool marksLines = hasStart && !isRecord;
    Cutter cutter(text, kind, marksLines || joined != nullptr, joined != nullptr);
    int64_t cut = 0;
    auto put = [&](int32_t number) {
      if (into.size() < end)
        into.push_back(number);
      else
        ++cut;
    };
    if (joined)
      appendJoined(cutter, marksLines, put);
    else
      for (std::string_view piece; cutter.next(piece);)
        put(piece.empty() ? startToken : numbers->number(piece));
    return cut;
  }

  template <class Put> void appendJoined(Cutter &cutter, bool marksLines, const Put &put) {
    auto putWord = [&](int32_t word) { put(word < std::max(std::ssize(entries), specialCount) ? word : unknownToken); };
    for (std::string_view piece; cutter.next(piece);) {
      if (!piece.empty()) {
        joiner->take(joined->number(piece), putWord);
        continue;
      }
      joiner->endLine(putWord);
      if (marksLines)
        put(startToken);
    }
    joiner->endLine(putWord);
  }

  /// Whether a phrase may go over a place where a word begins. What follows the text is not known: its last word may go on, or begin a phrase.
  bool mayJoinAt(std::string_view text, size_t at) const {
    size_t end = at;
    while (end > 0 && Cutter::isSpaceAt(text, end - 1))
      if (text[--end] == '\n')
        return false;
    if (end == 0)
      return false; // it begins where another seam was
    size_t from = end - 1;
    while (from > 0 && !Cutter::isBetween(text, from, true))
      --from;
    Cutter before(text.substr(from, end - from), kind, true, true), behind(text.substr(at), kind, true, true);
    std::string_view left, right;
    return before.next(left) && behind.next(right) && (at + behind.place() == text.size() || joined->mayJoin(left, right));
  }

  const std::string kind;
  bool hasStart;
  const std::vector<std::string> &entries;
  std::shared_ptr<const Vocabulary> numbers; // one for all copies: of a large vocabulary it takes more than what is read
  std::shared_ptr<const PhraseWords> joined; // or this, where words have phrases
  std::optional<PhraseJoiner> joiner; // between texts without a word that waits
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
  return makeTextEncoder({field.tokens, field.hasStart, field.vocabulary, tokenizer, field.phrases.empty() ? nullptr : &field.phrases});
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
