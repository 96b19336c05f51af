// Scans lines and words; knows nothing of the language but the words that begin a declaration, strings, and comments.
#include "compiler/syntax/Outline.h"
#include "compiler/syntax/Words.h"
#include <algorithm>

namespace tl {

static bool isOfWord(char c) { return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static std::string_view wordAt(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && isOfWord(text[end]))
    ++end;
  return text.substr(at, end - at);
}

std::vector<Piece> piecesOf(std::string_view text) {
  std::vector<Piece> pieces;
  size_t comments = 0; // where those begin that end before this line
  for (size_t line = 0, next; line < text.size(); line = next) {
    next = std::min(text.find('\n', line), text.size() - 1) + 1;
    std::string_view keyword = wordAt(text, line);
    if (beginsDeclaration(std::string(keyword))) {
      size_t name = line + keyword.size();
      while (name < next && text[name] == ' ')
        ++name;
      if (!pieces.empty())
        pieces.back().end = comments;
      pieces.push_back({keyword, wordAt(text, name), comments, text.size()});
    }
    if (text[line] != '#')
      comments = next;
  }
  return pieces;
}

std::vector<std::string_view> wordsOf(std::string_view text) {
  std::vector<std::string_view> words;
  bool isInString = false;
  for (size_t at = 0; at < text.size();) {
    char c = text[at];
    if (isOfWord(c)) {
      words.push_back(wordAt(text, at));
      at += words.back().size();
      continue;
    }
    if (c == '#' && !isInString)
      at = std::min(text.find('\n', at), text.size() - 1);
    isInString = c == '\n' ? false : c == '"' ? !isInString
                                              : isInString;
    at += c == '\\' ? 2 : 1;
  }
  return words;
}

void blank(std::string &text, const Piece &piece) {
  for (size_t at = piece.begin; at < piece.end; ++at)
    if (text[at] != '\n')
      text[at] = ' ';
}

} // namespace tl
