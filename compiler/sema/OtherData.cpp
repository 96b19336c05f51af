// A `test` on other data than its stage's: what must be alike, so that numbers mean the same on both.
#include "compiler/sema/TestsAndDeploys.h"
#include <algorithm>

namespace tl {

static std::string ownedBy(const StagePlan &plan) { return plan.ast->trains() ? ", on which `" + plan.ast->name + "` was trained" : ", the data of `load " + plan.ast->name + "`"; }

bool TestsAndDeploys::isTestable(const ast::Test &test, const StagePlan &plan, const DataPlan &data, bool areOfModel) const {
  if (!data.fits.empty()) {
    const std::string field = test.data + "." + data.fits.front().field;
    declared.report(Diag::TestData, test.dataSpan, "`" + field + "` is fitted on `" + test.data + ".train`, and `" + test.checkpoint.stage + "` has what is fitted on `" + plan.ast->data + "`").help =
        "scale `" + test.data + "` by numbers instead: " + data.fits.front().field + " = (" + data.fits.front().field + " - 0.5) / 0.25";
    return false;
  }
  return numbersWordsAlike(test, plan, data) && (areOfModel || numbersClassesAlike(test, plan, data));
}

bool TestsAndDeploys::numbersWordsAlike(const ast::Test &test, const StagePlan &plan, const DataPlan &data) const {
  for (const abi::Field &field : data.facts->fields) {
    if (field.tokens.empty())
      continue;
    const abi::Field *other = nullptr; // whose words it should number: of its name, else any
    bool isShared = false;
    for (const abi::Field &known : plan.data->facts->fields) {
      if (known.tokens.empty())
        continue;
      isShared = isShared || known.vocabulary == field.vocabulary;
      if (!other || known.name == field.name)
        other = &known;
    }
    if (!other || (other->name == field.name ? other->vocabulary == field.vocabulary : isShared))
      continue;
    std::string theirs = plan.ast->data + "." + other->name, kind = other->tokens == "pieces" && !plan.data->fittedBy.empty() ? plan.data->fittedBy : other->tokens;
    declared.report(Diag::TestData, test.dataSpan, "`" + test.data + "." + field.name + "` numbers other words than `" + theirs + "`" + ownedBy(plan))
        .help = kind == "pieces" ? "read both by the tokenizer of one folder" : "share the vocabulary: " + field.name + " = " + kind + "(" + field.name + ", vocabulary = " + theirs + ") in `" + test.data + "`";
    return false;
  }
  return true;
}

std::optional<ClassesApart> classesApart(const DataPlan &data, const abi::Field &field, const DataPlan &own, const std::string &ownedBy) {
  const abi::Field *other = own.field(field.name);
  if (field.classes == 0 || !other || other->classes == 0)
    return std::nullopt;
  const int64_t here = data.facts->classesOf(field), there = own.facts->classesOf(*other);
  const bool haveNames = !field.classNames.empty() && !other->classNames.empty();
  const std::vector<std::string> &mine = field.classNames, &theirs = other->classNames;
  if (here <= there && (!haveNames || std::equal(mine.begin(), mine.end(), theirs.begin()))) // the last ones may be missing
    return std::nullopt;
  std::string name = "`" + data.ast->name + "." + field.name + "`", otherName = "`" + own.ast->name + "." + field.name + "`" + ownedBy, names;
  for (const std::string &each : theirs)
    names += (names.empty() ? "" : ", ") + each;
  return ClassesApart{haveNames ? name + " numbers its classes otherwise than " + otherName : name + " has " + std::to_string(here) + " classes, and " + otherName + ", has " + std::to_string(there),
                      haveNames ? "say how they are numbered, in the sources of `" + data.ast->name + "`: classes = \"" + names + "\"" : "leave the other records out: where " + field.name + " < " + std::to_string(there)};
}

bool TestsAndDeploys::numbersClassesAlike(const ast::Test &test, const StagePlan &plan, const DataPlan &data) const {
  for (const abi::Field &field : data.facts->fields)
    if (std::optional<ClassesApart> apart = classesApart(data, field, *plan.data, ownedBy(plan))) {
      declared.report(Diag::TestData, test.dataSpan, apart->message).help = apart->help;
      return false;
    }
  return true;
}

/// What a stage that trains nothing says of measuring is for its tests, and they need it. False after an error.
bool TestsAndDeploys::noteUse(const ast::Test &test, StagePlan &plan) const {
  const bool isFirst = !plan.isTested;
  plan.isTested = true;
  for (const ast::Report &wanted : test.reports)
    plan.isLossReported = plan.isLossReported || Measures::isOfObjectives(plan, wanted.name);
  if (plan.ast->trains() || plan.batchRule)
    return true;
  if (isFirst)
    declared.report(Diag::KeyMissing, plan.ast->span, "stage `" + plan.ast->name + "` is tested, and does not say how many records at once").help = "write in it: batch 64";
  return false;
}

}  // namespace tl
