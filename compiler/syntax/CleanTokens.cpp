// Characters that no token begins with, and strings without an end.
#include "compiler/syntax/CleanTokens.h"
#include "TLLexer.h"
#include "compiler/syntax/Habits.h"
#include "compiler/syntax/TokenLayout.h"
#include <cstring>

namespace tl {
namespace {

using antlr4::Token;
using grammar::TLLexer;

/// However often a file has one of them, it is one mistake.
void reportStray(ast::Span span, const std::string &text, Diagnostics &diagnostics) {
  bool isPrintable = text.size() > 1 || (text[0] > ' ' && text[0] < 127);
  char code[8];
  snprintf(code, sizeof code, "0x%02X", static_cast<unsigned char>(text[0]));
  std::string shown = isPrintable ? "`" + text + "`" : std::string("byte ") + code;
  std::string instead = habit(Habit::Mark, text); // the same for both of a pair of quotation marks
  if (Diagnostic *first = diagnostics.reportFirst(Diag::CharacterUnknown, span, shown + " means nothing here", instead))
    first->help = instead;
}

/// Comments as other languages write them, which would be read as operators and names.
class ForeignComments {
public:
  ForeignComments(const std::vector<std::unique_ptr<Token>> &tokens, int file, Diagnostics &diagnostics)
      : tokens(tokens), file(file), diagnostics(diagnostics), text(diagnostics.sources().text(file)) {}

  void drop() {
    for (size_t i = 0; i < tokens.size(); ++i) {
      size_t begin = tokens[i]->getStartIndex();
      bool isFirst = i == 0 || tokens[i - 1]->getType() == TLLexer::NEWLINE;
      auto stands = [&](const char *sign) { return text.compare(begin, std::strlen(sign), sign) == 0; };
      if (isFirst && tokens[i]->getType() == TLLexer::SLASH && stands("//"))
        drop(i, "//", text.find('\n', begin));
      else if (tokens[i]->getType() == TLLexer::SLASH && stands("/*"))
        drop(i, "/*", endOf("*/", begin + 2));
      else if (tokens[i]->getType() == TLLexer::STRING && stands("\"\"\""))
        drop(i, "\"\"\"", endOf("\"\"\"", begin + 3));
    }
  }

private:
  const std::vector<std::unique_ptr<Token>> &tokens;
  const int file;
  Diagnostics &diagnostics;
  const std::string &text;

  size_t endOf(const char *closer, size_t from) const {
    size_t at = text.find(closer, from);
    return at == std::string::npos ? at : at + std::strlen(closer);
  }

  /// Layout leaves out what is STRAY; here it has been told.
  void drop(size_t &i, const std::string &sign, size_t end) {
    ast::Span span = spanOf(file, *tokens[i]);
    span.length = int(sign.size());
    if (Diagnostic *first = diagnostics.reportFirst(Diag::ForeignWord, span, "TL has no `" + sign + "`"))
      first->help = habit(Habit::Mark, sign);
    for (; i < tokens.size() && tokens[i]->getStartIndex() < end; ++i)
      static_cast<antlr4::CommonToken &>(*tokens[i]).setType(TLLexer::COMMENT);
    --i;
  }
};

} // namespace

void clean(const std::vector<std::unique_ptr<Token>> &tokens, int file, Diagnostics &diagnostics) {
  ForeignComments(tokens, file, diagnostics).drop();
  for (size_t i = 0; i < tokens.size(); ++i) {
    Token &token = *tokens[i];
    if (token.getType() == TLLexer::UNCLOSED_STRING) {
      diagnostics.report(Diag::StringUnclosed, spanOf(file, token), "the string that begins here is not closed on its line").help =
          "close it with `\"`";
      static_cast<antlr4::CommonToken &>(token).setType(TLLexer::STRING);
    } else if (token.getType() == TLLexer::STRAY) {
      std::string text = token.getText();
      auto next = [&] {
        return i + 1 < tokens.size() && tokens[i + 1]->getType() == TLLexer::STRAY &&
                       tokens[i + 1]->getStartIndex() == tokens[i]->getStopIndex() + 1
                   ? tokens[i + 1]->getText()
                   : "";
      };
      while (text[0] & 0x80 && (next()[0] & 0xC0) == 0x80)
        text += tokens[++i]->getText();
      if (next() == text) // `&&`
        text += tokens[++i]->getText();
      ast::Span span = spanOf(file, token);
      span.length = int(text.size());
      reportStray(span, text, diagnostics);
    }
  }
}

} // namespace tl
