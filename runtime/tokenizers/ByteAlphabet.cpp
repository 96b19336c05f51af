// Bytes to letters and back.
#include "runtime/tokenizers/ByteAlphabet.h"

namespace tl::tokenizers {

int byteOfLetter(char32_t letter) {
  static const auto bytes = [] {
    std::array<int16_t, 512> made;
    made.fill(-1);
    for (int byte = 0; byte < 256; ++byte)
      made[lettersOfBytes()[size_t(byte)]] = int16_t(byte);
    return made;
  }();
  return letter < bytes.size() ? bytes[letter] : -1;
}

void byteLetters(Rewrite &rewrite, std::string_view text, size_t end) {
  const std::array<char32_t, 256> &letters = lettersOfBytes();
  while (rewrite.place() < end) {
    size_t at = rewrite.place(), run = at;
    while (run < end && text[run] >= 33 && text[run] <= 126)
      ++run;
    if (run > at) {
      rewrite.keep(run - at);
      continue;
    }
    size_t bytes = io::utf8Bytes(static_cast<unsigned char>(text[at]));
    rewrite.replace(letters[static_cast<unsigned char>(text[at])]);
    for (size_t i = 1; i < bytes; ++i)
      rewrite.insert(letters[static_cast<unsigned char>(text[at + i])]);
  }
}

} // namespace tl::tokenizers
