// Where the text leaves the grammar: is it a habit of another language?
#pragma once
#include "compiler/syntax/TokenLayout.h"
#include <optional>

namespace tl {

struct FoundHabit {
  size_t first = 0, last = 0;  // tokens to mark
  std::string message;         // "": what the grammar says is said well
  std::string instead;         // from Habits.def
  bool isBlock = false;        // lines that are indented below it belong to it
  bool isOwn = false;          // TL's own word in a wrong place, of no other language
};

/// A mismatch of the parser at `found`, which `expected` could have been; `isStage`: among the lines of a stage or phase.
struct Mismatch {
  size_t found;
  const antlr4::misc::IntervalSet &expected;
  bool isStage = false;
};

/// The first token of the statement or item that holds token `at`.
size_t startOfItem(const TokenList &list, size_t at);
std::optional<FoundHabit> findHabit(const TokenList &list, const Mismatch &mismatch);

} // namespace tl
