// Characters that no token begins with, and strings without an end.
#include "compiler/syntax/CleanTokens.h"
#include "TLLexer.h"
#include "compiler/syntax/Layout.h"
#include <map>
#include <set>

namespace tl {
namespace {

using antlr4::Token;
using grammar::TLLexer;

void reportStray(ast::Span span, const std::string &text, Diagnostics &diagnostics) {
  static const std::map<std::string, std::string> remedies = {{"'", "strings stand between `\"`"},
                                                              {"!", "negation is `not`, comparison `!=`"},
                                                              {"&", "write `and`"},
                                                              {"|", "write `or`, or `|>` for a pipe"},
                                                              {"“", "strings stand between `\"`"},
                                                              {"”", "strings stand between `\"`"},
                                                              {"×", "write `*`"},
                                                              {"·", "write `*`"},
                                                              {"−", "write `-`"},
                                                              {"→", "write `->`"},
                                                              {"\\", "a line goes on after an operator or a comma"}};
  bool isPrintable = text.size() > 1 || (text[0] > ' ' && text[0] < 127);
  char code[8];
  snprintf(code, sizeof code, "0x%02X", static_cast<unsigned char>(text[0]));
  auto remedy = remedies.find(text);
  diagnostics.report(Diag::CharacterUnknown, span, (isPrintable ? "`" + text + "`" : std::string("byte ") + code) + " means nothing here").help =
      remedy == remedies.end() ? "" : remedy->second;
}

} // namespace

void clean(const std::vector<std::unique_ptr<Token>> &tokens, int file, Diagnostics &diagnostics) {
  std::set<std::pair<size_t, std::string>> strays; // reported, by line
  for (size_t i = 0; i < tokens.size(); ++i) {
    Token &token = *tokens[i];
    if (token.getType() == TLLexer::UNCLOSED_STRING) {
      diagnostics.report(Diag::StringUnclosed, spanOf(file, token), "the string that begins here is not closed on its line").help =
          "close it with `\"`";
      static_cast<antlr4::CommonToken &>(token).setType(TLLexer::STRING);
    } else if (token.getType() == TLLexer::STRAY) {
      std::string text = token.getText();
      while (text[0] & 0x80 && i + 1 < tokens.size() && tokens[i + 1]->getType() == TLLexer::STRAY &&
             tokens[i + 1]->getStartIndex() == tokens[i]->getStopIndex() + 1 && (tokens[i + 1]->getText()[0] & 0xC0) == 0x80)
        text += tokens[++i]->getText();
      if (strays.insert({token.getLine(), text}).second) // else one of a pair or a run
        reportStray(spanOf(file, token), text, diagnostics);
    }
  }
}

} // namespace tl
