// What a text is searched for: a text, a regular expression, or one of the expressions that published tokenizers cut with.
#pragma once
#include "runtime/tokenizers/Spec.h"
#include "runtime/tokenizers/Text.h"
#include <memory>

namespace tl::tokenizers {

class Pattern {
public:
  /// `{"String": …}` or `{"Regex": …}`.
  explicit Pattern(const Spec &spec);
  Pattern(Pattern &&) noexcept;
  ~Pattern();
  /// Calls `found(from, to)` for each match from front to back.
  template <class Found> void search(std::string_view text, Found found) const {
    Search search(*this, text);
    for (Span match; search.next(match);)
      found(match.from, match.to);
  }

private:
  struct Regex;
  class Search {
  public:
    Search(const Pattern &pattern, std::string_view text);
    ~Search();
    bool next(Span &match);

  private:
    bool nextOfRegex(Span &match);
    const Pattern &pattern;
    std::string_view text;
    size_t at = 0;
    void *data = nullptr;
  };
  std::string plain;
  size_t (*known)(std::string_view text, size_t at) = nullptr;
  std::unique_ptr<Regex> regex;
};

/// The end of the piece from `at` on: of GPT-2, as ByteLevel cuts.
size_t endOfGpt2Piece(std::string_view text, size_t at);
/// The same of a published expression; nothing where it is another one. Every piece of a text is a match of these.
size_t (*knownExpression(std::string_view expression))(std::string_view text, size_t at);

/// An expression in which PCRE2's classes of code points are those of published tokenizers.
std::string inPcre2(std::string_view expression);

} // namespace tl::tokenizers
