// Folds: how many parts, of which records, and that nothing of a part is known before it is measured.
#include "compiler/sema/Folds.h"
#include "compiler/sema/StageDescription.h"
#include "runtime/data/Facts.h"
#include "runtime/data/GroupField.h"
#include "runtime/data/UnseenClasses.h"
#include "runtime/io/Units.h"
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
  takeField(folds, *plan->data, made);
  takeVocabularies(folds, *plan, made);
  checkTables(folds, *plan, *plan->data);
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

/// The classes of `label` in the source that is parted, by what the files call them, and how many records each has: of numbers that is known where there is no other source.
static std::map<std::string, int64_t> classesIn(const DataPlan &plan, const abi::Field &label) {
  std::map<std::string, int64_t> counts;
  const abi::Split *train = plan.split("train");
  for (const DataPlan::SourceClasses &source : plan.sourceClasses)
    if (auto named = source.records.find("label"); named != source.records.end() && train && source.source->name == train->source)
      counts.insert(named->second.begin(), named->second.end());
  if (plan.sourceClasses.size() == 1)
    for (const auto &[number, count] : plan.classRecords)
      counts.emplace(size_t(number) < label.classNames.size() ? label.classNames[size_t(number)] : std::to_string(number), count);
  return counts;
}

/// What parts are alike in, or what stays together: a class of each record, as the files say it, or the group.
void Folds::takeField(const ast::Folds &folds, const DataPlan &plan, abi::Folds &into) const {
  const std::string &name = folds.by, of = "`" + plan.ast->name + "." + name + "`";
  if (name.empty())
    return;
  auto refuse = [&](Diag diag, const std::string &message, const std::string &help) { declared.report(diag, folds.bySpan, message).help = help; };
  const abi::Field *field = plan.field(name);
  into.by = name;
  if (!field) {
    std::vector<std::string> known;
    for (const abi::Field &each : plan.facts->fields)
      known.push_back(each.name);
    std::string near = nearest(name, known);
    refuse(Diag::FieldMissing, "data `" + plan.ast->name + "` has no field `" + name + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"),
           name == abi::groupField ? "name the column that says which records belong together: source train csv(\"…\", group = \"patient\")" : "");
  } else if (data::isRebound(*plan.facts, name)) {
    refuse(Diag::FoldsForm, of + " is computed by the data, and parts are cut by what its files have", "leave `by " + name + "` out, or write it so in the files");
  } else if (!data::isGroup(*field) && (field->classes == 0 || !field->shape.empty())) {
    refuse(Diag::FoldsForm, of + " is " + data::typeText(field->dtype, field->shape) + (field->classes ? ", several classes" : ", no class") + " of each record, and parts are alike in one class of each, or have groups whole",
           "name a field of classes, parts 5 by label, or the group that a column of a table says, parts 5 by group");
  } else if (into.parts > 0 && name == "label") {
    for (const auto &[kind, count] : classesIn(plan, *field))
      if (count < into.parts) {
        refuse(Diag::FoldsForm, "class `" + kind + "` of " + of + " has " + counted(count, "record") + ", fewer than the " + std::to_string(into.parts) + " parts",
               "write fewer `parts`, bring more of its records, or leave `by " + name + "` out");
        return;
      }
  }
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
}

/// That no fact of the parted records, which is part of the program, is read by a stage that a part trains.
void Folds::checkTables(const ast::Folds &folds, const StagePlan &plan, const DataPlan &parted) const {
  for (const abi::Table &table : draft.program.stages[size_t(plan.index)].tables)
    if (const DataPlan *of = data.planOf(table.data); of && of->sharesFiles(parted) && !table.counts.empty()) {
      Diagnostic &told = declared.report(Diag::FoldsLeak, folds.span, "`" + table.data + "." + table.field + "." + table.fact + "`, which stage `" + plan.ast->name + "` reads, is made of records that folds hold out, and part of the program");
      told.notes.push_back({of->ast->span, "it is made here"});
      told.help = "measure it on the one `val` that the data has";
    }
}

/// What a stage is trained on beside its own data that reads files of the parted records; null: nothing.
static const BesidePlan *sharesBeside(const StagePlan &plan, const DataPlan &parted) {
  auto shares = [&](const BesidePlan &beside) { return beside.data && beside.data->sharesFiles(parted); };
  auto found = std::find_if(plan.beside.begin(), plan.beside.end(), shares);
  return found == plan.beside.end() ? nullptr : &*found;
}

/// Whether the weights of a stage know of the parted records: it is trained on them, or starts from one that is.
bool Folds::hasSeen(const StagePlan &plan, const DataPlan &parted) const {
  if (plan.ast->trains() && ((plan.data && plan.data->sharesFiles(parted)) || sharesBeside(plan, parted)))
    return true;
  const std::vector<abi::Load> &loads = draft.program.stages[size_t(plan.index)].loads;
  return std::any_of(stages.plans.begin(), stages.plans.end(), [&](const StagePlan &other) {
    return std::any_of(loads.begin(), loads.end(), [&](const abi::Load &load) { return load.stage == other.ast->name; }) && hasSeen(other, parted);
  });
}

/// What a stage starts from that has seen a part before it is held out, each part trains anew; what has seen it under another name of the data, or was
/// searched for, nobody can.
void Folds::checkLoads(const ast::Folds &folds, const StagePlan &plan) const {
  std::set<const StagePlan *> before = {&plan};
  for (auto later = stages.plans.rbegin(); later != stages.plans.rend(); ++later) // what a stage loads stands above it
    if (before.contains(&*later))
      for (const abi::Load &load : draft.program.stages[size_t(later->index)].loads)
        for (const StagePlan &other : stages.plans)
          if (other.ast->name == load.stage && hasSeen(other, *plan.data))
            before.insert(&other);
  for (const StagePlan &other : stages.plans) {
    if (!before.contains(&other))
      continue;
    if (const BesidePlan *beside = sharesBeside(other, *plan.data)) { // of which folds hold nothing out
      declared.report(Diag::FoldsLeak, folds.span, "stage `" + other.ast->name + "` is trained on `" + beside->data->ast->name + "` as well, which reads files whose records folds of `" + plan.ast->data + "` hold out")
          .notes.push_back({beside->name->span, "`" + beside->data->ast->name + "` is read here"});
      return;
    }
    if (&other == &plan)
      continue;
    const bool isOther = other.ast->trains() && other.data && other.data != plan.data && other.data->sharesFiles(*plan.data);
    if (isOther || stages.isTuned(other.ast->name)) {
      Diagnostic &told = declared.report(Diag::FoldsLeak, folds.span, "stage `" + plan.ast->name + "` starts from weights of `" + other.ast->name + "`, which has seen the records that folds of `" + plan.ast->data + "` hold out" + (other.hidesLabels() ? ", though not their labels" : ""));
      told.notes.push_back({other.ast->span, isOther ? "`" + other.ast->name + "` is trained on them here, as `" + other.ast->data + "`" : "a search has chosen `" + other.ast->name + "` by them"});
      told.help = isOther ? "train it on `" + plan.ast->data + "`: then each part trains it anew, without the records that it holds out" : "leave `tune " + other.ast->name + "` out, and set its params to what it has found: then each part trains it anew";
      return;
    }
    checkTables(folds, other, *plan.data);
  }
}

}  // namespace tl
