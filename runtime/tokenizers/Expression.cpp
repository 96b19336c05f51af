// Expressions as PCRE2 is given them. It knows an older Unicode than the published programs, whose letters and numbers are more, and takes
// U+180E for white space, which that was until Unicode 6.3.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "runtime/tokenizers/Classes.h"
#include "runtime/tokenizers/Pattern.h"
#include <pcre2.h>

namespace tl::tokenizers {

namespace {

constexpr const char *spaces = R"(\x09-\x0d\x20\x85\xa0\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

/// The ranges, as they stand in a class, of those code points that `expression` matches.
std::string rangesOf(const std::u32string &codes, const char *expression) {
  int problem = 0;
  size_t place = 0;
  pcre2_code *code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression), PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP, &problem, &place, nullptr);
  pcre2_match_data *block = pcre2_match_data_create_from_pattern(code, nullptr);
  std::string ranges;
  char32_t first = 0, last = 0;
  auto add = [&] {
    char text[32];
    std::snprintf(text, sizeof text, "\\x{%x}-\\x{%x}", unsigned(first), unsigned(last));
    ranges += last ? text : "";
  };
  for (char32_t one : codes) {
    char raw[4];
    size_t bytes = io::putCode(one, raw);
    if (pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(raw), bytes, 0, PCRE2_NO_UTF_CHECK, block, nullptr) < 0)
      continue;
    if (one != last + 1)
      add(), first = one;
    last = one;
  }
  add();
  pcre2_match_data_free(block);
  pcre2_code_free(code);
  return ranges;
}

std::string youngOf(uint16_t wanted, const char *notInPcre2, bool hasCase = true) {
  std::u32string codes;
  for (char32_t code = 0x80; code < 0x110000; ++code) // those before are in blocks that were full
    if (is(code, wanted) && (hasCase || lowered(code) == code))
      codes.push_back(code);
  return rangesOf(codes, notInPcre2);
}

/// What `\p{…}` lacks.
const std::string &lackOf(std::string_view name) {
  static const std::string none;
  if (name == "L") {
    static const std::string letters = youngOf(Letter, "\\P{L}");
    return letters;
  }
  if (name == "Lo") { // all but a few young letters have no case
    static const std::string letters = youngOf(Letter, "\\P{L}", false);
    return letters;
  }
  if (name == "N") {
    static const std::string numbers = youngOf(Number, "\\P{N}");
    return numbers;
  }
  return none;
}

} // namespace

std::string inPcre2(std::string_view expression) {
  std::string all;
  bool isInClass = false;
  auto addClass = [&](bool isNegated, const std::string &members) { all += isInClass ? members : (isNegated ? "[^" : "[") + members + "]"; };
  for (size_t i = 0; i < expression.size(); ++i) {
    std::string_view rest = expression.substr(i);
    size_t end = rest.find('}');
    bool isProperty = (rest.starts_with("\\p{") || (rest.starts_with("\\P{") && !isInClass)) && end != std::string_view::npos;
    if (const std::string *lack = isProperty ? &lackOf(rest.substr(3, end - 3)) : nullptr; lack && !lack->empty()) {
      addClass(rest[1] == 'P', "\\p" + std::string(rest.substr(2, end - 1)) + *lack);
      i += end;
    } else if (rest.starts_with("\\s") || (rest.starts_with("\\S") && !isInClass)) {
      addClass(rest[1] == 'S', spaces);
      ++i;
    } else if (rest[0] == '\\') {
      all += rest.substr(0, 2);
      ++i;
    } else {
      isInClass = rest[0] == '[' || (isInClass && rest[0] != ']');
      all += rest[0];
    }
  }
  return all;
}

} // namespace tl::tokenizers
