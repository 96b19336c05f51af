// What is a character in a file, and what no text has.
#include "compiler/support/Utf8.h"
#include <cstdint>

namespace tl {

static bool isContinuation(unsigned char c) { return (c & 0xC0) == 0x80; }

size_t characterAt(const std::string &text, size_t at) {
  if (uint8_t(text[at]) < 0x80)
    return 1;
  auto byte = [&](size_t i) { return at + i < text.size() ? uint8_t(text[at + i]) : 0; };
  uint8_t first = byte(0), second = byte(1);
  size_t length = first < 0xC2 || first > 0xF4 ? 0
                  : first < 0xE0               ? 2
                  : first < 0xF0               ? 3
                                               : 4;
  for (size_t i = 1; i < length; ++i)
    if (!isContinuation(byte(i)))
      return 0;
  bool isTooLong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  bool isNone = (first == 0xED && second >= 0xA0) || (first == 0xF4 && second >= 0x90); // surrogates; past the last one
  return isTooLong || isNone ? 0 : length;
}

size_t firstNoText(const std::string &text) {
  size_t at = 0;
  for (size_t length; at < text.size() && text[at] != 0 && (length = characterAt(text, at)) != 0;)
    at += length;
  return at < text.size() ? at : std::string::npos;
}

} // namespace tl
