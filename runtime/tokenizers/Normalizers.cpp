// The short normalizers, and which one a name stands for.
#include "runtime/tokenizers/Normalizer.h"
#include "runtime/tokenizers/ByteAlphabet.h"
#include "runtime/tokenizers/Classes.h"
#include "runtime/tokenizers/Pattern.h"
#include "runtime/tokenizers/Sequence.h"

namespace tl::tokenizers {

void lower(Text &text) {
  Rewrite rewrite(text);
  while (!rewrite.isAtEnd()) {
    char32_t code = rewrite.peek();
    rewrite.replace(lowered(code));
    if (code == 0x130)
      rewrite.insert(0x307);
  }
  rewrite.finish();
}

namespace {

struct InOrder : Normalizer {
  explicit InOrder(std::vector<std::unique_ptr<Normalizer>> parts) : parts(std::move(parts)) {}
  std::vector<std::unique_ptr<Normalizer>> parts;
  void apply(Text &text) const override {
    for (const std::unique_ptr<Normalizer> &part : parts)
      part->apply(text);
  }
};

struct Lowercase : Normalizer {
  void apply(Text &text) const override { lower(text); }
};

struct Strip : Normalizer {
  bool left, right;
  Strip(bool left, bool right) : left(left), right(right) {}
  void apply(Text &text) const override {
    std::string_view bytes = text.view();
    size_t from = 0, to = bytes.size();
    for (size_t next = 0; left && from < to && is(io::nextCode(bytes, next), Space);)
      from = next;
    while (right && to > from) {
      size_t last = io::codeBefore(bytes, to), next = last;
      if (!is(io::nextCode(bytes, next), Space))
        break;
      to = last;
    }
    Rewrite rewrite(text);
    rewrite.pass(from);
    rewrite.keep(to - from);
    rewrite.finish();
  }
};

struct StripAccents : Normalizer {
  void apply(Text &text) const override {
    Rewrite rewrite(text);
    while (!rewrite.isAtEnd()) {
      char32_t code = rewrite.peek();
      if (is(code, Mark))
        rewrite.pass();
      else
        rewrite.replace(code);
    }
    rewrite.finish();
  }
};

/// Controls go, what parts words becomes a space: as the texts of T5 were prepared.
struct Nmt : Normalizer {
  void apply(Text &text) const override {
    Rewrite rewrite(text);
    while (!rewrite.isAtEnd()) {
      char32_t code = rewrite.peek();
      bool isSpace = code == 9 || code == 10 || code == 12 || code == 13 || code == 0x1680 || (code >= 0x200b && code <= 0x200f) || code == 0x2028 ||
                     code == 0x2029 || code == 0x2581 || code == 0xfeff || code == 0xfffd;
      if (!isSpace && code != 0 && (code < 32 || code == 0x7f || code == 0x8f || code == 0x9f))
        rewrite.pass();
      else
        rewrite.replace(isSpace ? U' ' : code);
    }
    rewrite.finish();
  }
};

void insertAll(Rewrite &rewrite, std::string_view content) {
  for (size_t at = 0; at < content.size();)
    rewrite.insert(io::nextCode(content, at));
}

struct Replace : Normalizer {
  Pattern pattern;
  std::string content;
  Replace(const Spec &spec) : pattern(spec["pattern"]), content(spec["content"].string()) {}
  void apply(Text &text) const override {
    Rewrite rewrite(text);
    pattern.search(text.view(), [&](uint32_t from, uint32_t to) {
      rewrite.keep(from - rewrite.place());
      rewrite.pass(to - from);
      insertAll(rewrite, content);
    });
    rewrite.keep(text.size() - rewrite.place());
    rewrite.finish();
  }
};

struct Prepend : Normalizer {
  std::string content;
  Prepend(std::string content) : content(std::move(content)) {}
  void apply(Text &text) const override {
    if (text.bytes.empty() || content.empty())
      return;
    Rewrite rewrite(text);
    prepend(rewrite, content);
    rewrite.keep(text.size() - rewrite.place());
    rewrite.finish();
  }
};

struct ByteLevel : Normalizer {
  void apply(Text &text) const override {
    Rewrite rewrite(text);
    byteLetters(rewrite, text.view(), text.size());
    rewrite.finish();
  }
};

} // namespace

void prepend(Rewrite &rewrite, std::string_view content) {
  char32_t first = rewrite.peek();
  size_t at = 0;
  rewrite.replace(io::nextCode(content, at));
  insertAll(rewrite, content.substr(at));
  rewrite.insert(first);
}

std::unique_ptr<Normalizer> readNormalizer(const Spec &spec, int depth) {
  if (spec.isNull())
    return nullptr;
  std::string type = spec["type"].string();
  if (type == "Sequence")
    return std::make_unique<InOrder>(readParts(spec, "normalizers", depth, readNormalizer));
  if (type == "BertNormalizer")
    return readBertNormalizer(spec);
  if (type == "NFC" || type == "NFD" || type == "NFKC" || type == "NFKD")
    return makeNormalForm(type);
  if (type == "Lowercase")
    return std::make_unique<Lowercase>();
  if (type == "Strip")
    return std::make_unique<Strip>(spec.boolean("strip_left", true), spec.boolean("strip_right", true));
  if (type == "StripAccents")
    return std::make_unique<StripAccents>();
  if (type == "Nmt")
    return std::make_unique<Nmt>();
  if (type == "Replace")
    return std::make_unique<Replace>(spec);
  if (type == "Prepend")
    return std::make_unique<Prepend>(spec["prepend"].string());
  if (type == "Precompiled")
    return readPrecompiled(spec);
  if (type == "ByteLevel")
    return std::make_unique<ByteLevel>();
  throw spec["type"].unknown("normalizer", {"Sequence", "BertNormalizer", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Strip", "StripAccents", "Nmt",
                                            "Replace", "Prepend",
                                            "Precompiled", "ByteLevel"});
}

} // namespace tl::tokenizers
