// Between lexer and parser: decides where statements end, tells roles from products, repairs brackets, bounds nesting.
#include "compiler/syntax/TokenLayout.h"
#include "TLLexer.h"
#include "compiler/syntax/CleanTokens.h"
#include <algorithm>
#include <set>

namespace tl {
namespace {

using antlr4::CommonToken;
using antlr4::Token;
using grammar::TLLexer;

/// Brackets around one place of a script; an operator counts half. Everything that walks a tree relies on this bound.
constexpr int nestingLimit = 200;

bool isOpener(size_t type) { return type == TLLexer::LBRACE || type == TLLexer::LPAREN || type == TLLexer::LBRACKET; }
bool isCloser(size_t type) { return type == TLLexer::RBRACE || type == TLLexer::RPAREN || type == TLLexer::RBRACKET; }

size_t closerOf(size_t opener) {
  return opener == TLLexer::LBRACE   ? TLLexer::RBRACE
         : opener == TLLexer::LPAREN ? TLLexer::RPAREN
                                     : TLLexer::RBRACKET;
}

const char *textOfCloser(size_t closer) {
  return closer == TLLexer::RBRACE   ? "}"
         : closer == TLLexer::RPAREN ? ")"
                                     : "]";
}

/// Operators that stand between two operands, and so join lines on either side.
bool isInfix(size_t type) {
  using L = TLLexer;
  // clang-format off
  static constexpr size_t infix[] = {L::PIPE,  L::PLUS,    L::STAR, L::SLASH,      L::PERCENT, L::AT, L::POWER,
                                     L::EQUAL, L::UNEQUAL, L::LESS, L::LESS_EQUAL, L::GREATER, L::GREATER_EQUAL,
                                     L::AND,   L::OR,      L::OVER, L::AS,         L::COMMA,   L::DOT,
                                     L::BIND,  L::ASSIGN,  L::ARROW};
  // clang-format on
  return std::find(std::begin(infix), std::end(infix), type) != std::end(infix);
}

/// What makes a tree one level deeper.
bool isNesting(size_t type) {
  return isOpener(type) || type == TLLexer::MINUS || type == TLLexer::NOT || type == TLLexer::IF ||
         type == TLLexer::ELSE || type == TLLexer::FN || (isInfix(type) && type != TLLexer::COMMA);
}

class Layout {
public:
  Layout(antlr4::Lexer &lexer, int file, Diagnostics &diagnostics)
      : lexer(lexer), file(file), diagnostics(diagnostics), raw(lexer.getAllTokens()) {}

  TokenList run() {
    for (const auto &token : raw)
      if (token->getType() == TLLexer::UNCLOSED_STRING)
        stringsUnclosed.insert(token->getLine());
    clean(raw, file, diagnostics);
    while (!tryOnce()) {
    }
    return std::move(result);
  }

private:
  struct Open {
    const Token *token;
    bool mayHoldBlock = false; // an `if`, `fn` or `from` inside it announced a `{`
    int nesting = 0;           // operators since the last separator
  };

  antlr4::Lexer &lexer;
  const int file;
  Diagnostics &diagnostics;
  const std::vector<std::unique_ptr<Token>> raw;
  std::set<const Token *> closedAtLineEnd;         // brackets never closed: taken to end with their line
  bool closesAtDeclarations = false;               // a brace is never closed: declarations at the margin end all bodies
  std::set<size_t> stringsUnclosed;                // lines
  // One attempt:
  TokenList result;
  std::vector<Open> open;
  const Token *pendingEnd = nullptr;
  bool isExplicitEnd = false;
  std::string pendingDoc;
  int nesting = 0, topNesting = 0;

  void report(Diag kind, const Token &token, std::string message, std::string help = "") {
    diagnostics.report(kind, spanOf(file, token), std::move(message)).help = std::move(help);
  }

  /// False: something was learnt about the brackets that an earlier token needed; start again.
  bool tryOnce() {
    result = TokenList();
    open.clear();
    pendingEnd = nullptr;
    pendingDoc.clear();
    nesting = topNesting = 0;
    for (size_t i = 0; i < raw.size() && !result.isTooDeep; ++i) {
      const Token *next = i + 1 < raw.size() ? raw[i + 1].get() : nullptr;
      if (!take(*raw[i], i ? raw[i - 1].get() : nullptr, next))
        return false;
    }
    if (result.isTooDeep)
      return true;
    return finish();
  }

  bool take(const Token &token, const Token *before, const Token *next) {
    size_t type = token.getType();
    if (type == TLLexer::COMMENT) // of another language: told already
      return true;
    if (type == TLLexer::STRAY) {
      result.repairs.push_back(result.tokens.size());
      return true;
    }
    if (type == TLLexer::DOC) {
      if (!before || before->getType() == TLLexer::NEWLINE)
        addDoc(token.getText());
      return true;
    }
    if (type == TLLexer::NEWLINE) {
      while (!open.empty() && closedAtLineEnd.contains(open.back().token))
        repair(token);
      if (isLineEndMeant() && !pendingEnd) {
        pendingEnd = &token;
        isExplicitEnd = false;
      }
      return true;
    }
    if (type == TLLexer::SEP) {
      while (!open.empty() && closedAtLineEnd.contains(open.back().token))
        repair(token);
      if (!isLineEndMeant())
        return true;
      if (!pendingEnd)
        pendingEnd = &token;
      isExplicitEnd = true;
      return true;
    }

    placeEnd(token, next);
    if (!open.empty() && isMarginDeclaration(token, next)) {
      for (const Open &each : open)
        reportUnclosed(*each.token);
      while (!open.empty())
        repair(token);
      end(token);
    }
    if (isCloser(type))
      return close(token, before);
    if (type == TLLexer::LBRACE)
      while (!open.empty() && open.back().token->getType() != TLLexer::LBRACE && !open.back().mayHoldBlock) {
        reportUnclosed(*open.back().token);
        bool isOfThisLine = open.back().token->getLine() == token.getLine();
        if (!isOfThisLine && learnsUnclosed(*open.back().token))
          return false;
        repair(token);
      }
    if (!open.empty() && (type == TLLexer::IF || type == TLLexer::FN || type == TLLexer::FROM))
      open.back().mayHoldBlock = true;
    if (type == TLLexer::ROLE && before && touchesOperand(*before, token))
      return splitProduct(token);
    return emit(token);
  }

  /// A declaration at the margin while something is open. Words that also begin a line of a body count only once it is
  /// known that a brace is missing.
  bool isMarginDeclaration(const Token &token, const Token *next) const {
    if (token.getCharPositionInLine() != 0 || !next || next->getLine() != token.getLine() || !isWord(*next))
      return false;
    static const std::set<std::string> ofBodies = {"optimizer", "objective", "metric", "schedule", "augment"};
    std::string word = token.getText();
    return beginsDeclaration(word) && (closesAtDeclarations || !ofBodies.contains(word));
  }

  bool isLineEndMeant() const { return open.empty() || open.back().token->getType() == TLLexer::LBRACE; }
  bool isWord(const Token &token) const {
    return token.getType() == TLLexer::WORD || std::isalpha(static_cast<unsigned char>(token.getText()[0]));
  }

  void addDoc(std::string text) {
    text.erase(0, text.starts_with("## ") ? 3 : 2);
    pendingDoc += (pendingDoc.empty() ? "" : "\n") + text;
  }

  const Token *last(size_t back = 0) const {
    return result.tokens.size() > back ? result.tokens[result.tokens.size() - 1 - back].get() : nullptr;
  }

  /// Turns the line end seen before `token` into a separator, unless the statement goes on.
  void placeEnd(const Token &token, const Token *next) {
    bool isSure = isExplicitEnd || token.getType() == TLLexer::RBRACE || isMarginDeclaration(token, next);
    bool isNeeded = pendingEnd && (isSure || !(goesOnAfterLast() || goesOnWith(token, next)));
    const Token *at = pendingEnd;
    pendingEnd = nullptr;
    if (isNeeded)
      end(*at);
  }

  bool goesOnAfterLast() const {
    if (!last())
      return false;
    size_t type = last()->getType();
    if (type == TLLexer::STAR && last(1)) {
      // `freeze enc.*` ends in a selector, not in a product.
      static const std::set<std::string> selecting = {".", "freeze", "train", "adapt", "for", "except", "of", "and", "or", ":"};
      return !selecting.contains(last(1)->getText());
    }
    return isInfix(type) || type == TLLexer::MINUS || type == TLLexer::NOT || type == TLLexer::COLON;
  }

  bool goesOnWith(const Token &token, const Token *next) const {
    size_t type = token.getType();
    if (type == TLLexer::MINUS) // `- b` goes on, `-b` begins a statement
      return next && next->getStartIndex() != token.getStopIndex() + 1;
    return isInfix(type) || type == TLLexer::ELSE || type == TLLexer::LBRACE || type == TLLexer::ROLE;
  }

  /// Puts a separator where a statement can have ended.
  void end(const Token &at) {
    if (!last() || last()->getType() == TLLexer::SEP || last()->getType() == TLLexer::LBRACE)
      return;
    emitNew(TLLexer::SEP,
            at.getType() == TLLexer::SEP       ? ";"
            : at.getType() == TLLexer::NEWLINE ? "\n"
                                               : "",
            at);
  }

  bool close(const Token &token, const Token *before) {
    size_t type = token.getType();
    size_t match = open.size();
    while (match > 0 && closerOf(open[match - 1].token->getType()) != type)
      --match;
    if (match == 0) {
      if (type == TLLexer::RBRACE)
        result.strayClosers.push_back(spanOf(file, token));
      else
        report(Diag::BracketStray, token, std::string("`") + textOfCloser(type) + "` closes nothing");
      return true;
    }
    while (open.size() > match) {
      reportUnclosed(*open.back().token);
      if (open.back().token->getType() != TLLexer::LBRACE && learnsUnclosed(*open.back().token))
        return false;
      repair(token);
    }
    bool isAfterOpener = last(1) && isOpener(last(1)->getType());
    if (type != TLLexer::RBRACE && last()->getType() == TLLexer::COMMA && !isAfterOpener)
      drop(); // a comma after the last item of several lines
    return emitCloser(token);
  }

  /// Whether to start again with what is now known. A text of brackets alone is not worth a start for each.
  bool learnsUnclosed(const Token &opener) {
    constexpr size_t most = 40;
    return closedAtLineEnd.size() < most && closedAtLineEnd.insert(&opener).second;
  }

  void reportUnclosed(const Token &opener) {
    if (stringsUnclosed.contains(opener.getLine()) && opener.getType() != TLLexer::LBRACE)
      return; // Its partner is taken for a part of the string.
    std::string text = opener.getText();
    report(Diag::BracketUnclosed, opener, "`" + text + "` is never closed",
           std::string("add the `") + textOfCloser(closerOf(opener.getType())) + "` that belongs to it");
  }

  /// Closes the innermost bracket with a closer that the text lacks.
  void repair(const Token &at) {
    size_t closer = closerOf(open.back().token->getType());
    if (closer == TLLexer::RBRACE)
      end(at);
    if (last()->getType() == TLLexer::COMMA)
      drop();
    popOpen();
    result.repairs.push_back(result.tokens.size());
    emitNew(closer, textOfCloser(closer), at);
  }

  bool emitCloser(const Token &token) {
    if (token.getType() == TLLexer::RBRACE)
      end(token);
    popOpen();
    return emit(token);
  }

  void popOpen() {
    nesting -= open.back().nesting + 1;
    open.pop_back();
  }

  void drop() {
    result.tokens.pop_back();
    result.depth.pop_back();
  }

  bool splitProduct(const Token &role) {
    emitNew(TLLexer::AT, "@", role);
    emitNew(TLLexer::WORD, role.getText().substr(1), role);
    auto &word = static_cast<CommonToken &>(*result.tokens.back());
    word.setCharPositionInLine(role.getCharPositionInLine() + 1);
    word.setStartIndex(role.getStartIndex() + 1);
    word.setStopIndex(role.getStopIndex());
    return true;
  }

  bool touchesOperand(const Token &before, const Token &token) const {
    size_t type = before.getType();
    bool isOperand = type == TLLexer::NUMBER || type == TLLexer::RPAREN || type == TLLexer::RBRACKET || isWord(before);
    return isOperand && before.getStopIndex() + 1 == token.getStartIndex();
  }

  bool emit(const Token &token) {
    result.tokens.push_back(std::make_unique<CommonToken>(const_cast<Token *>(&token)));
    place(token);
    return true;
  }

  void emitNew(size_t type, const std::string &text, const Token &at) {
    auto token = std::make_unique<CommonToken>(const_cast<Token *>(&at));
    token->setType(type);
    token->setText(text);
    token->setStopIndex(at.getStartIndex() - 1);
    result.tokens.push_back(std::move(token));
    place(at);
  }

  void place(const Token &source) {
    const Token &token = *result.tokens.back();
    size_t type = token.getType();
    if (!pendingDoc.empty() && type != TLLexer::SEP) {
      if (!isCloser(type))
        result.docs[result.tokens.size() - 1] = pendingDoc;
      pendingDoc.clear();
    }
    result.depth.push_back(int(open.size()));
    int &level = open.empty() ? topNesting : open.back().nesting;
    if (type == TLLexer::SEP || type == TLLexer::COMMA) {
      nesting -= level;
      level = 0;
    } else if (isNesting(type)) {
      ++level;
      ++nesting;
    }
    if (isOpener(type)) {
      open.push_back({&source});
      ++nesting;
    }
    if (nesting > 2 * nestingLimit && !result.isTooDeep) {
      report(Diag::NestingTooDeep, source,
             "brackets and operators are nested more than " + std::to_string(nestingLimit) + " deep here",
             "give parts of the expression names of their own");
      result.isTooDeep = true;
    }
  }

  bool finish() {
    CommonToken eof(TLLexer::EOF);
    size_t size = lexer.getInputStream()->size();
    eof.setLine(lexer.getLine());
    eof.setCharPositionInLine(lexer.getCharPositionInLine());
    eof.setStartIndex(size);
    eof.setStopIndex(size - 1);
    placeEndOfFile(eof);
    while (!open.empty()) {
      reportUnclosed(*open.back().token);
      if (open.back().token->getType() != TLLexer::LBRACE) {
        if (learnsUnclosed(*open.back().token))
          return false;
      } else if (!closesAtDeclarations) {
        closesAtDeclarations = true;
        return false;
      }
      repair(eof);
    }
    end(eof);
    result.tokens.push_back(std::make_unique<CommonToken>(eof));
    result.depth.push_back(0);
    return true;
  }

  void placeEndOfFile(const Token &eof) {
    if (pendingEnd)
      end(*pendingEnd);
    pendingEnd = nullptr;
  }
};

} // namespace

TokenList layOut(antlr4::Lexer &lexer, int file, Diagnostics &diagnostics) {
  return Layout(lexer, file, diagnostics).run();
}

ast::Span spanOf(int file, const antlr4::Token &token) {
  int length = int(token.getStopIndex()) - int(token.getStartIndex()) + 1;
  return {file, int(token.getLine()), int(token.getCharPositionInLine()) + 1, std::max(1, length)};
}

bool beginsDeclaration(const std::string &word) {
  // clang-format off
  static const std::set<std::string> words = {"use",      "dim",       "param",     "data",   "layer",    "model",
                                              "fn",       "optimizer", "objective", "metric", "schedule", "augment",
                                              "pretrain", "finetune",  "load",      "test",   "deploy",   "remap",  "adapter",  "tune",  "folds"};
  // clang-format on
  return words.contains(word);
}

} // namespace tl
