// The letters that byte-level vocabularies write bytes with: printable ones for themselves, the others from U+0100 on.
#pragma once
#include "runtime/tokenizers/Text.h"
#include <array>

namespace tl::tokenizers {

constexpr bool isOwnLetter(unsigned byte) { return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174; }

/// Of each byte.
inline const std::array<char32_t, 256> &lettersOfBytes() {
  static const auto letters = [] {
    std::array<char32_t, 256> made{};
    char32_t next = 256;
    for (unsigned byte = 0; byte < 256; ++byte)
      made[byte] = isOwnLetter(byte) ? byte : next++;
    return made;
  }();
  return letters;
}

/// -1 where the code point is no such letter.
int byteOfLetter(char32_t letter);

/// Writes the next bytes up to `end` by their letters.
void byteLetters(Rewrite &rewrite, std::string_view text, size_t end);

/// Puts a text that is not empty in front of the next code point, of which it takes the origin.
void prepend(Rewrite &rewrite, std::string_view content);

} // namespace tl::tokenizers
