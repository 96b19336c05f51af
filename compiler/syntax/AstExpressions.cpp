// Bodies, statements and expressions as Ast.
#include "compiler/syntax/AstBuilder.h"
#include "compiler/syntax/Habits.h"
#include <charconv>

namespace tl {

using namespace ast;
using antlr4::Token;
using grammar::TLParser;

Block AstBuilder::block(TLParser::BlockContext *tree) {
  Block made;
  made.span = span(*tree->start);
  for (auto *each : tree->statement())
    if (!isBroken(each))
      addStatement(each, made);
  return made;
}

/// Of a left side that is no name: `self.fc = …`, or a comparison.
static std::string remedyOf(const Expr &left) {
  const Expr *root = &left;
  while (!root->operands.empty() && (root->kind == Expr::Kind::Member || root->kind == Expr::Kind::Index))
    root = root->operands[0].get();
  std::string instead = root->kind == Expr::Kind::Name ? habitOfName(root->text) : "";
  if (instead.empty() && left.kind == Expr::Kind::Index)
    return "elements are not assigned: `select(c, a, b)` chooses element by element, `concat` joins parts";
  return instead.empty() ? "a comparison is written `==`" : instead;
}

void AstBuilder::addStatement(TLParser::StatementContext *tree, Block &block) {
  Statement made;
  if (auto *metric = dynamic_cast<TLParser::MetricStatementContext *>(tree)) {
    made.kind = Statement::Kind::Metric;
    made.span = span(*metric->name());
    made.names.push_back(metric->name()->getText());
    made.value = expr(metric->expr());
    block.statements.push_back(std::move(made));
    return;
  }
  if (auto *required = dynamic_cast<TLParser::RequireStatementContext *>(tree)) {
    block.statements.push_back(requirement(required->requirement()));
    return;
  }
  auto *plain = static_cast<TLParser::PlainStatementContext *>(tree);
  made.span = span(*plain->expr(0));
  std::vector<ExprPtr> all;
  for (auto *each : plain->expr())
    all.push_back(expr(each));
  bool isAssign = plain->ASSIGN(), isBind = plain->BIND();
  if (isAssign || isBind) {
    made.kind = isAssign ? Statement::Kind::Assign : Statement::Kind::Bind;
    made.value = std::move(all.back());
    all.pop_back();
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i]->kind == Expr::Kind::Name && !(isAssign && i > 0)) {
        made.names.push_back(all[i]->text);
        continue;
      }
      diagnostics
          .report(Diag::BindsNoName, span(*plain->expr(i)),
                  isAssign ? "`<-` changes one state, weight or buffer, named on its left"
                           : "only a name can stand left of `=`")
          .help = isAssign ? "" : remedyOf(*all[i]);
      return;
    }
  } else if (plain->loading()) {
    made.value = loaded(std::move(all.back()), plain->loading());
  } else if (all.size() == 1) {
    made.value = std::move(all[0]);
  } else {
    made.value = node(Expr::Kind::List, *plain->start);
    made.value->operands = std::move(all);
  }
  block.statements.push_back(std::move(made));
}

Statement AstBuilder::requirement(TLParser::RequirementContext *tree) {
  Statement made;
  made.kind = Statement::Kind::Require;
  made.span = span(*tree->start);
  made.value = expr(tree->expr());
  made.text = textOf(*tree->expr());
  made.message = stringText(*tree->STRING()->getSymbol());
  made.messageSpan = span(*tree->STRING()->getSymbol());
  return made;
}

ExprPtr AstBuilder::expr(TLParser::ExprContext *tree) {
  tree->accept(this);
  return std::move(made);
}

ExprPtr AstBuilder::node(Expr::Kind kind, const Token &mark, std::string text) {
  auto made = std::make_unique<Expr>();
  made->kind = kind;
  made->span = span(mark);
  made->text = std::move(text);
  return made;
}

AstBuilder::Any AstBuilder::make(Expr::Kind kind, const Token &mark, const std::vector<TLParser::ExprContext *> &operands) {
  ExprPtr whole = node(kind, mark);
  for (auto *each : operands)
    whole->operands.push_back(expr(each));
  made = std::move(whole);
  return {};
}

ExprPtr AstBuilder::value(TLParser::ValueContext *tree) {
  ExprPtr layer = expr(tree->expr());
  return tree->loading() ? loaded(std::move(layer), tree->loading()) : std::move(layer);
}

ExprPtr AstBuilder::loaded(ExprPtr layer, TLParser::LoadingContext *tree) {
  ExprPtr whole = node(Expr::Kind::From, *tree->FROM()->getSymbol());
  whole->operands.push_back(std::move(layer));
  for (auto *each : tree->expr())
    whole->operands.push_back(expr(each));
  if (tree->weights())
    whole->weightRules = weightRules(tree->weights()->weightRule());
  return whole;
}

AstBuilder::Any AstBuilder::visitGroupExpr(TLParser::GroupExprContext *tree) { return tree->expr()->accept(this); }

AstBuilder::Any AstBuilder::visitMemberExpr(TLParser::MemberExprContext *tree) {
  make(Expr::Kind::Member, *tree->name()->start, {tree->expr()});
  made->text = tree->name()->getText();
  return {};
}

AstBuilder::Any AstBuilder::visitCallExpr(TLParser::CallExprContext *tree) {
  make(Expr::Kind::Call, *tree->start, {tree->expr()});
  ExprPtr call = std::move(made);
  call->span = call->operands[0]->span;
  call->arguments = arguments(tree->arguments());
  made = std::move(call);
  return {};
}

AstBuilder::Any AstBuilder::visitIndexExpr(TLParser::IndexExprContext *tree) {
  make(Expr::Kind::Index, *tree->start, {tree->expr()});
  ExprPtr index = std::move(made);
  index->span = index->operands[0]->span;
  for (auto *each : tree->indexItem())
    index->items.push_back(indexItem(each));
  made = std::move(index);
  return {};
}

AstBuilder::Any AstBuilder::visitAsExpr(TLParser::AsExprContext *tree) {
  make(Expr::Kind::As, *tree->AS()->getSymbol(), {tree->expr()});
  ExprPtr reshaped = std::move(made);
  for (ExprPtr &each : dimensions(tree->shape()))
    reshaped->operands.push_back(std::move(each));
  made = std::move(reshaped);
  return {};
}

AstBuilder::Any AstBuilder::visitUnaryExpr(TLParser::UnaryExprContext *tree) {
  make(Expr::Kind::Unary, *tree->start, {tree->expr()});
  made->text = tree->start->getText();
  return {};
}

AstBuilder::Any AstBuilder::visitBinaryExpr(TLParser::BinaryExprContext *tree) {
  auto isComparison = [](antlr4::tree::ParseTree *side) {
    auto *binary = dynamic_cast<TLParser::BinaryExprContext *>(side);
    return binary && (binary->op->getType() == TLParser::EQUAL || binary->op->getType() == TLParser::UNEQUAL ||
                      binary->op->getType() == TLParser::LESS || binary->op->getType() == TLParser::LESS_EQUAL ||
                      binary->op->getType() == TLParser::GREATER || binary->op->getType() == TLParser::GREATER_EQUAL);
  };
  if (isComparison(tree) && isComparison(tree->expr(0)))
    diagnostics.report(Diag::ComparisonChained, span(*tree->op), "comparisons do not chain").help =
        "join two of them with `and`, or put one in `( )`";
  make(Expr::Kind::Binary, *tree->op, tree->expr());
  made->text = tree->op->getText();
  return {};
}

AstBuilder::Any AstBuilder::visitPipeExpr(TLParser::PipeExprContext *tree) {
  return make(Expr::Kind::Pipe, *tree->PIPE()->getSymbol(), tree->expr());
}

AstBuilder::Any AstBuilder::visitOverExpr(TLParser::OverExprContext *tree) {
  return make(Expr::Kind::Over, *tree->OVER()->getSymbol(), tree->expr());
}

AstBuilder::Any AstBuilder::visitOnExpr(TLParser::OnExprContext *tree) {
  make(Expr::Kind::On, *tree->ON()->getSymbol(), {tree->expr()});
  ExprPtr whole = std::move(made);
  whole->operands.push_back(node(Expr::Kind::Name, *tree->name()->start, tree->name()->getText()));
  if (auto *records = tree->records()) {
    if (records->expr())
      made = expr(records->expr());
    else if (records->name())
      made = node(Expr::Kind::Name, *records->start, records->getText());
    else
      makeNumber(*records->start);
    whole->operands.push_back(std::move(made));
  }
  made = std::move(whole);
  return {};
}

AstBuilder::Any AstBuilder::visitIfExpr(TLParser::IfExprContext *tree) {
  made = conditional(tree->conditional());
  return {};
}

ExprPtr AstBuilder::conditional(TLParser::ConditionalContext *tree) {
  ExprPtr whole = node(Expr::Kind::If, *tree->start);
  whole->operands.push_back(expr(tree->expr()));
  whole->thenBlock = std::make_unique<Block>(block(tree->block(0)));
  if (tree->block().size() == 2) {
    whole->elseBlock = std::make_unique<Block>(block(tree->block(1)));
  } else if (tree->conditional()) {
    whole->elseBlock = std::make_unique<Block>();
    whole->elseBlock->span = span(*tree->conditional()->start);
    Statement nested;
    nested.span = whole->elseBlock->span;
    nested.value = conditional(tree->conditional());
    whole->elseBlock->statements.push_back(std::move(nested));
  }
  return whole;
}

AstBuilder::Any AstBuilder::visitLambdaExpr(TLParser::LambdaExprContext *tree) {
  ExprPtr lambda = node(Expr::Kind::Lambda, *tree->start);
  for (auto *each : tree->name())
    lambda->names.push_back(each->getText());
  lambda->thenBlock = std::make_unique<Block>(block(tree->block()));
  made = std::move(lambda);
  return {};
}

AstBuilder::Any AstBuilder::visitListExpr(TLParser::ListExprContext *tree) {
  ExprPtr list = node(Expr::Kind::List, *tree->start);
  list->span = span(*tree);
  for (auto *each : tree->value())
    list->operands.push_back(value(each));
  made = std::move(list);
  return {};
}

AstBuilder::Any AstBuilder::visitNumberExpr(TLParser::NumberExprContext *tree) { return makeNumber(*tree->start); }

AstBuilder::Any AstBuilder::makeNumber(const Token &token) {
  std::string text = token.getText();
  made = node(Expr::Kind::Number, token, text);
  made->isInteger = text.find_first_not_of("0123456789") == std::string::npos;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), made->number);
  if (error == std::errc::result_out_of_range)
    diagnostics.report(Diag::NumberTooLarge, span(token),
                       "`" + (text.size() > 40 ? text.substr(0, 37) + "..." : text) +
                           "` is outside the range of real numbers, about 1e-308 to 1e308");
  return {};
}

AstBuilder::Any AstBuilder::visitStringExpr(TLParser::StringExprContext *tree) {
  made = node(Expr::Kind::String, *tree->start, stringText(*tree->start));
  return {};
}

AstBuilder::Any AstBuilder::visitBoolExpr(TLParser::BoolExprContext *tree) {
  made = node(Expr::Kind::Bool, *tree->start);
  made->number = tree->start->getText() == "true";
  return {};
}

AstBuilder::Any AstBuilder::visitNoneExpr(TLParser::NoneExprContext *tree) {
  made = node(Expr::Kind::None, *tree->start);
  return {};
}

AstBuilder::Any AstBuilder::visitNameExpr(TLParser::NameExprContext *tree) {
  made = node(Expr::Kind::Name, *tree->start, tree->getText());
  return {};
}

std::vector<Argument> AstBuilder::arguments(TLParser::ArgumentsContext *tree) {
  std::vector<Argument> all;
  for (auto *each : tree->argument())
    all.push_back(argument(each));
  return all;
}

Argument AstBuilder::argument(TLParser::ArgumentContext *tree) {
  Argument made;
  made.value = expr(tree->expr().back());
  if (tree->BIND()) {
    made.nameSpan = span(*tree->expr(0));
    if (dynamic_cast<TLParser::NameExprContext *>(tree->expr(0)))
      made.name = tree->expr(0)->getText();
    else
      diagnostics
          .report(Diag::BindsNoName, made.nameSpan, "only the name of a parameter can stand left of `=` in a call")
          .help = "a comparison is written `==`";
  }
  if (tree->selector()) {
    auto chosen = std::make_unique<Selector>(selector(tree->selector()));
    (tree->restriction->getText() == "for" ? made.only : made.except) = std::move(chosen);
  }
  return made;
}

IndexItem AstBuilder::indexItem(TLParser::IndexItemContext *tree) {
  IndexItem made;
  made.span = span(*tree);
  if (tree->COLON()) {
    made.kind = IndexItem::Kind::All;
  } else if (!tree->range) {
    bool isNewAxis = dynamic_cast<TLParser::NoneExprContext *>(tree->expr(0));
    made.kind = isNewAxis ? IndexItem::Kind::NewAxis : IndexItem::Kind::At;
    if (!isNewAxis)
      made.start = expr(tree->expr(0));
  } else if (tree->expr().empty()) {
    made.kind = IndexItem::Kind::Ellipsis;
  } else {
    made.kind = IndexItem::Kind::Range;
    for (auto *each : tree->expr())
      (each->start->getTokenIndex() < tree->range->getTokenIndex() ? made.start : made.stop) = expr(each);
  }
  return made;
}

std::string AstBuilder::stringText(const Token &token) {
  std::string written = token.getText(), text;
  size_t end = written.size() > 1 && written.back() == '"' ? written.size() - 1 : written.size();
  for (size_t i = 1; i < end; ++i) {
    if (written[i] != '\\' || i + 1 >= end) {
      text += written[i];
      continue;
    }
    char escaped = written[++i];
    if (escaped == 'n' || escaped == 't')
      text += escaped == 'n' ? '\n' : '\t';
    else if (escaped == '\\' || escaped == '"')
      text += escaped;
    else {
      Span place = span(token);
      place.column += int(i) - 1;
      place.length = 2;
      diagnostics.report(Diag::EscapeUnknown, place, "`\\" + std::string(1, escaped) + "` means nothing in a string")
          .help = "a backslash itself is written `\\\\`";
    }
  }
  return text;
}

} // namespace tl
