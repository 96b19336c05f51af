// A file as it looks from its margin: where declarations begin and what they name, found without reading them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tl {

/// A declaration, with the comments in front of it and all that follows up to the next.
struct Piece {
  std::string_view keyword, name; // of `use`, what it names first
  size_t begin = 0, end = 0;      // in the text
};

/// Of a text whose declarations begin at the margin, as those of the library do; the views are into it.
std::vector<Piece> piecesOf(std::string_view text);

/// The words of a text, strings included and comments left out, as often as they stand there.
std::vector<std::string_view> wordsOf(std::string_view text);

/// The text with blanks in place of a piece, so that what is left stands where it stood.
void blank(std::string &text, const Piece &piece);

} // namespace tl
