// What the readers of text share: files checked to be UTF-8, and the options that say what its tokens are.
#pragma once
#include "runtime/data/Reader.h"
#include "runtime/data/TextEncoder.h"

namespace tl::data {

/// A whole number from `least` on; an error naming the option and the source where it is none. `otherwise`: where the
/// option is not given, -1 making that an error.
int64_t countOption(const abi::Source &source, const std::string &name, int64_t least, int64_t otherwise);

/// Options that `tlc` makes of `text = words(text, fit = train, most = 10000, start = true)`, and `length` where that says it; the dot
/// keeps scripts from writing them.
struct TokenOptions {
  std::string kind; // "characters", "words" or "pieces"
  int64_t most = 0; // entries of the vocabulary; 0: as many as there are
  bool start = false;
  static std::vector<std::string> names() { return {"tokens.kind", "tokens.most", "tokens.start"}; }
  static TokenOptions of(const abi::Source &source);
};

class TextReader : public Reader {
protected:
  TextReader(const abi::Source &source, const std::string &path);
  /// Whose vocabulary is not fitted yet: it counts tokens, and tells an empty text.
  std::unique_ptr<TextEncoder> counting() const { return makeTextEncoder({tokens.kind, tokens.start, unfitted, tokenizer.get()}); }
  std::unique_ptr<TextEncoder> encoderOf(const abi::Field &field) const { return makeTextEncoder(field, tokenizer.get()); }
  /// A field of so many tokens.
  abi::Field tokenField(int64_t length) const;
  /// `FILE:LINE` of an offset.
  std::string lineAt(size_t offset) const;

  std::string path, text; // without a byte order mark
  TokenOptions tokens;

private:
  static const std::vector<std::string> unfitted;
  std::shared_ptr<const abi::Tokenizer> tokenizer;
};

} // namespace tl::data
