// What happens where the text leaves the grammar: one message in the reader's words, then reading resumes at the next
// item.
#include "compiler/syntax/SyntaxErrors.h"
#include "TLParser.h"
#include "compiler/syntax/HabitSearch.h"
#include <algorithm>
#include <set>

namespace tl {
namespace {

using antlr4::ParserRuleContext;
using antlr4::Token;
using antlr4::misc::IntervalSet;
using grammar::TLParser;

/// The rules that end in SEP.
bool isItem(size_t rule) {
  // clang-format off
  static constexpr size_t items[] = {
      TLParser::RuleDeclaration,  TLParser::RuleTestItem,  TLParser::RulePrediction,    TLParser::RuleDataItem,      TLParser::RuleTuneItem,
      TLParser::RuleFoldsItem,    TLParser::RuleAugmentSteps, TLParser::RuleLayerItem, TLParser::RuleOptimizerItem, TLParser::RuleMemberFunction,
      TLParser::RuleWeightRule,   TLParser::RuleStageItem, TLParser::RuleRule_,         TLParser::RuleStatement};
  // clang-format on
  return std::find(std::begin(items), std::end(items), rule) != std::end(items);
}

bool isWordText(const std::string &text) {
  return !text.empty() && (std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_');
}

/// A token as messages name it.
std::string describe(const Token &token) {
  std::string text = token.getText();
  if (token.getType() == Token::EOF)
    return "the end of the file";
  if (token.getType() == TLParser::SEP)
    return text == ";"    ? "`;`"
           : text.empty() ? "the end of the body"
                          : "the end of the line";
  if (token.getType() == TLParser::STRING)
    return text.size() > 40 ? "a string" : "the string `" + text + "`";
  return text.size() > 40 ? "`" + text.substr(0, 37) + "...`" : "`" + text + "`";
}

std::string literal(size_t type, const antlr4::dfa::Vocabulary &vocabulary) {
  std::string name = vocabulary.getLiteralName(type);
  return name.size() > 2 ? name.substr(1, name.size() - 2) : "";
}

std::string alternatives(const std::vector<std::string> &each) {
  std::string text;
  for (size_t i = 0; i < each.size(); ++i)
    text += (i == 0                 ? ""
             : i + 1 == each.size() ? " or "
                                    : ", ") +
            each[i];
  return text;
}

/// What could stand there, as few and as broad words as say it.
std::string describe(const IntervalSet &expected, const antlr4::dfa::Vocabulary &vocabulary) {
  auto has = [&](size_t type) { return expected.contains(ssize_t(type)); };
  bool isExpression = has(TLParser::NUMBER) && has(TLParser::STRING);
  bool isName = has(TLParser::WORD);
  bool isOperator = has(TLParser::PIPE) && has(TLParser::POWER);
  if (!isName && has(TLParser::FN) && has(TLParser::METRIC))
    return "a declaration (`layer`, `data`, `pretrain`, ...)";
  std::vector<std::string> words, marks;
  if (isExpression)
    words.push_back("an expression");
  else if (isName)
    words.push_back("a name");
  for (size_t type : expected.toList()) {
    std::string text = literal(type, vocabulary);
    if (type == TLParser::SEP)
      continue;
    if (type == TLParser::ROLE)
      words.push_back("a role such as `@bias`");
    else if (type == TLParser::NUMBER && !isExpression)
      words.push_back("a number");
    else if (text.empty())
      continue;
    else if (isWordText(text)) {
      bool isCovered =
          isName || isExpression || (isOperator && (text == "and" || text == "or" || text == "over" || text == "as"));
      if (!isCovered)
        words.push_back("`" + text + "`");
    } else if (isExpression && (text == "(" || text == "[" || text == "-")) {
      continue;
    } else if (isOperator && text != ")" && text != "]" && text != "{" && text != "}" && text != "," && text != "=" &&
               text != "<-" && text != ":") {
      continue;
    } else {
      marks.push_back("`" + text + "`");
    }
  }
  if (words.size() > 5) {
    bool isRule = has(TLParser::SEP) == false && std::find(words.begin(), words.end(), "`freeze`") != words.end();
    words = isRule ? std::vector<std::string>{"a rule (`batch`, `optimizer`, `freeze`, ...)"}
                   : std::vector<std::string>(words.begin(), words.begin() + 5);
  }
  if (isOperator && words.empty() && marks.empty())
    words.push_back("an operator");
  words.insert(words.end(), marks.begin(), marks.end());
  if (has(TLParser::SEP))
    words.push_back("a new line");
  if (words.empty() && has(Token::EOF))
    words.push_back("the end of the file");
  return alternatives(words);
}

/// The tokens that could have followed where a decision over several tokens died.
IntervalSet expectedAtDeadEnd(antlr4::Parser *parser, const antlr4::NoViableAltException &error) {
  IntervalSet expected;
  if (auto *configs = error.getDeadEndConfigs())
    for (const auto &config : configs->configs)
      expected.addAll(parser->getATN().nextTokens(config->state));
  expected.remove(Token::EPSILON);
  return expected;
}

std::string textBefore(antlr4::Parser *parser) {
  const Token *before = parser->getTokenStream()->LT(-1);
  return before ? before->getText() : "";
}

bool isInStage(antlr4::Parser *parser) {
  for (antlr4::tree::ParseTree *at = parser->getRuleContext(); at; at = at->parent)
    if (antlrcpp::is<TLParser::StageDeclarationContext *>(at))
      return true;
  return false;
}

/// A remedy for slips that people make often; "" where the message says enough.
std::string remedy(antlr4::Parser *parser, const Token &found, const IntervalSet &expected, const Token *start) {
  auto has = [&](size_t type) { return expected.contains(ssize_t(type)); };
  const auto &vocabulary = parser->getVocabulary();
  std::string text = found.getText();
  size_t type = found.getType();
  if (type == TLParser::ROLE && !has(TLParser::ROLE))
    return "a role follows the initialiser of a weight; a product has a space: `@ " + text.substr(1) + "`";
  if (type == TLParser::FACTOR)
    return "`" + text + "` is a factor on a rate, as in `lr " + text + " for enc`; a product is written `" +
           text.substr(0, text.size() - 1) + " * x`";
  if (text == "x" && !has(TLParser::FACTOR) && !has(TLParser::PIPE) &&
      std::isdigit(static_cast<unsigned char>(textBefore(parser)[0])))
    return "a factor on a rate has no space: `" + textBefore(parser) + "x`";
  if (type == TLParser::NUMBER && textBefore(parser) == ".")
    return "an item of a list is named in brackets, `[" + text + "]`";
  if (type == TLParser::ASSIGN && has(TLParser::BIND))
    return "`=` binds a name; `<-` changes a state, weight or buffer inside a body";
  if (type == TLParser::BIND && has(TLParser::LBRACE))
    return "a comparison is written `==`";
  if (type == TLParser::EQUAL && has(TLParser::BIND))
    return "a name is bound by `=`";
  if (type == TLParser::COLON && has(TLParser::ARROW))
    return "the result's type follows `->`";
  if (has(TLParser::LBRACE) && type == TLParser::SEP)
    return "a body begins with `{`";
  if (has(TLParser::WORD) && !has(TLParser::NUMBER) && isWordText(text))
    return "`" + text + "` is a word of the language and cannot be a name";
  const std::string &tried = start && start != &found ? start->getText() : text;
  if (!isWordText(tried))
    return "";
  const IntervalSet &choices =
      start && start != &found ? parser->getATN().nextTokens(parser->getATN().states[parser->getState()]) : expected;
  std::vector<std::string> candidates;
  for (size_t each : choices.toList())
    if (std::string word = literal(each, vocabulary); isWordText(word) && word != tried)
      candidates.push_back(word);
  std::string near = nearest(tried, candidates);
  return near.empty() || (has(TLParser::WORD) && tried == text) ? "" : "did you mean `" + near + "`?";
}

} // namespace

Token *SyntaxErrors::recoverInline(antlr4::Parser *parser) { throw antlr4::InputMismatchException(parser); }

void SyntaxErrors::reportError(antlr4::Parser *parser, const antlr4::RecognitionException &error) {
  if (isInFlight)
    return;
  isInFlight = true;
  const Token &found = *error.getOffendingToken();
  if (auto *dead = dynamic_cast<const antlr4::NoViableAltException *>(&error); dead && dead->getStartToken() != &found)
    report(parser, found, expectedAtDeadEnd(parser, *dead), dead->getStartToken());
  else
    report(parser, found, error.getExpectedTokens(), nullptr);
}

void SyntaxErrors::report(antlr4::Parser *parser, const Token &found, const IntervalSet &expected, const Token *start) {
  // A `{` later in the same statement shows that only the head is wrong.
  bool hasBrace = false;
  for (size_t i = found.getTokenIndex(); i < list.tokens.size() && list.tokens[i]->getType() != TLParser::SEP; ++i)
    hasBrace |= list.tokens[i]->getType() == TLParser::LBRACE;
  lacksBrace = expected.contains(ssize_t(TLParser::LBRACE)) && !hasBrace;

  ParserRuleContext *item = parser->getRuleContext();
  while (item->parent && !isItem(item->getRuleIndex()))
    item = static_cast<ParserRuleContext *>(item->parent);
  if (isRepairedNear(found, item->start ? item->start->getTokenIndex() : found.getTokenIndex()))
    return;
  std::optional<FoundHabit> habit = findHabit(list, {found.getTokenIndex(), expected, isInStage(parser)});
  if (habit && habit->isBlock) {
    lacksBrace = false;
    blockColumn = int(list.tokens[startOfItem(list, habit->first)]->getCharPositionInLine());
  }
  if (habit && !habit->message.empty())
    return reportHabit(*habit);
  std::string wanted = describe(expected, parser->getVocabulary());
  std::string message = wanted.empty() ? "`" + found.getText() + "` cannot stand here" : "expected " + wanted;
  if (start)
    message += " after `" + start->getText() + "`";
  diagnostics.report(Diag::Syntax, spanOf(file, found), message + ", found " + describe(found)).help =
      habit ? habit->instead : remedy(parser, found, expected, start);
}

/// However often a file has it, it is one mistake.
void SyntaxErrors::reportHabit(const FoundHabit &habit) {
  ast::Span span = spanOf(file, *list.tokens[habit.first]);
  if (list.tokens[habit.last]->getLine() == list.tokens[habit.first]->getLine())
    span.length = int(list.tokens[habit.last]->getStopIndex()) - int(list.tokens[habit.first]->getStartIndex()) + 1;
  if (Diagnostic *first = diagnostics.reportFirst(habit.isOwn ? Diag::Syntax : Diag::ForeignWord, span, habit.message))
    first->help = habit.instead;
}

/// A bracket put in by the layout, or a character left out, was reported there; what follows from it is no second
/// mistake.
bool SyntaxErrors::isRepairedNear(const Token &found, size_t start) const {
  auto first = std::lower_bound(list.repairs.begin(), list.repairs.end(), start);
  return first != list.repairs.end() && *first <= found.getTokenIndex() + 1;
}

void SyntaxErrors::recover(antlr4::Parser *parser, std::exception_ptr error) {
  ParserRuleContext *context = parser->getRuleContext();
  size_t rule = context->getRuleIndex();
  if (rule != TLParser::RuleFile && (lacksBrace ? rule != TLParser::RuleDeclaration : !isItem(rule)))
    std::rethrow_exception(error);
  isInFlight = false;
  if (lacksBrace)
    return skipToDeclaration(parser);
  skipItem(parser, context->start ? list.depth[context->start->getTokenIndex()] : 0);
}

/// Where items repeat, one that cannot even begin is skipped here, so that those after it are read.
void SyntaxErrors::sync(antlr4::Parser *parser) {
  const auto &atn = parser->getATN();
  const IntervalSet &next = atn.nextTokens(atn.states[parser->getState()]);
  auto fits = [&] {
    return next.contains(ssize_t(Token::EPSILON)) || next.contains(ssize_t(parser->getTokenStream()->LA(1)));
  };
  if (fits())
    return;
  const Token *before = parser->getTokenStream()->LT(-1);
  bool isAtItem = !before || before->getType() == TLParser::SEP || before->getType() == TLParser::LBRACE;
  if (!isAtItem)
    throw antlr4::InputMismatchException(parser);
  while (!fits() && parser->getTokenStream()->LA(1) != Token::EOF) {
    const Token &found = *parser->getCurrentToken();
    if (!isRepairedNear(found, found.getTokenIndex()))
      report(parser, found, parser->getExpectedTokens(), nullptr);
    lacksBrace = false;
    skipItem(parser, list.depth[found.getTokenIndex()]);
  }
}

void SyntaxErrors::skipItem(antlr4::Parser *parser, int depth) {
  for (;; parser->consume()) {
    const Token &token = *parser->getCurrentToken();
    if (token.getType() == Token::EOF || list.depth[token.getTokenIndex()] < depth)
      return;
    if (token.getType() == TLParser::SEP && list.depth[token.getTokenIndex()] == depth) {
      parser->consume();
      return skipBlock(parser, depth);
    }
  }
}

/// The lines of a body that is marked by indentation.
void SyntaxErrors::skipBlock(antlr4::Parser *parser, int depth) {
  for (; blockColumn >= 0; parser->consume()) {
    const Token &token = *parser->getCurrentToken();
    static const std::set<std::string> goingOn = {"else", "except", "finally", "catch"};
    bool isInside = int(token.getCharPositionInLine()) > blockColumn || goingOn.contains(token.getText());
    if (token.getType() == Token::EOF || list.depth[token.getTokenIndex()] < depth || !isInside)
      blockColumn = -1;
    if (blockColumn < 0)
      return;
  }
}

void SyntaxErrors::skipToDeclaration(antlr4::Parser *parser) {
  lacksBrace = false;
  int from = int(parser->getCurrentToken()->getLine());
  auto isDeclaration = [](const Token &token) {
    return token.getCharPositionInLine() == 0 && beginsDeclaration(token.getText());
  };
  while (parser->getCurrentToken()->getType() != Token::EOF && !isDeclaration(*parser->getCurrentToken()))
    parser->consume();
  distrusted.push_back({from, int(parser->getCurrentToken()->getLine())});
}

void SyntaxErrors::reportStrayClosers() {
  for (const ast::Span &span : list.strayClosers) {
    bool isExplained = false;
    for (auto [from, to] : distrusted)
      isExplained |= span.line >= from && span.line <= to;
    if (!isExplained)
      diagnostics.report(Diag::BracketStray, span, "`}` closes nothing").help =
          "remove it, or look for a missing `{` above";
  }
}

} // namespace tl
