// Stages, their rules, rules for weights, and selectors as Ast.
#include "compiler/syntax/AstBuilder.h"
#include <charconv>

namespace tl {

using namespace ast;
using grammar::TLParser;

AstBuilder::Any AstBuilder::visitStageDeclaration(TLParser::StageDeclarationContext *tree) {
  Stage stage;
  stage.kind = tree->start->getText();
  stage.span = span(*tree->name(0));
  stage.modelSpan = span(*tree->name(1));
  stage.dataSpan = span(*tree->name(2));
  stage.name = tree->name(0)->getText();
  stage.model = tree->name(1)->getText();
  stage.data = tree->name(2)->getText();
  stage.doc = docOf(*tree);
  stage.withoutLabels = tree->labels != nullptr;
  for (auto *item : tree->stageItem()) {
    if (isBroken(item))
      continue;
    if (auto *phase = dynamic_cast<TLParser::PhaseItemContext *>(item))
      stage.phases.push_back({span(*phase->name()), phase->name()->getText(), rules(phase->rule_())});
    else if (auto *ruleItem = dynamic_cast<TLParser::RuleItemContext *>(item))
      addRules(ruleItem->rule_(), stage.rules);
  }
  file.stages.push_back(std::move(stage));
  return {};
}

std::vector<Rule> AstBuilder::rules(const std::vector<TLParser::Rule_Context *> &trees) {
  std::vector<Rule> all;
  for (auto *tree : trees)
    addRules(tree, all);
  return all;
}

Rule AstBuilder::rule(Rule::Kind kind, const antlr4::ParserRuleContext &tree, TLParser::ExprContext *value) {
  Rule made;
  made.kind = kind;
  made.span = span(*tree.start);
  if (value)
    made.value = expr(value);
  return made;
}

void AstBuilder::addRules(TLParser::Rule_Context *tree, std::vector<Rule> &into) {
  if (isBroken(tree))
    return;
  std::string word = tree->start->getText();
  if (auto *freeze = dynamic_cast<TLParser::FreezeRuleContext *>(tree)) {
    bool isStats = freeze->selector().size() == 2;
    Rule made = rule(isStats ? Rule::Kind::FreezeStats : Rule::Kind::Freeze, *tree);
    if (isStats && freeze->selector(0)->getText() != "stats")
      diagnostics.report(Diag::SelectorForm, span(*freeze->selector(0)),
                         "expected `stats` before `of`, found `" + freeze->selector(0)->getText() + "`");
    made.selector = selector(freeze->selector().back());
    made.text = freeze->updating ? "updating stats"
                : freeze->with   ? "with dropout"
                                 : "";
    if (auto *form = freeze->name())
      made.value = node(Expr::Kind::Name, *form->start, form->getText());
    into.push_back(std::move(made));
  } else if (auto *train = dynamic_cast<TLParser::TrainRuleContext *>(tree)) {
    into.push_back(rule(Rule::Kind::Train, *tree));
    into.back().selector = selector(train->selector());
  } else if (auto *adapt = dynamic_cast<TLParser::AdaptRuleContext *>(tree)) {
    into.push_back(rule(Rule::Kind::Adapt, *tree));
    into.back().value = value(adapt->value());
    into.back().selector = selector(adapt->selector());
  } else if (auto *rate = dynamic_cast<TLParser::RateRuleContext *>(tree)) {
    Rule made = rule(Rule::Kind::Rate, *tree, rate->expr());
    if (rate->FACTOR()) {
      made.isFactor = true;
      std::string digits = rate->FACTOR()->getText();
      digits.pop_back(); // the `x`
      made.value = node(Expr::Kind::Number, *rate->FACTOR()->getSymbol(), digits);
      std::from_chars(digits.data(), digits.data() + digits.size(), made.value->number);
    }
    made.text = rate->word && rate->word->getText() == "per" ? "per" : "";
    made.selector = selector(rate->selector());
    into.push_back(std::move(made));
  } else if (auto *choice = dynamic_cast<TLParser::ChoiceRuleContext *>(tree)) {
    into.push_back(rule(word == "objective" ? Rule::Kind::Objective : Rule::Kind::Optimizer, *tree, choice->expr()));
  } else if (auto *schedule = dynamic_cast<TLParser::ScheduleRuleContext *>(tree)) {
    into.push_back(rule(Rule::Kind::Schedule, *tree, schedule->expr()));
    into.back().text = schedule->across ? "across phases" : "";
  } else if (auto *batch = dynamic_cast<TLParser::BatchRuleContext *>(tree)) {
    into.push_back(rule(Rule::Kind::Batch, *tree, batch->expr(0)));
    if (batch->accumulate) {
      into.push_back(rule(Rule::Kind::Accumulate, *tree, batch->expr(1)));
      into.back().span = span(*batch->accumulate);
    }
  } else if (auto *length = dynamic_cast<TLParser::LengthRuleContext *>(tree)) {
    into.push_back(rule(word == "epochs" ? Rule::Kind::Epochs : Rule::Kind::Steps, *tree, length->expr()));
    into.back().text = length->turn ? "in turn" : "";
  } else if (auto *accumulate = dynamic_cast<TLParser::AccumulateRuleContext *>(tree)) {
    into.push_back(rule(Rule::Kind::Accumulate, *tree, accumulate->expr()));
  } else if (auto *clip = dynamic_cast<TLParser::ClipRuleContext *>(tree)) {
    into.push_back(rule(Rule::Kind::ClipNorm, *tree, clip->expr()));
  } else if (auto *average = dynamic_cast<TLParser::AverageRuleContext *>(tree)) {
    into.push_back(rule(Rule::Kind::Average, *tree, average->expr()));
  } else if (auto *stop = dynamic_cast<TLParser::StopRuleContext *>(tree)) {
    into.push_back(rule(Rule::Kind::StopEarly, *tree));
    into.back().watched = watched(stop->watched());
  } else if (auto *sample = dynamic_cast<TLParser::SampleRuleContext *>(tree)) {
    into.push_back(rule(Rule::Kind::SampleBy, *tree));
    into.back().text = sample->way ? sample->way->getText() : "";
    into.back().value = node(Expr::Kind::Name, *sample->name()->start, sample->name()->getText());
    if (sample->expr())
      into.back().from = expr(sample->expr());
  } else if (auto *precision = dynamic_cast<TLParser::PrecisionRuleContext *>(tree)) {
    into.push_back(rule(Rule::Kind::Precision, *tree));
    into.back().value = node(Expr::Kind::Name, *precision->name()->start, precision->name()->getText());
  } else if (auto *budget = dynamic_cast<TLParser::BudgetRuleContext *>(tree)) {
    into.push_back(rule(Rule::Kind::BudgetMemory, *tree, budget->expr()));
    into.back().text = budget->unit ? budget->unit->getText() : "";
  } else if (auto *keep = dynamic_cast<TLParser::KeepRuleContext *>(tree)) {
    into.push_back(rule(Rule::Kind::KeepBest, *tree));
    into.back().watched = watched(keep->watched());
    if (auto *name = keep->name())
      into.back().value = node(Expr::Kind::Name, *name->start, name->getText());
  }
}

Watched AstBuilder::watched(TLParser::NameContext *split, TLParser::NameContext *metric) {
  Watched made;
  made.span = span(*split);
  if (metric->start->getLine() == split->start->getLine())
    made.span.length = int(metric->stop->getStopIndex() - split->start->getStartIndex()) + 1;
  made.split = split->getText();
  made.metric = metric->getText();
  return made;
}

Watched AstBuilder::watched(TLParser::WatchedContext *tree) {
  Watched made = watched(tree->name(0), tree->name(1));
  for (auto *each : tree->argument())
    made.arguments.push_back(argument(each));
  return made;
}

std::optional<Selector> AstBuilder::optionalSelector(TLParser::SelectorContext *tree) {
  return tree ? std::optional<Selector>(selector(tree)) : std::nullopt;
}

Selector AstBuilder::selector(TLParser::SelectorContext *tree) {
  if (auto *group = dynamic_cast<TLParser::GroupSelectorContext *>(tree))
    return selector(group->selector());
  Selector made;
  if (auto *pathTree = dynamic_cast<TLParser::PathSelectorContext *>(tree)) {
    made = path(pathTree->path(0));
    if (pathTree->path().size() == 2) {
      std::string form = pathTree->path(0)->getText();
      if (form != "below" && form != "above")
        diagnostics.report(Diag::SelectorForm, made.span,
                           "expected `below` or `above` before `(`, found `" + form + "`");
      made.kind = form == "above" ? Selector::Kind::Above : Selector::Kind::Below;
      made.parts.clear();
      made.operands.push_back(path(pathTree->path(1)));
    }
  } else if (auto *combined = dynamic_cast<TLParser::CombinedSelectorContext *>(tree)) {
    std::string word = combined->word->getText();
    made.kind = word == "and"  ? Selector::Kind::And
                : word == "or" ? Selector::Kind::Or
                               : Selector::Kind::Except;
    made.operands.push_back(selector(combined->selector(0)));
    made.operands.push_back(selector(combined->selector(1)));
  } else {
    made.parts.push_back({tree->getText(), {}}); // a role or a type
  }
  made.span = span(*tree);
  made.text = textOf(*tree);
  return made;
}

std::vector<WeightRule> AstBuilder::weightRules(const std::vector<TLParser::WeightRuleContext *> &trees) {
  std::vector<WeightRule> all;
  for (auto *tree : trees) {
    if (isBroken(tree))
      continue;
    WeightRule made;
    if (auto *choose = dynamic_cast<TLParser::ChooseRuleContext *>(tree)) {
      made.kind = tree->start->getText() == "new" ? WeightRule::Kind::New : WeightRule::Kind::Ignore;
      made.span = span(*tree->start);
      made.text = tree->start->getText() + ": ";
      for (auto *each : choose->chosen()) {
        made.text += (made.selectors.empty() ? "" : ", ") + textOf(*each);
        if (each->selector()) {
          made.selectors.push_back(selector(each->selector()));
          continue;
        }
        Selector pattern;
        pattern.kind = Selector::Kind::Pattern;
        pattern.span = span(*each);
        pattern.text = stringText(*each->STRING()->getSymbol());
        made.selectors.push_back(std::move(pattern));
      }
    } else {
      auto *take = static_cast<TLParser::TakeRuleContext *>(tree);
      made.target = path(take->path());
      made.span = made.target.span;
      made.value = expr(take->expr());
      made.text = textOf(*take->path()) + " = " + textOf(*take->expr());
    }
    all.push_back(std::move(made));
  }
  return all;
}

Selector AstBuilder::path(TLParser::PathContext *tree) {
  Selector made;
  made.span = span(*tree);
  made.text = tree->getText();
  for (auto *each : tree->pathPart()) {
    Selector::Part part;
    part.name = each->name() ? each->name()->getText() : each->start->getText();
    if (each->indexItem())
      part.index.push_back(indexItem(each->indexItem()));
    made.parts.push_back(std::move(part));
  }
  return made;
}

} // namespace tl
