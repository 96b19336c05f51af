// What is a character in a file, and what no text has.
#pragma once
#include <cstddef>
#include <string>

namespace tl {

/// The length of the character in UTF-8 that starts at `at`; 0 where none does, as in a file of another encoding.
size_t characterAt(const std::string &text, size_t at);
/// The first byte that no text in UTF-8 has, zero bytes among them; npos where there is none.
size_t firstNoText(const std::string &text);

} // namespace tl
