// UTF-8: whether a text is, and the code points of one that is.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tl::io {

/// The offset of the first byte that is not UTF-8 (RFC 3629: no surrogates, no longer forms); npos where there is none. What follows is of
/// texts that have none.
size_t findBadUtf8(std::string_view text);

/// The bytes of the code point that begins with this one.
constexpr size_t utf8Bytes(unsigned char first) {
  return first < 0x80   ? 1
         : first < 0xe0 ? 2
         : first < 0xf0 ? 3
                        : 4;
}

/// The code point at `at`, which moves behind it.
inline char32_t nextCode(std::string_view text, size_t &at) {
  auto byte = [&](size_t i) { return char32_t(static_cast<unsigned char>(text[at + i])); };
  char32_t first = byte(0), code = first;
  size_t bytes = utf8Bytes(static_cast<unsigned char>(first));
  if (bytes == 2)
    code = (first & 0x1f) << 6 | (byte(1) & 0x3f);
  else if (bytes == 3)
    code = (first & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
  else if (bytes == 4)
    code = (first & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
  at += bytes;
  return code;
}

/// Where the code point before `at` starts.
inline size_t codeBefore(std::string_view text, size_t at) {
  do
    --at;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80);
  return at;
}

inline size_t countCodes(std::string_view text) {
  size_t count = 0;
  for (char c : text)
    count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

/// Writes up to four bytes; returns how many.
inline size_t putCode(char32_t code, char *into) {
  auto tail = [&](int shift) { return char(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80)
    return into[0] = char(code), 1;
  if (code < 0x800)
    return into[0] = char(0xc0 | code >> 6), into[1] = tail(0), 2;
  if (code < 0x10000)
    return into[0] = char(0xe0 | code >> 12), into[1] = tail(6), into[2] = tail(0), 3;
  return into[0] = char(0xf0 | code >> 18), into[1] = tail(12), into[2] = tail(6), into[3] = tail(0), 4;
}

inline void appendCode(std::string &text, char32_t code) {
  char bytes[4];
  text.append(bytes, putCode(code, bytes));
}

} // namespace tl::io
