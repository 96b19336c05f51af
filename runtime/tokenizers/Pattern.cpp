// Texts are searched for as they stand, expressions with PCRE2.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "runtime/tokenizers/Pattern.h"
#include <pcre2.h>

namespace tl::tokenizers {

struct Pattern::Regex {
  explicit Regex(const Spec &spec) {
    std::string expression = inPcre2(spec.string());
    int problem = 0;
    size_t at = 0;
    constexpr uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
    code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(), options, &problem, &at, nullptr);
    if (!code) {
      char text[128];
      pcre2_get_error_message(problem, reinterpret_cast<PCRE2_UCHAR *>(text), sizeof text);
      throw spec.wrong("is no expression that can be searched for: " + std::string(text));
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); // without it the search is slower, and the same
  }
  ~Regex() { pcre2_code_free(code); }
  pcre2_code *code;
};

Pattern::Pattern(const Spec &spec) {
  if (spec.has("String")) {
    plain = spec["String"].string();
    return;
  }
  Spec expression = spec["Regex"];
  known = knownExpression(expression.string());
  if (!known)
    regex = std::make_unique<Regex>(expression);
}
Pattern::Pattern(Pattern &&) noexcept = default;
Pattern::~Pattern() = default;

Pattern::Search::Search(const Pattern &pattern, std::string_view text) : pattern(pattern), text(text) {
  if (pattern.regex)
    data = pcre2_match_data_create_from_pattern(pattern.regex->code, nullptr);
}
Pattern::Search::~Search() {
  if (data)
    pcre2_match_data_free(static_cast<pcre2_match_data *>(data));
}

bool Pattern::Search::next(Span &match) {
  if (data)
    return nextOfRegex(match);
  if (at >= text.size() || (!pattern.known && pattern.plain.empty()))
    return false;
  size_t from = at;
  if (pattern.known)
    at = pattern.known(text, at);
  else if (from = text.find(pattern.plain, at); from != std::string_view::npos)
    at = from + pattern.plain.size();
  else
    return false;
  match = {uint32_t(from), uint32_t(at)};
  return true;
}

/// An empty match is none where the last one ended; the search goes on one code point further.
bool Pattern::Search::nextOfRegex(Span &match) {
  auto *block = static_cast<pcre2_match_data *>(data);
  while (at <= text.size()) {
    int found = pcre2_match(pattern.regex->code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), at, PCRE2_NO_UTF_CHECK, block, nullptr);
    if (found == PCRE2_ERROR_NOMATCH)
      return false;
    if (found < 0) {
      char problem[128];
      pcre2_get_error_message(found, reinterpret_cast<PCRE2_UCHAR *>(problem), sizeof problem);
      throw badData("the tokenizer's expression finds no end in this text: " + std::string(problem));
    }
    size_t *ends = pcre2_get_ovector_pointer(block);
    match = {uint32_t(std::min(ends[0], ends[1])), uint32_t(ends[1])};
    if (match.from < match.to) {
      at = match.to;
      return true;
    }
    at = match.to < text.size() ? match.to + io::utf8Bytes(static_cast<unsigned char>(text[match.to])) : text.size() + 1;
    return true;
  }
  return false;
}

} // namespace tl::tokenizers
