// What makes numbers of the texts of a field, and texts of numbers again: characters or words by a fitted vocabulary, or a published
// tokenizer's pieces.
#pragma once
#include "runtime/data/Tokens.h"
#include <memory>
#include <span>

namespace tl::data {

struct RecordTokens {
  std::vector<int32_t> ids, types; // types: of which text each is, as the tokenizer says
  std::vector<int32_t> words;      // of a text that is given as words: of which of them each is; -1: of none
  int64_t cutTokens = 0;           // for which there was no room
  int64_t cutWords = 0;            // of a text that is given as words: those with none of their tokens among `ids`
};

class TextEncoder {
public:
  virtual ~TextEncoder() = default;
  /// Another one of the same numbers, for another thread.
  virtual std::unique_ptr<TextEncoder> copy() const = 0;

  /// Appends the numbers of a text; `isRecord`: and those that stand around the text of a record. At most `most`.
  virtual void encode(std::string_view text, bool isRecord, size_t most, std::vector<int32_t> &into) = 0;
  /// The last place behind its first byte where a text may be cut, so that the numbers of its parts are those of the whole, whatever follows it; 0 where it
  /// has none.
  virtual size_t lastSeam(std::string_view text) const = 0;
  /// Why no text has such a place; "" where texts have some.
  virtual std::string noSeams() const { return ""; }
  /// What a record's texts become: one text, or two that are joined; or where `areWords` one text of these words. At most `most` tokens.
  virtual void encodeRecord(std::span<const std::string_view> texts, bool areWords, size_t most, RecordTokens &into) = 0;
  /// Of numbers without those that stand around.
  virtual std::string decode(const std::vector<int32_t> &ids) = 0;
  /// Whether it has no token of its own.
  virtual bool isEmpty(std::string_view text) = 0;
  /// The number that fills records up.
  virtual int32_t padding() const { return paddingToken; }
  /// Tells encoders apart that number texts differently, where that does not follow from a text's facts; else 0.
  virtual uint64_t digest() const { return 0; }
};

/// What the encoder of a field is made of; it must outlive the encoder.
struct EncoderParts {
  const std::string &kind; // "characters", "words" or "pieces"
  bool hasStart = false;
  const std::vector<std::string> &vocabulary; // while it is not fitted, empty: all numbers are `unknownToken`
  const abi::Tokenizer *tokenizer = nullptr;  // of "pieces"
  const abi::Phrases *phrases = nullptr;      // of "words"; null where they stay alone
};

std::unique_ptr<TextEncoder> makeTextEncoder(const EncoderParts &parts);
std::unique_ptr<TextEncoder> makeTextEncoder(const abi::Field &field, const abi::Tokenizer *tokenizer);

/// Fills a record of a field with the numbers of its texts, then padding. Returns how many are no padding.
int64_t encodeRecord(TextEncoder &encoder, std::span<const std::string_view> texts, bool areWords, int64_t length, RecordTokens &into);

} // namespace tl::data

/// Published tokenizers, in PublishedEncoder.cpp. Programs without them are linked without them, and then this is null: see
/// compiler/codegen/Link.h.
extern "C" [[gnu::weak]] tl::data::TextEncoder *tlPublishedEncoder(const tl::abi::Tokenizer &tokenizer);
