// What BERT does to a text: clean it, part ideographs, drop accents, lower case. Code points below 128 go a short way.
#include "runtime/tokenizers/Classes.h"
#include "runtime/tokenizers/Normalizer.h"
#include <algorithm>
#include <array>

namespace tl::tokenizers {

namespace {

class BertNormalizer : public Normalizer {
public:
  BertNormalizer(bool cleans, bool partsIdeographs, bool dropsAccents, bool lowers)
      : cleans(cleans), partsIdeographs(partsIdeographs), dropsAccents(dropsAccents), lowers(lowers) {
    for (char32_t code = 0; code < 128; ++code)
      ascii[code] = char(lowers ? lowered(clean(code)) : clean(code));
  }

  void apply(Text &text) const override {
    if (applyAscii(text))
      return;
    Rewrite rewrite(text);
    while (!rewrite.isAtEnd()) {
      char32_t code = rewrite.peek();
      if (code < 128 ? isDropped(code) : cleans && is(code, Control)) {
        rewrite.pass();
        continue;
      }
      code = clean(code);
      if (partsIdeographs && code >= 0x3400 && is(code, Ideograph)) {
        rewrite.replace(' ');
        rewrite.insert(code);
        rewrite.insert(' ');
      } else
        rewrite.replace(code);
    }
    rewrite.finish();
    if (dropsAccents) {
      decompose(text);
      dropMarks(text);
    }
    if (lowers)
      lower(text);
  }

private:
  /// True where the text was ASCII and is done.
  bool applyAscii(Text &text) const {
    if (text.hasOrigins())
      return false;
    bool isPlain = true, isWhole = true;
    for (char byte : text.bytes) {
      isPlain &= static_cast<unsigned char>(byte) < 128;
      isWhole &= !isDropped(static_cast<unsigned char>(byte) & 127u);
    }
    if (!isPlain || !isWhole)
      return false;
    for (char &byte : text.bytes)
      byte = ascii[static_cast<unsigned char>(byte)];
    return true;
  }
  /// Of those below 128, which hold no white space but what is kept as a space.
  bool isDropped(char32_t code) const { return cleans && (code < 32 || code == 127) && code != '\t' && code != '\n' && code != '\r'; }
  char32_t clean(char32_t code) const { return cleans && is(code, Space) ? U' ' : code; }

  static void dropMarks(Text &text) {
    Rewrite rewrite(text);
    while (!rewrite.isAtEnd()) {
      char32_t code = rewrite.peek();
      if (code >= 0x300 && is(code, AccentMark))
        rewrite.pass();
      else
        rewrite.replace(code);
    }
    rewrite.finish();
  }

  bool cleans, partsIdeographs, dropsAccents, lowers;
  std::array<char, 128> ascii;
};

} // namespace

std::unique_ptr<Normalizer> readBertNormalizer(const Spec &spec) {
  bool lowers = spec.boolean("lowercase", true);
  return std::make_unique<BertNormalizer>(spec.boolean("clean_text", true), spec.boolean("handle_chinese_chars", true),
                                          spec.boolean("strip_accents", lowers), lowers);
}

} // namespace tl::tokenizers
