// Turns ANTLR's tree into Ast, leaving out the items that broke.
#pragma once
#include "TLBaseVisitor.h"
#include "compiler/syntax/TokenLayout.h"

namespace tl {

/// One file's tree. Visits of declarations and items fill the part at hand; visits of expressions leave `made`.
class AstBuilder : public grammar::TLBaseVisitor {
  using Parser = grammar::TLParser;

public:
  AstBuilder(const TokenList &list, int fileIndex, Diagnostics &diagnostics);
  ast::File build(Parser::FileContext *tree);

private:
  using Any = antlrcpp::Any;
  const TokenList &list;
  const int fileIndex;
  Diagnostics &diagnostics;
  ast::File file;
  ast::ExprPtr made;

  // Declarations (AstBuilder.cpp)
  Any visitUseDeclaration(Parser::UseDeclarationContext *) override;
  Any visitDimDeclaration(Parser::DimDeclarationContext *) override;
  Any visitParamDeclaration(Parser::ParamDeclarationContext *) override;
  Any visitDataDeclaration(Parser::DataDeclarationContext *) override;
  Any visitLayerDeclaration(Parser::LayerDeclarationContext *) override;
  Any visitFnDeclaration(Parser::FnDeclarationContext *) override;
  Any visitOptimizerDeclaration(Parser::OptimizerDeclarationContext *) override;
  Any visitObjectiveDeclaration(Parser::ObjectiveDeclarationContext *) override;
  Any visitMetricDeclaration(Parser::MetricDeclarationContext *) override;
  Any visitFunctionDeclaration(Parser::FunctionDeclarationContext *) override;
  Any visitRemapDeclaration(Parser::RemapDeclarationContext *) override;
  Any visitStageDeclaration(Parser::StageDeclarationContext *) override;
  Any visitTuneDeclaration(Parser::TuneDeclarationContext *) override;
  Any visitFoldsDeclaration(Parser::FoldsDeclarationContext *) override;
  Any visitTestDeclaration(Parser::TestDeclarationContext *) override;
  Any visitDeployDeclaration(Parser::DeployDeclarationContext *) override;

  // Stages (AstStages.cpp)
  std::vector<ast::Rule> rules(const std::vector<Parser::Rule_Context *> &trees);
  void addRules(Parser::Rule_Context *tree, std::vector<ast::Rule> &into);
  ast::Rule rule(ast::Rule::Kind kind, const antlr4::ParserRuleContext &tree, Parser::ExprContext *value = nullptr);
  ast::Watched watched(Parser::WatchedContext *tree);
  ast::Watched watched(Parser::NameContext *split, Parser::NameContext *metric);
  ast::Varied varied(Parser::VariedContext *tree);
  ast::Checkpoint checkpoint(Parser::CheckpointContext *tree);
  ast::Selector selector(Parser::SelectorContext *tree);
  ast::Selector path(Parser::PathContext *tree);
  std::vector<ast::WeightRule> weightRules(const std::vector<Parser::WeightRuleContext *> &trees);
  std::string textOf(const antlr4::ParserRuleContext &tree) const;
  std::optional<ast::Selector> optionalSelector(Parser::SelectorContext *tree);

  // Parts of definitions (AstBuilder.cpp)
  ast::Definition definition(ast::Definition::Kind kind, const antlr4::ParserRuleContext &tree,
                             Parser::NameContext *name, Parser::FormalsContext *formals);
  ast::Slot slot(ast::Slot::Kind kind, Parser::NameContext *name, Parser::TypeContext *type, Parser::ExprContext *init,
                 Parser::ExprContext *when);
  ast::Function function(Parser::FunctionContext *tree);
  std::vector<ast::Formal> formals(Parser::FormalsContext *tree);
  std::vector<ast::Type> results(Parser::ResultsContext *tree);
  ast::Type type(Parser::TypeContext *tree);
  std::vector<ast::ExprPtr> dimensions(Parser::ShapeContext *tree);
  void addAugments(Parser::AugmentItemContext *tree, ast::Data &data);

  // Bodies and expressions (AstExpressions.cpp)
  ast::Block block(Parser::BlockContext *tree);
  void addStatement(Parser::StatementContext *tree, ast::Block &block);
  ast::Statement requirement(Parser::RequirementContext *tree);
  ast::ExprPtr expr(Parser::ExprContext *tree);
  ast::Condition condition(Parser::ExprContext *tree);
  ast::ExprPtr value(Parser::ValueContext *tree);
  ast::ExprPtr loaded(ast::ExprPtr layer, Parser::LoadingContext *tree);
  ast::ExprPtr conditional(Parser::ConditionalContext *tree);
  std::vector<ast::Argument> arguments(Parser::ArgumentsContext *tree);
  ast::Argument argument(Parser::ArgumentContext *tree);
  ast::IndexItem indexItem(Parser::IndexItemContext *tree);
  std::string stringText(const antlr4::Token &token);
  ast::ExprPtr node(ast::Expr::Kind kind, const antlr4::Token &mark, std::string text = "");
  Any make(ast::Expr::Kind kind, const antlr4::Token &mark, const std::vector<Parser::ExprContext *> &operands = {});
  Any makeNumber(const antlr4::Token &token);
  Any visitMemberExpr(Parser::MemberExprContext *) override;
  Any visitCallExpr(Parser::CallExprContext *) override;
  Any visitIndexExpr(Parser::IndexExprContext *) override;
  Any visitAsExpr(Parser::AsExprContext *) override;
  Any visitUnaryExpr(Parser::UnaryExprContext *) override;
  Any visitBinaryExpr(Parser::BinaryExprContext *) override;
  Any visitPipeExpr(Parser::PipeExprContext *) override;
  Any visitOverExpr(Parser::OverExprContext *) override;
  Any visitOnExpr(Parser::OnExprContext *) override;
  Any visitGroupExpr(Parser::GroupExprContext *) override;
  Any visitIfExpr(Parser::IfExprContext *) override;
  Any visitLambdaExpr(Parser::LambdaExprContext *) override;
  Any visitListExpr(Parser::ListExprContext *) override;
  Any visitNumberExpr(Parser::NumberExprContext *) override;
  Any visitStringExpr(Parser::StringExprContext *) override;
  Any visitBoolExpr(Parser::BoolExprContext *) override;
  Any visitNoneExpr(Parser::NoneExprContext *) override;
  Any visitNameExpr(Parser::NameExprContext *) override;

  /// From the first token to the last, as far as they share the first's line.
  ast::Span span(const antlr4::ParserRuleContext &tree) const;
  ast::Span span(const antlr4::Token &token) const { return spanOf(fileIndex, token); }
  std::string docOf(const antlr4::ParserRuleContext &tree) const;
  bool hasErrors(int first, int last) const;
  void leaveOut(const antlr4::ParserRuleContext &tree, std::pair<int, int> lines, ast::Broken &into);
  void leaveOutRest(ast::Broken &into);
  void append(ast::File &into);
  static bool isBroken(const antlr4::ParserRuleContext *tree) { return tree->exception != nullptr; }
};

} // namespace tl
