// Pre-tokenizers that write a text anew: bytes as letters, spaces as marks.
#include "runtime/tokenizers/ByteAlphabet.h"
#include "runtime/tokenizers/Pattern.h"
#include "runtime/tokenizers/PreTokenizer.h"

namespace tl::tokenizers {

std::string prependScheme(const Spec &spec) {
  if (!spec.has("prepend_scheme"))
    return spec.boolean("add_prefix_space", true) ? "always" : "never";
  Spec scheme = spec["prepend_scheme"];
  std::string word = scheme.string();
  if (word != "always" && word != "first" && word != "never")
    throw scheme.unknown("scheme", {"always", "first", "never"});
  return word;
}

std::string oneCharacter(const Spec &spec, const std::string &name, const std::string &otherwise) {
  std::string text = spec.string(name, otherwise);
  if (io::countCodes(text) != 1)
    throw spec[name].wrong("is `" + text.substr(0, 40) + "`, expected one character");
  return text;
}

namespace {

class ByteLevel : public PreTokenizer {
public:
  ByteLevel(bool addsSpace, bool cuts) : addsSpace(addsSpace), cuts(cuts) {}

  void apply(Pieces &pieces) const override {
    if (addsSpace)
      pieces.rewrite([&](Rewrite &rewrite, const Piece &piece) {
        if (rewrite.peek() != ' ')
          prepend(rewrite, " ");
        rewrite.keep(piece.to - rewrite.place());
      });
    if (cuts)
      pieces.cut([](std::string_view text, auto emit) {
        for (size_t at = 0; at < text.size();) {
          size_t end = endOfGpt2Piece(text, at);
          emit(at, end);
          at = end;
        }
      });
    pieces.rewrite([&](Rewrite &rewrite, const Piece &piece) { byteLetters(rewrite, pieces.text.view(), piece.to); });
  }

private:
  bool addsSpace, cuts;
};

class Metaspace : public PreTokenizer {
public:
  Metaspace(std::string mark, std::string scheme, bool cuts) : mark(std::move(mark)), scheme(std::move(scheme)), cuts(cuts) {
    size_t at = 0;
    code = io::nextCode(this->mark, at);
  }

  bool needsOrigins() const override { return scheme == "first"; }

  void apply(Pieces &pieces) const override {
    pieces.rewrite([&](Rewrite &rewrite, const Piece &piece) {
      std::string_view text = pieces.text.view();
      bool wantsMark = scheme == "always" || (scheme == "first" && piece.started == 0);
      char32_t first = rewrite.peek();
      if (wantsMark && first != ' ' && first != code)
        prepend(rewrite, mark);
      while (rewrite.place() < piece.to) {
        size_t at = rewrite.place(), end = std::min(text.find(' ', at), size_t(piece.to));
        rewrite.keep(end - at);
        if (end < piece.to)
          rewrite.replace(code);
      }
    });
    if (cuts)
      pieces.cut([&](std::string_view text, auto emit) {
        for (size_t at = 0; at < text.size();) {
          size_t end = std::min(text.find(mark, at + 1), text.size());
          emit(at, end);
          at = end;
        }
      });
  }

private:
  std::string mark, scheme;
  bool cuts;
  char32_t code;
};

} // namespace

std::unique_ptr<PreTokenizer> readByteLevel(const Spec &spec) {
  return std::make_unique<ByteLevel>(spec.boolean("add_prefix_space", true), spec.boolean("use_regex", true));
}

std::unique_ptr<PreTokenizer> readMetaspace(const Spec &spec) {
  return std::make_unique<Metaspace>(oneCharacter(spec, "replacement", "\u2581"), prependScheme(spec), spec.boolean("split", true));
}

} // namespace tl::tokenizers
