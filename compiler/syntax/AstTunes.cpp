// Searches, folds, and which checkpoint of a stage is meant, as Ast.
#include "compiler/syntax/AstBuilder.h"

namespace tl {

using namespace ast;
using grammar::TLParser;

AstBuilder::Any AstBuilder::visitTuneDeclaration(TLParser::TuneDeclarationContext *tree) {
  Tune tune;
  tune.span = span(*tree->name());
  tune.stage = tree->name()->getText();
  for (auto *item : tree->tuneItem()) {
    if (isBroken(item))
      continue;
    Span keyword = span(*item->start);
    if (auto *vary = dynamic_cast<TLParser::VaryItemContext *>(item))
      for (auto *each : vary->varied())
        tune.varied.push_back(varied(each));
    if (auto *trials = dynamic_cast<TLParser::TrialsItemContext *>(item))
      tune.trials.push_back({keyword, expr(trials->expr())});
    if (auto *method = dynamic_cast<TLParser::SearchItemContext *>(item))
      tune.methods.push_back({keyword, expr(method->expr())});
    if (auto *goal = dynamic_cast<TLParser::GoalItemContext *>(item)) {
      tune.goals.push_back({keyword, item->start->getText() == "maximise", watched(goal->name(0), goal->name(1))});
      if (goal->arguments())
        tune.goals.back().watched.arguments = arguments(goal->arguments());
    }
  }
  file.tunes.push_back(std::move(tune));
  return {};
}

AstBuilder::Any AstBuilder::visitFoldsDeclaration(TLParser::FoldsDeclarationContext *tree) {
  Folds folds;
  folds.span = span(*tree->name());
  folds.stage = tree->name()->getText();
  for (auto *item : tree->foldsItem()) {
    if (isBroken(item))
      continue;
    if (auto *parts = dynamic_cast<TLParser::PartsItemContext *>(item)) {
      folds.parts.push_back({span(*item->start), expr(parts->expr())});
      if (parts->name()) {
        folds.by = parts->name()->getText();
        folds.bySpan = span(*parts->name());
      }
    }
    if (auto *report = dynamic_cast<TLParser::FoldsReportItemContext *>(item))
      for (auto *each : report->measured()) {
        folds.reports.push_back(watched(each->name(0), each->name(1)));
        if (each->arguments())
          folds.reports.back().arguments = arguments(each->arguments());
      }
  }
  file.folds.push_back(std::move(folds));
  return {};
}

Varied AstBuilder::varied(TLParser::VariedContext *tree) {
  Varied made;
  made.span = span(*tree->name(0));
  made.name = tree->name(0)->getText();
  if (tree->scale) {
    made.scale = tree->scale->getText();
    made.scaleSpan = span(*tree->scale);
  }
  if (tree->LBRACE()) {
    for (auto *each : tree->expr())
      made.choices.push_back(expr(each));
    return made;
  }
  made.low = expr(tree->expr(0));
  made.high = expr(tree->expr(1));
  return made;
}

Checkpoint AstBuilder::checkpoint(TLParser::CheckpointContext *tree) {
  const auto names = tree->name();
  Checkpoint made{span(*tree), names[0]->getText(), names.back()->getText()};
  made.isTuned = names.size() == 3;
  if (made.isTuned && names[1]->getText() != "tuned")
    diagnostics.report(Diag::CheckpointWhich, span(*names[1]), "expected `tuned`, `best` or `last` behind `" + made.stage + ".`, found `" + names[1]->getText() + "`");
  return made;
}

} // namespace tl
