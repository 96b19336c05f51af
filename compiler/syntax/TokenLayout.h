// Between lexer and parser: decides where statements end, tells roles from products, repairs brackets, bounds nesting.
#pragma once
#include "compiler/support/Diagnostics.h"
#include "compiler/syntax/Words.h"
#include <antlr4-runtime.h>
#include <map>

namespace tl {

/// The tokens of one file as the parser wants them; a token's index is its place in `tokens`.
struct TokenList {
  std::vector<std::unique_ptr<antlr4::Token>> tokens; // the last is EOF
  std::vector<int> depth;                             // brackets open around each; a bracket itself counts as outside
  std::vector<size_t> repairs;         // ascending: brackets that the text lacks, tokens after stray characters
  std::vector<ast::Span> strayClosers; // `}` that close nothing, dropped
  std::map<size_t, std::string> docs;  // `##` lines by the index of the token below them
  bool isTooDeep = false;              // reported; not to be parsed
};

/// A separator stands after every statement, also in front of `}` and at the end. Line breaks inside ( ) and [ ], after
/// an operator or comma, and before a binary operator, `{`, `else`, `.` or role separate nothing.
/// The tokens point into the lexer's stream, which must outlive them.
TokenList layOut(antlr4::Lexer &lexer, int file, Diagnostics &diagnostics);

ast::Span spanOf(int file, const antlr4::Token &token);

} // namespace tl
