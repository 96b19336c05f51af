// What tokenizers take each code point for. The table is made from what PyPI's `tokenizers` answers, whose parts follow several
// versions of Unicode: published ids come from these classes, right or wrong.
#pragma once
#include <cstdint>

namespace tl::tokenizers {

enum Class : uint16_t {
  Space = 1,
  Punctuation = 2,
  Control = 4,      // BERT's cleaning drops it
  AccentMark = 8,   // BERT drops it with the accents
  Mark = 16,        // StripAccents drops it
  Letter = 32,      // \p{L}
  Number = 64,      // \p{N}
  Numeric = 128,    // Digits
  Word = 256,       // \w of Whitespace
  Late = 512,       // normal forms do not know it
  Ideograph = 1024, // BERT parts it from its neighbours
};

namespace detail {
constexpr unsigned blockBits = 7;
extern const uint16_t *const *classBlocks; // 0x110000 >> blockBits of them; equal ones are one
} // namespace detail

/// Lays the table out, once; before it is asked, which is why every tokenizer does so first. A program or a compiler that has none does not pay for it.
void readClasses();

inline uint16_t classesOf(char32_t code) {
  return detail::classBlocks[code >> detail::blockBits][code & ((1u << detail::blockBits) - 1)];
}
inline bool is(char32_t code, uint16_t classes) { return classesOf(code) & classes; }

/// Its lower case, of which U+0130 alone has a second code point, U+0307.
char32_t lowered(char32_t code);

} // namespace tl::tokenizers
