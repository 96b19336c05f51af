// What happens where the text leaves the grammar: one message in the reader's words, then reading resumes at the next
// item.
#pragma once
#include "compiler/syntax/TokenLayout.h"

namespace tl {

struct FoundHabit;

/// ANTLR's error strategy. A mismatch ends the innermost declaration, item or statement; reading goes on after its
/// separator. Trees of broken items carry an exception (`isBroken`).
class SyntaxErrors : public antlr4::ANTLRErrorStrategy {
public:
  SyntaxErrors(const TokenList &list, int file, Diagnostics &diagnostics)
      : list(list), file(file), diagnostics(diagnostics) {}

  /// A `}` that closes nothing is its own mistake, unless it belongs to a body whose `{` is missing.
  void reportStrayClosers();

  void reset(antlr4::Parser *) override {}
  antlr4::Token *recoverInline(antlr4::Parser *parser) override;
  void recover(antlr4::Parser *parser, std::exception_ptr error) override;
  void sync(antlr4::Parser *parser) override;
  bool inErrorRecoveryMode(antlr4::Parser *) override { return false; }
  void reportMatch(antlr4::Parser *) override {}
  void reportError(antlr4::Parser *parser, const antlr4::RecognitionException &error) override;

private:
  const TokenList &list;
  const int file;
  Diagnostics &diagnostics;
  bool isInFlight = false; // reported, on its way to the item that ends it
  bool lacksBrace = false; // … the item's `{` is missing: nothing up to the next declaration can be trusted
  int blockColumn = -1;    // … it began a body by indentation: lines further to the right belong to it
  std::vector<std::pair<int, int>> distrusted; // lines skipped for that reason

  void report(antlr4::Parser *parser, const antlr4::Token &found, const antlr4::misc::IntervalSet &expected,
              const antlr4::Token *start);
  void reportHabit(const FoundHabit &habit);
  void skipBlock(antlr4::Parser *parser, int depth);
  void skipItem(antlr4::Parser *parser, int depth);
  void skipToDeclaration(antlr4::Parser *parser);
  bool isRepairedNear(const antlr4::Token &found, size_t start) const;
};

} // namespace tl
