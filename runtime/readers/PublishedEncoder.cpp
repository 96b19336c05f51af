// Texts by a published tokenizer.
#include "runtime/readers/TextEncoder.h"
#include "runtime/tokenizers/Tokenizer.h"
#include <algorithm>
#include <charconv>

namespace tl::data {

namespace {

class PublishedEncoder : public TextEncoder {
public:
  explicit PublishedEncoder(std::shared_ptr<const tokenizers::Tokenizer> given) : shared(std::move(given)), tokenizer(*shared), encoder(tokenizer) {
    encoder.padding.reset(); // to the length that a field has, and no other
  }

  std::unique_ptr<TextEncoder> copy() const override { return std::make_unique<PublishedEncoder>(shared); }
  size_t lastSeam(std::string_view text) const override { return tokenizer.seams().lastIn(text); }
  std::string noSeams() const override { return tokenizer.seams().obstacle(); }

  void encode(std::string_view text, bool isRecord, size_t most, std::vector<int32_t> &into) override {
    cutTo(most, isRecord);
    const std::vector<int32_t> &ids = encoder.encode(text).ids;
    into.insert(into.end(), ids.begin(), ids.end());
  }

  void encodeRecord(std::span<const std::string_view> texts, bool areWords, size_t most, RecordTokens &into) override {
    cutTo(most, true);
    const tokenizers::Encoding &made = areWords ? encoder.encodeWords(texts) : texts.size() == 2 ? encoder.encode(texts[0], texts[1])
                                                                                                 : encoder.encode(texts[0]);
    into.ids.insert(into.ids.end(), made.ids.begin(), made.ids.end());
    into.types.insert(into.types.end(), made.types.begin(), made.types.end());
    into.words.insert(into.words.end(), made.words.begin(), made.words.end());
    into.cutTokens += int64_t(made.cutTokens);
    into.cutWords += int64_t(made.cutWords);
  }

  std::string decode(const std::vector<int32_t> &ids) override { return tokenizer.decode(ids); }

  bool isEmpty(std::string_view text) override {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' '; });
  }

  /// Where the tokenizer has none, any will do: what is padding is counted.
  int32_t padding() const override {
    auto known = tokenizer.special().find("padding");
    return known == tokenizer.special().end() ? 0 : known->second;
  }

  uint64_t digest() const override {
    uint64_t value = 0;
    std::from_chars(tokenizer.digest().data(), tokenizer.digest().data() + tokenizer.digest().size(), value, 16);
    return value;
  }

private:
  void cutTo(size_t most, bool addsSpecial) {
    encoder.addsSpecial = addsSpecial;
    if (encoder.truncation)
      encoder.truncation->most = most; // and from the side that the file says
    else
      encoder.truncation = tokenizers::Truncation{.most = most};
  }

  std::shared_ptr<const tokenizers::Tokenizer> shared;
  const tokenizers::Tokenizer &tokenizer;
  tokenizers::Encoder encoder;
};

} // namespace

} // namespace tl::data

extern "C" tl::data::TextEncoder *tlPublishedEncoder(const tl::abi::Tokenizer &tokenizer) {
  using namespace tl;
  return new data::PublishedEncoder(std::make_shared<const tokenizers::Tokenizer>(tokenizers::Tokenizer::fromFiles(tokenizer)));
}
