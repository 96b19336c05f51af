// Looks around a token that does not fit for what Habits.def knows.
#include "compiler/syntax/HabitSearch.h"
#include "TLParser.h"
#include "compiler/syntax/Habits.h"

namespace tl {
namespace {

using grammar::TLParser;

class Search {
public:
  Search(const TokenList &list, const Mismatch &mismatch)
      : list(list), mismatch(mismatch), at(mismatch.found), start(startOfItem(list, at)) {}

  std::optional<FoundHabit> run() const {
    for (auto look : {&Search::key, &Search::word, &Search::sign, &Search::colon, &Search::infix, &Search::tuple, &Search::answer})
      if (std::optional<FoundHabit> found = (this->*look)())
        return found;
    return std::nullopt;
  }

private:
  const TokenList &list;
  const Mismatch &mismatch;
  const size_t at, start; // the token that does not fit, and the first one of its item

  std::string text(size_t i) const { return i < list.tokens.size() ? list.tokens[i]->getText() : ""; }
  size_t type(size_t i) const { return i < list.tokens.size() ? list.tokens[i]->getType() : antlr4::Token::EOF; }
  bool has(size_t type) const { return mismatch.expected.contains(ssize_t(type)); }
  bool isWord(size_t i) const {
    std::string word = text(i);
    return !word.empty() && (std::isalpha(static_cast<unsigned char>(word[0])) || word[0] == '_');
  }
  bool endsOperand(size_t i) const {
    size_t before = type(i);
    return isWord(i) || before == TLParser::NUMBER || before == TLParser::RPAREN || before == TLParser::RBRACKET ||
           before == TLParser::RBRACE;
  }
  static std::string none(const std::string &word) { return "TL has no `" + word + "`"; }

  /// A line of a stage: `batch_size 64`, `lr = 1e-3`.
  std::optional<FoundHabit> key() const {
    if (!mismatch.isStage)
      return std::nullopt;
    bool isAtKey = at <= start + 1 || type(at) == TLParser::SEP;
    if (std::string instead = isAtKey ? habit(Habit::Key, text(start)) : ""; !instead.empty())
      return FoundHabit{start, start, "", instead};
    bool isSign = type(at) == TLParser::BIND || type(at) == TLParser::COLON;
    if (isSign && isWord(at - 1) && at - start <= 2)
      return FoundHabit{at, at, "", habit(Habit::Colon, "key")};
    return std::nullopt;
  }

  /// A word that another language begins something with.
  std::optional<FoundHabit> word() const {
    size_t first = start;
    if (text(start) == "from") // … x import y
      while (first < list.tokens.size() && type(first) != TLParser::SEP && text(first) != "import")
        ++first;
    if (std::string instead = habit(Habit::Block, text(start)); !instead.empty() && isWord(start) && !mismatch.isStage)
      return FoundHabit{start, start, none(text(start)), instead, true};
    bool isNear = at <= start + 1 || first != start;
    if (std::string instead = isNear ? habit(Habit::Word, text(first)) : ""; !instead.empty())
      return FoundHabit{start, first, none(text(first)), instead};
    if (at == start + 1 && type(at) == TLParser::DOT)
      if (std::string instead = habit(Habit::Name, text(start)); !instead.empty())
        return FoundHabit{start, start, none(text(start)), instead};
    if (at > start + 1 && !mismatch.isStage)
      for (size_t i : {at - 1, at})
        if (std::string instead = habit(Habit::Word, text(i)); !instead.empty())
          return FoundHabit{i, i, none(text(i)), instead};
    return std::nullopt;
  }

  /// Signs of one or two tokens that touch each other.
  std::optional<FoundHabit> sign() const {
    auto touch = [&](size_t i) {
      return i >= start && i + 1 < list.tokens.size() && type(i + 1) != TLParser::SEP &&
             list.tokens[i]->getStopIndex() + 1 == list.tokens[i + 1]->getStartIndex();
    };
    for (size_t i : {at - 1, at, at - 2})
      if (i < at + 1 && touch(i))
        if (std::string both = text(i) + text(i + 1), instead = habit(Habit::Mark, both); !instead.empty())
          return FoundHabit{i, i + 1, none(both), instead};
    if (std::string instead = habit(Habit::Mark, text(at)); !instead.empty())
      return FoundHabit{at, at, none(text(at)), instead};
    return std::nullopt;
  }

  /// `x[1:3]`, `if c:`, `f(out: 3)`, `y: real = 3`.
  std::optional<FoundHabit> colon() const {
    bool isHere = type(at) == TLParser::COLON, isBefore = at > start && type(at - 1) == TLParser::COLON;
    if ((isHere || isBefore) && has(TLParser::RBRACKET))
      return FoundHabit{isHere ? at : at - 1, isHere ? at : at - 1, "", habit(Habit::Colon, "index")};
    if (!isHere)
      return std::nullopt;
    bool isLineOver = at + 1 >= list.tokens.size() || list.tokens[at + 1]->getLine() != list.tokens[at]->getLine();
    bool isWordNext = !habit(Habit::Word, text(at + 1)).empty();
    if (has(TLParser::LBRACE) && (isLineOver || isWordNext || !has(TLParser::ARROW)))
      return FoundHabit{at, at, "", habit(Habit::Colon, "body"), true};
    if (has(TLParser::RPAREN) && isWord(at - 1))
      return FoundHabit{at, at, "", habit(Habit::Colon, "argument")};
    if (at == start + 1 && has(TLParser::ASSIGN))
      return FoundHabit{at, at, "", habit(Habit::Colon, "local")};
    return std::nullopt;
  }

  /// `x if c else y`, `x is none`.
  std::optional<FoundHabit> infix() const {
    if (mismatch.isStage || list.depth[at] == 0 || at == start || !endsOperand(at - 1))
      return std::nullopt;
    if (std::string instead = habit(Habit::Infix, text(at)); !instead.empty())
      return FoundHabit{at, at, "`" + text(at) + "` cannot follow a value", instead};
    return std::nullopt;
  }

  /// The bracket that is open at `at`: its token, or that of the item's start.
  size_t opener() const {
    int open = 1;
    size_t i = at;
    while (i > start && open > 0) {
      --i;
      open += (type(i) == TLParser::RPAREN || type(i) == TLParser::RBRACKET) - (type(i) == TLParser::LPAREN || type(i) == TLParser::LBRACKET);
    }
    return i;
  }

  /// `(3, 3)`: a comma between brackets that no call opens.
  std::optional<FoundHabit> tuple() const {
    size_t open = opener(), close = at;
    if (type(at) != TLParser::COMMA || !has(TLParser::RPAREN) || type(open) != TLParser::LPAREN || (open > start && endsOperand(open - 1)))
      return std::nullopt;
    while (close < list.tokens.size() && type(close) != TLParser::RPAREN && type(close) != TLParser::SEP)
      ++close;
    return FoundHabit{open, type(close) == TLParser::RPAREN ? close : at, "TL has no tuples, such as `(a, b)`", habit(Habit::Form, "tuple")};
  }

  /// `write(text) -> sample(0.8)`: a deployed function gives what is named; with arguments it is repeated.
  std::optional<FoundHabit> answer() const {
    size_t arrow = at;
    while (arrow > start && (isWord(arrow - 1) || type(arrow - 1) == TLParser::COMMA))
      --arrow;
    if (type(at) != TLParser::LPAREN || !has(TLParser::SEP) || !has(TLParser::COMMA) || arrow == at || arrow <= start ||
        type(arrow - 1) != TLParser::ARROW)
      return std::nullopt;
    std::string head;
    for (size_t i = start; i + 1 < arrow; ++i)
      head += text(i) + (type(i) == TLParser::COMMA ? " " : "");
    return FoundHabit{arrow - 1, at - 1, "behind `->` stand names alone, and `" + text(at - 1) + "` has arguments here",
                      "`" + head + " repeats " + text(at - 1) + "(…)` continues a text token by token; an answer with other numbers is a `fn` of its own", false, true};
  }
};

} // namespace

size_t startOfItem(const TokenList &list, size_t at) {
  while (at > 0 && list.tokens[at - 1]->getType() != TLParser::SEP && list.tokens[at - 1]->getType() != TLParser::LBRACE)
    --at;
  return at;
}

std::optional<FoundHabit> findHabit(const TokenList &list, const Mismatch &mismatch) {
  return Search(list, mismatch).run();
}

} // namespace tl
