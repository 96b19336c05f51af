// The expressions by which GPT-2, Llama 3 and Qwen cut a text, read by hand: a regular expression takes several times as long.
#include "runtime/tokenizers/Classes.h"
#include "runtime/tokenizers/Pattern.h"

namespace tl::tokenizers {

namespace {

constexpr uint16_t notOther = Space | Letter | Number;

uint16_t kindOf(std::string_view text, size_t at) { return classesOf(io::nextCode(text, at)) & notOther; }
bool isAt(std::string_view text, size_t at, uint16_t kind) { return at < text.size() && kindOf(text, at) == kind; }

/// The end of the run of code points of that kind; 0 is what is neither white space, letter nor number.
size_t endOfRun(std::string_view text, size_t at, uint16_t kind) {
  while (at < text.size()) {
    size_t next = at;
    if ((classesOf(io::nextCode(text, next)) & notOther) != kind)
      break;
    at = next;
  }
  return at;
}

bool isNewline(char c) { return c == '\r' || c == '\n'; }

/// White space but its last code point, which goes with what stands behind it; all of it where that is nothing or it is one.
size_t endOfSpace(std::string_view text, size_t at) {
  size_t end = endOfRun(text, at, Space), last = io::codeBefore(text, end);
  return end == text.size() || last == at ? end : last;
}

/// `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll`, `'d`: bytes of the one at `at`, 0 where there is none. U+017F is an s that is no capital.
size_t bytesOfClitic(std::string_view text, size_t at, bool anyCase) {
  auto letter = [&](size_t i) {
    char c = at + i < text.size() ? text[at + i] : '\0';
    return anyCase && c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  };
  if (letter(0) != '\'')
    return 0;
  char one = letter(1), two = letter(2);
  if (one == 's' || one == 't' || one == 'm' || one == 'd')
    return 2;
  if (anyCase && text.substr(at + 1, 2) == "\xC5\xBF")
    return 3;
  return (one == 'r' && two == 'e') || (one == 'v' && two == 'e') || (one == 'l' && two == 'l') ? 3 : 0;
}

/// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,most}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
template <int most> size_t endOfPiece(std::string_view text, size_t at) {
  if (size_t bytes = bytesOfClitic(text, at, true))
    return at + bytes;
  size_t next = at;
  uint16_t kind = classesOf(io::nextCode(text, next)) & notOther;
  if (kind & Letter)
    return endOfRun(text, next, Letter);
  if (kind & Number) {
    for (int i = 1; i < most && isAt(text, next, Number); ++i)
      io::nextCode(text, next);
    return next;
  }
  if (!isNewline(text[at]) && isAt(text, next, Letter))
    return endOfRun(text, next, Letter);
  size_t other = text[at] == ' ' && isAt(text, next, 0) ? next : at;
  if (isAt(text, other, 0)) {
    size_t end = endOfRun(text, other, 0);
    while (end < text.size() && isNewline(text[end]))
      ++end;
    return end;
  }
  size_t end = endOfRun(text, at, Space);
  for (size_t last = end; last > at; --last)
    if (isNewline(text[last - 1]))
      return last;
  return endOfSpace(text, at);
}

} // namespace

/// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
size_t endOfGpt2Piece(std::string_view text, size_t at) {
  if (size_t bytes = bytesOfClitic(text, at, false))
    return at + bytes;
  size_t from = text[at] == ' ' && at + 1 < text.size() && kindOf(text, at + 1) != Space ? at + 1 : at;
  uint16_t kind = kindOf(text, from);
  return kind == Space ? endOfSpace(text, at) : endOfRun(text, from, kind);
}

size_t (*knownExpression(std::string_view expression))(std::string_view text, size_t at) {
  if (expression == R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)")
    return endOfGpt2Piece;
  if (expression == R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)")
    return endOfPiece<3>;
  if (expression == R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)")
    return endOfPiece<1>;
  return nullptr;
}

} // namespace tl::tokenizers
