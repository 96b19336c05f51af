// Folds: how many parts, of which records, and that nothing of a part is known before it is measured.
#include "compiler/sema/Folds.h"
#include "compiler/sema/StageDescription.h"
#include <algorithm>

namespace tl {

static constexpr int64_t mostParts = 1000;

void Folds::check(const std::vector<ast::Folds> &all) {
  for (const ast::Folds &folds : all) {
    auto first = std::find_if(all.begin(), all.end(), [&](const ast::Folds &other) { return other.stage == folds.stage; });
    if (&*first != &folds)
      declared.report(Diag::FoldsForm, folds.span, "stage `" + folds.stage + "` has folds twice").notes.push_back({first->span, "`folds " + folds.stage + "` stands here first"});
    else
      check(folds);
  }
}

void Folds::check(const ast::Folds &folds) {
  const size_t before = declared.errorCount();
  abi::Folds made;
  made.stage = folds.stage;
  made.place = declared.place(folds.span);
  made.parts = parts(folds).value_or(0);
  if (folds.reports.empty())
    declared.report(Diag::FoldsForm, folds.span, "`folds " + folds.stage + "` has no `report`").help = "say what is measured of each part: report val.loss";
  const StagePlan *plan = stages.trainedStage(folds.stage, folds.span);
  if (!plan)
    return;
  if (stages.isTuned(folds.stage))
    declared.report(Diag::FoldsForm, folds.span, "stage `" + folds.stage + "` is searched by `tune " + folds.stage + "`, which has seen the parts that folds would hold out")
        .help = "leave the search out, set its params to what it has found, and measure the stage with these";
  if (!plan->data || !plan->data->isSound)
    return;
  checkSplits(folds, *plan);
  takeVocabularies(folds, *plan, made);
  checkLoads(folds, *plan);
  for (const ast::Watched &report : folds.reports) {
    if (!plan->isSound)
      break; // what it measures is not known
    abi::Watch watch = StageDescription::watch(declared, *plan, "report", report.span, report);
    bool isKnown = std::any_of(made.report.begin(), made.report.end(), [&](const abi::Watch &known) { return known.split == watch.split && known.metric == watch.metric; });
    if (isKnown)
      declared.report(Diag::FoldsForm, report.span, "`" + watch.split + "." + watch.metric + "` is reported twice").help = "leave one of them out";
    made.report.push_back(std::move(watch));
  }
  if (declared.errorCount() == before)
    draft.program.folds.push_back(std::move(made));
}

std::optional<int64_t> Folds::parts(const ast::Folds &folds) const {
  if (folds.parts.empty()) {
    declared.report(Diag::FoldsForm, folds.span, "`folds " + folds.stage + "` has no `parts`").help = "say how many: parts 5";
    return std::nullopt;
  }
  if (folds.parts.size() > 1)
    declared.report(Diag::FoldsForm, folds.parts[1].span, "`parts` is given twice").notes.push_back({folds.parts[0].span, "`parts` stands here first"});
  const ast::Expr &given = *folds.parts[0].value;
  std::optional<int64_t> parts = declared.integer(given, "`parts`");
  if (parts && (*parts < 2 || *parts > mostParts))
    declared.report(Diag::FoldsForm, given.span, "`parts` is " + std::to_string(*parts) + "; folds have from 2 to " + std::to_string(mostParts)).help = *parts == 1 ? "`val` is the one part that is held out where nothing is said" : "write parts 5, or parts 10";
  return parts;
}

/// That `train` and `val` are parts of one source by the content of its records, which other parts of it can take the place of.
void Folds::checkSplits(const ast::Folds &folds, const StagePlan &plan) const {
  const abi::Split *train = plan.data->split("train"), *val = plan.data->split("val");
  const std::string &name = plan.ast->data;
  if (!train || !val)
    return; // which is told of what is reported
  auto refuse = [&](const std::string &why) { return &declared.report(Diag::FoldsData, folds.span, why); };
  if (train->source != val->source)
    refuse("`" + name + "` has a source `" + train->source + "` for its `train` and a source `" + val->source + "` for its `val`, and folds are parts of one")->help = "bring their records into one source, and divide it: split train 0.8, val 0.2 by hash";
  else if (train->by != "hash")
    refuse("`" + name + "` is split by " + train->by + ", as its records follow each other: a fold would be trained on what comes after the part that it is measured on")->help =
        "where the order means nothing, write by hash; else the one `val` behind `train` is what can be measured";
  else if (train->condition != val->condition)
    refuse("`" + name + ".train` and `" + name + ".val` keep records by other conditions, and in folds a record is now in the one, now in the other")->help = "write one condition, behind the source";
}

/// What a fold's own records lack of a vocabulary is unknown in it. What more was learnt of a text is part of the program, and cannot be learnt anew for each part.
void Folds::takeVocabularies(const ast::Folds &folds, const StagePlan &plan, abi::Folds &into) const {
  const DataPlan &own = *plan.data;
  auto refuse = [&](const std::string &what, ast::Span span, const std::string &help) {
    Diagnostic &told = declared.report(Diag::FoldsLeak, folds.span, what + " made of records that folds hold out, and part of the program");
    told.notes.push_back({span, "it is made here"});
    told.help = help;
  };
  for (const abi::Field &field : own.facts->fields) {
    if (field.tokens.empty() || (field.tokens == "pieces" && own.fittedBy.empty()))
      continue;
    auto step = std::find_if(own.ast->fields.begin(), own.ast->fields.end(), [&](const ast::Statement &statement) { return isTokenStep(statement, declared.library) && statement.names.front() == field.name; });
    const bool isStep = step != own.ast->fields.end();
    const ast::Expr *shared = isStep ? sharedVocabulary(*step) : nullptr;
    const DataPlan *owner = shared ? data.planOf(shared->operands[0]->text) : &own;
    const ast::Span span = isStep ? step->span : own.ast->span;
    const std::string name = "`" + own.ast->name + "." + field.name + "`";
    if (!owner->sharesFiles(own))
      continue;
    if (!own.fittedBy.empty())
      refuse("the tokenizer of " + name + " is", span, "take a published one: " + field.name + " = pieces(" + field.name + ", \"FOLDER\")");
    else if (!field.phrases.empty())
      refuse("the phrases of " + name + " are", span, "leave `phrases` out");
    else if (owner != &own)
      refuse("the vocabulary of " + name + " is", span, "fit it here, " + field.name + " = " + field.tokens + "(" + field.name + ", fit = train), so that words which a fold's own records lack are unknown in it");
    auto least = own.tokenOptions.find(field.name + ".least");
    into.vocabularies[field.name] = least == own.tokenOptions.end() ? 1 : std::stoll(least->second);
  }
  for (const abi::Table &table : draft.program.stages[size_t(plan.index)].tables)
    if (table.data == own.ast->name && !table.counts.empty())
      refuse("`" + table.data + "." + table.field + "." + table.fact + "`, which stage `" + plan.ast->name + "` reads, is", own.ast->span, "measure it on the one `val` that the data has");
}

/// That no weight comes from a stage that has seen a part before it is held out.
void Folds::checkLoads(const ast::Folds &folds, const StagePlan &plan) const {
  std::vector<const StagePlan *> before = {&plan};
  for (size_t i = 0; i < before.size(); ++i)
    for (const abi::Load &load : draft.program.stages[size_t(before[i]->index)].loads)
      for (const StagePlan &other : stages.plans)
        if (other.ast->name == load.stage && std::find(before.begin(), before.end(), &other) == before.end())
          before.push_back(&other);
  for (const StagePlan *other : before)
    if (other != &plan && other->data && other->data->sharesFiles(*plan.data)) {
      declared.report(Diag::FoldsLeak, folds.span, "stage `" + plan.ast->name + "` starts from weights of `" + other->ast->name + "`, which has seen the records that folds of `" + plan.ast->data + "` hold out" + (other->hidesLabels() ? ", though not their labels" : ""))
          .notes.push_back({other->ast->span, "`" + other->ast->name + "` is trained on them here"});
      return;
    }
}

}  // namespace tl
