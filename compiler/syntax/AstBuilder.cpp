// Declarations: data, definitions, tests and deployment as Ast. Stages and expressions have files of their own.
#include "compiler/syntax/AstBuilder.h"
#include "compiler/syntax/AstWords.h"
#include <algorithm>
#include <climits>
#include <iterator>

namespace tl {

using namespace ast;
using grammar::TLParser;

AstBuilder::AstBuilder(const TokenList &list, int fileIndex, Diagnostics &diagnostics)
    : list(list), fileIndex(fileIndex), diagnostics(diagnostics) {}

File AstBuilder::build(TLParser::FileContext *tree) {
  File whole;
  whole.file = fileIndex;
  constexpr size_t mostErrors = 100; // More of them leave little that is worth a look.
  whole.broken.isAll = diagnostics.all().size() > mostErrors;
  std::vector<TLParser::DeclarationContext *> all = tree->declaration();
  for (size_t i = 0; i < all.size(); ++i) {
    file = File();
    if (!isBroken(all[i]))
      all[i]->accept(this);
    int first = int(all[i]->start->getLine()), last = i + 1 < all.size() ? int(all[i + 1]->start->getLine()) - 1 : INT_MAX;
    if (all[i]->stop && !isBroken(all[i]))
      last = int(all[i]->stop->getLine());
    if (hasErrors(first, last) || isBroken(all[i]))
      leaveOut(*all[i], {first, last}, whole.broken);
    else
      append(whole);
  }
  if (!whole.broken.isAll)
    leaveOutRest(whole.broken);
  return whole;
}

bool AstBuilder::hasErrors(int first, int last) const {
  return std::any_of(diagnostics.all().begin(), diagnostics.all().end(), [&](const auto &each) {
    return each->span.file == fileIndex && each->span.line >= first && each->span.line <= last;
  });
}

/// A declaration in which something could not be read. Its name is what follows its first word.
void AstBuilder::leaveOut(const antlr4::ParserRuleContext &tree, std::pair<int, int> lines, Broken &into) {
  into.lines.push_back(lines);
  into.isAll |= tree.start->getText() == "use";
  size_t next = tree.start->getTokenIndex() + 1;
  if (next < list.tokens.size())
    into.names.insert(list.tokens[next]->getText());
}

/// Lines between declarations: every word of them may have been meant to be the name of one.
void AstBuilder::leaveOutRest(Broken &into) {
  std::set<int> rest;
  for (const auto &each : diagnostics.all()) {
    int line = each->span.line;
    auto holds = [&](const std::pair<int, int> &lines) { return line >= lines.first && line <= lines.second; };
    if (each->span.file == fileIndex && std::none_of(into.lines.begin(), into.lines.end(), holds))
      rest.insert(line);
  }
  for (int line : rest)
    into.lines.push_back({line, line});
  for (const auto &token : list.tokens)
    if (rest.contains(int(token->getLine()))) {
      into.names.insert(token->getText());
      into.isAll |= token->getText() == "import"; // a `use` in other words
    }
}

template <class T> static void moveAll(std::vector<T> &from, std::vector<T> &into) {
  std::move(from.begin(), from.end(), std::back_inserter(into));
}

void AstBuilder::append(File &into) {
  moveAll(file.uses, into.uses);
  moveAll(file.dims, into.dims);
  moveAll(file.params, into.params);
  moveAll(file.datas, into.datas);
  moveAll(file.definitions, into.definitions);
  moveAll(file.stages, into.stages);
  moveAll(file.tunes, into.tunes);
  moveAll(file.folds, into.folds);
  moveAll(file.tests, into.tests);
  moveAll(file.deploys, into.deploys);
}

Span AstBuilder::span(const antlr4::ParserRuleContext &tree) const {
  Span whole = span(*tree.start);
  if (tree.stop && tree.stop->getLine() == tree.start->getLine() &&
      tree.stop->getStopIndex() > tree.start->getStartIndex())
    whole.length = int(tree.stop->getStopIndex() - tree.start->getStartIndex()) + 1;
  return whole;
}

std::string AstBuilder::textOf(const antlr4::ParserRuleContext &tree) const {
  size_t begin = tree.start->getStartIndex();
  return diagnostics.sources().text(fileIndex).substr(begin, tree.stop->getStopIndex() + 1 - begin);
}

std::string AstBuilder::docOf(const antlr4::ParserRuleContext &tree) const {
  auto doc = list.docs.find(tree.start->getTokenIndex());
  return doc == list.docs.end() ? "" : doc->second;
}

AstBuilder::Any AstBuilder::visitUseDeclaration(TLParser::UseDeclarationContext *tree) {
  for (auto *path : tree->usePath()) {
    Use use{span(*path), {}};
    for (auto *name : path->name())
      use.path.push_back(name->getText());
    file.uses.push_back(std::move(use));
  }
  return {};
}

AstBuilder::Any AstBuilder::visitDimDeclaration(TLParser::DimDeclarationContext *tree) {
  file.dims.push_back({span(*tree->name()), tree->name()->getText(), docOf(*tree), expr(tree->expr())});
  return {};
}

AstBuilder::Any AstBuilder::visitParamDeclaration(TLParser::ParamDeclarationContext *tree) {
  Param param{span(*tree->name()),
              tree->name()->getText(),
              tree->type() ? tree->type()->getText() : "",
              docOf(*tree),
              expr(tree->expr(0)),
              nullptr,
              nullptr};
  if (tree->expr().size() == 3) {
    param.low = expr(tree->expr(1));
    param.high = expr(tree->expr(2));
  }
  file.params.push_back(std::move(param));
  return {};
}

Condition AstBuilder::condition(TLParser::ExprContext *tree) { return tree ? Condition{expr(tree), textOf(*tree)} : Condition{}; }

AstBuilder::Any AstBuilder::visitDataDeclaration(TLParser::DataDeclarationContext *tree) {
  Data data;
  data.span = span(*tree->name());
  data.name = tree->name()->getText();
  data.doc = docOf(*tree);
  for (auto *item : tree->dataItem()) {
    if (isBroken(item))
      continue;
    if (auto *source = dynamic_cast<TLParser::SourceItemContext *>(item)) {
      data.sources.push_back({span(*source->name(0)), source->name(0)->getText(), source->name(1)->getText(),
                              span(*source->name(1)), arguments(source->arguments()), condition(source->expr())});
    } else if (auto *split = dynamic_cast<TLParser::SplitItemContext *>(item)) {
      Split made{span(*split->start), {}, split->name()->getText(), span(*split->name())};
      for (auto *part : split->splitPart())
        made.parts.push_back({span(*part->name()), part->name()->getText(), expr(part->expr(0)), condition(part->expr(1))});
      data.splits.push_back(std::move(made));
    } else if (auto *augment = dynamic_cast<TLParser::AugmentItemContext *>(item)) {
      addAugments(augment, data);
    } else if (auto *field = dynamic_cast<TLParser::FieldItemContext *>(item)) {
      Statement bind;
      bind.kind = Statement::Kind::Bind;
      bind.span = span(*field->name(0));
      for (auto *name : field->name())
        bind.names.push_back(name->getText());
      bind.value = expr(field->expr());
      data.fields.push_back(std::move(bind));
    }
  }
  file.datas.push_back(std::move(data));
  return {};
}

/// Steps in a row on one field are one rule.
void AstBuilder::addAugments(TLParser::AugmentItemContext *tree, Data &data) {
  size_t first = data.augments.size();
  for (auto *steps : tree->augmentSteps()) {
    if (isBroken(steps))
      continue;
    for (auto *step : steps->augmentStep()) {
      ExprPtr field = step->expr().size() == 2 ? expr(step->expr(0)) : nullptr;
      if (field && field->kind != Expr::Kind::Name)
        diagnostics.report(Diag::Syntax, field->span, "expected the name of a field before `:`");
      std::string name = field ? field->text : "";
      if (data.augments.size() == first || data.augments.back().field != name)
        data.augments.push_back(
            {field ? field->span : span(*step->start), tree->name()->getText(), name, span(*tree->name()), {}});
      data.augments.back().steps.push_back(expr(step->expr().back()));
    }
  }
}

Definition AstBuilder::definition(Definition::Kind kind, const antlr4::ParserRuleContext &tree,
                                  TLParser::NameContext *name, TLParser::FormalsContext *formalsTree) {
  Definition made;
  made.kind = kind;
  made.span = span(*name);
  made.name = name->getText();
  made.doc = docOf(tree);
  if (formalsTree)
    made.formals = formals(formalsTree);
  return made;
}

Slot AstBuilder::slot(Slot::Kind kind, TLParser::NameContext *name, TLParser::TypeContext *typeTree,
                      TLParser::ExprContext *init, TLParser::ExprContext *when) {
  Slot made;
  made.kind = kind;
  made.span = span(*name);
  made.name = name->getText();
  if (typeTree)
    made.type = type(typeTree);
  made.init = expr(init);
  if (when)
    made.when = expr(when);
  return made;
}

AstBuilder::Any AstBuilder::visitLayerDeclaration(TLParser::LayerDeclarationContext *tree) {
  std::string word = tree->start->getText();
  auto kind = word == "layer"   ? Definition::Kind::Layer
              : word == "model" ? Definition::Kind::Model
                                : Definition::Kind::Adapter;
  Definition layer = definition(kind, *tree, tree->name(), tree->formals());
  for (auto *item : tree->layerItem()) {
    if (isBroken(item))
      continue;
    if (auto *slotItem = dynamic_cast<TLParser::SlotItemContext *>(item)) {
      auto kind = slotItem->start->getText() == "weight" ? Slot::Kind::Weight : Slot::Kind::Buffer;
      Slot made = slot(kind, slotItem->name(), slotItem->type(), slotItem->expr(0),
                       slotItem->expr().size() == 2 ? slotItem->expr(1) : nullptr);
      for (auto *role : slotItem->ROLE())
        made.roles.push_back(role->getText());
      layer.slots.push_back(std::move(made));
    } else if (auto *sub = dynamic_cast<TLParser::SubLayerItemContext *>(item)) {
      layer.subLayers.push_back({span(*sub->name()), sub->name()->getText(), value(sub->value())});
    } else if (auto *required = dynamic_cast<TLParser::LayerRequireItemContext *>(item)) {
      layer.requirements.push_back(requirement(required->requirement()));
    } else if (auto *published = dynamic_cast<TLParser::PublishedItemContext *>(item)) {
      if (kind != Definition::Kind::Adapter)
        diagnostics.report(Diag::Syntax, span(*published->start), "`published` says how an adapter's weights are published; `" + layer.name + "` is none");
      Function configuration; // whose formals are its entries
      configuration.span = span(*published->start);
      configuration.name = publishedFunction;
      configuration.formals = formals(published->formals());
      layer.functions.push_back(std::move(configuration));
      layer.weightRules = weightRules(published->weights()->weightRule());
    } else if (auto *member = dynamic_cast<TLParser::FunctionItemContext *>(item)) {
      layer.functions.push_back(function(member->function()));
    }
  }
  file.definitions.push_back(std::move(layer));
  return {};
}

AstBuilder::Any AstBuilder::visitFnDeclaration(TLParser::FnDeclarationContext *tree) {
  Definition made = definition(Definition::Kind::Fn, *tree, tree->name(), tree->formals());
  if (tree->results())
    made.results = results(tree->results());
  made.body = block(tree->block());
  file.definitions.push_back(std::move(made));
  return {};
}

AstBuilder::Any AstBuilder::visitOptimizerDeclaration(TLParser::OptimizerDeclarationContext *tree) {
  Definition made = definition(Definition::Kind::Optimizer, *tree, tree->name(), tree->formals());
  for (auto *item : tree->optimizerItem()) {
    if (isBroken(item))
      continue;
    if (auto *state = dynamic_cast<TLParser::StateItemContext *>(item))
      made.slots.push_back(slot(Slot::Kind::State, state->name(), state->type(), state->expr(0),
                                state->expr().size() == 2 ? state->expr(1) : nullptr));
    else if (auto *required = dynamic_cast<TLParser::OptimizerRequireItemContext *>(item))
      made.requirements.push_back(requirement(required->requirement()));
    else if (auto *update = dynamic_cast<TLParser::UpdateItemContext *>(item))
      made.functions.push_back(function(update->function()));
  }
  file.definitions.push_back(std::move(made));
  return {};
}

AstBuilder::Any AstBuilder::visitObjectiveDeclaration(TLParser::ObjectiveDeclarationContext *tree) {
  Definition made = definition(Definition::Kind::Objective, *tree, tree->name(), tree->formals());
  made.body = block(tree->block());
  file.definitions.push_back(std::move(made));
  return {};
}

AstBuilder::Any AstBuilder::visitMetricDeclaration(TLParser::MetricDeclarationContext *tree) {
  Definition made = definition(Definition::Kind::Metric, *tree, tree->name(), tree->formals());
  for (auto *child : tree->children)
    if (child->getText() == "higher" || child->getText() == "lower")
      if (antlrcpp::is<antlr4::tree::TerminalNode *>(child))
        made.better = child->getText();
  for (auto *axis : tree->axis())
    made.axes.push_back(axis->getText());
  made.body = block(tree->block());
  file.definitions.push_back(std::move(made));
  return {};
}

AstBuilder::Any AstBuilder::visitFunctionDeclaration(TLParser::FunctionDeclarationContext *tree) {
  bool isSchedule = tree->start->getText() == "schedule";
  Definition made = definition(isSchedule ? Definition::Kind::Schedule : Definition::Kind::Augment, *tree, tree->name(),
                               tree->formals());
  for (auto *member : tree->memberFunction()) {
    if (isBroken(member))
      continue;
    if (member->requirement())
      made.requirements.push_back(requirement(member->requirement()));
    else
      made.functions.push_back(function(member->function()));
  }
  file.definitions.push_back(std::move(made));
  return {};
}

AstBuilder::Any AstBuilder::visitRemapDeclaration(TLParser::RemapDeclarationContext *tree) {
  Definition made = definition(Definition::Kind::Remap, *tree, tree->name(), tree->formals());
  made.weightRules = weightRules(tree->weightRule());
  file.definitions.push_back(std::move(made));
  return {};
}

Function AstBuilder::function(TLParser::FunctionContext *tree) {
  Function made;
  made.span = span(*tree->name());
  made.name = tree->name()->getText();
  made.formals = formals(tree->formals());
  if (tree->results())
    made.results = results(tree->results());
  made.body = block(tree->block());
  return made;
}

std::vector<Formal> AstBuilder::formals(TLParser::FormalsContext *tree) {
  std::vector<Formal> all;
  for (auto *each : tree->formal()) {
    Formal made{span(*each->name()), each->name()->getText(), std::nullopt, nullptr};
    if (each->type())
      made.type = type(each->type());
    if (each->expr())
      made.value = expr(each->expr());
    all.push_back(std::move(made));
  }
  return all;
}

std::vector<Type> AstBuilder::results(TLParser::ResultsContext *tree) {
  std::vector<Type> all;
  for (auto *each : tree->type())
    all.push_back(type(each));
  return all;
}

Type AstBuilder::type(TLParser::TypeContext *tree) {
  Type made;
  made.span = span(*tree);
  made.name = tree->name()->getText();
  if (tree->shape()) {
    made.hasDims = true;
    made.dims = dimensions(tree->shape());
  }
  return made;
}

std::vector<ExprPtr> AstBuilder::dimensions(TLParser::ShapeContext *tree) {
  std::vector<ExprPtr> all;
  for (auto *each : tree->dimension())
    all.push_back(each->expr() ? expr(each->expr()) : node(Expr::Kind::Ellipsis, *each->start));
  return all;
}

AstBuilder::Any AstBuilder::visitTestDeclaration(TLParser::TestDeclarationContext *tree) {
  Test test;
  test.span = span(*tree->start);
  test.checkpoint = checkpoint(tree->checkpoint());
  test.data = tree->name(0)->getText();
  test.split = tree->name(1)->getText();
  test.dataSpan = span(*tree->name(0));
  if (tree->name(1)->start->getLine() == tree->name(0)->start->getLine())
    test.dataSpan.length = int(tree->name(1)->stop->getStopIndex() - tree->name(0)->start->getStartIndex()) + 1;
  for (auto *item : tree->testItem()) {
    if (isBroken(item))
      continue;
    if (auto *report = dynamic_cast<TLParser::ReportItemContext *>(item))
      for (auto *each : report->reported())
        test.reports.push_back({span(*each->name()), each->name()->getText(),
                                each->arguments() ? arguments(each->arguments()) : std::vector<Argument>()});
    if (auto *interval = dynamic_cast<TLParser::IntervalItemContext *>(item)) {
      ExprPtr draws = interval->expr().size() > 1 ? expr(interval->expr(1)) : nullptr;
      test.intervals.push_back({span(*interval->start), expr(interval->expr(0)), std::move(draws)});
    }
  }
  file.tests.push_back(std::move(test));
  return {};
}

AstBuilder::Any AstBuilder::visitDeployDeclaration(TLParser::DeployDeclarationContext *tree) {
  Deploy deploy;
  deploy.span = span(*tree->start);
  deploy.checkpoint = checkpoint(tree->checkpoint());
  for (auto *each : tree->prediction()) {
    if (isBroken(each))
      continue;
    Deploy::Predict predict;
    predict.span = span(*each->name(0));
    predict.name = each->name(0)->getText();
    if (each->expr(0))
      (each->ARROW() ? predict.by : predict.next) = expr(each->expr(0));
    if (each->expr(1))
      predict.batch = expr(each->expr(1));
    for (size_t i = 1; i < each->name().size(); ++i) {
      bool isInput = !each->ARROW() || each->name(i)->start->getTokenIndex() < each->ARROW()->getSymbol()->getTokenIndex();
      (isInput ? predict.inputs : predict.outputs).push_back(each->name(i)->getText());
      (isInput ? predict.inputSpans : predict.outputSpans).push_back(span(*each->name(i)));
    }
    deploy.entries.push_back(std::move(predict));
  }
  file.deploys.push_back(std::move(deploy));
  return {};
}

} // namespace tl
