// Data beside that of a stage, `objective a(label) + 0.5 * b() on corpus batch 32`: that it is there, other data than the stage's own, and read.
#include "compiler/sema/StageChecks.h"
#include "compiler/sema/TestsAndDeploys.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl {

/// Says of each term on whose records it is measured. One with a mistake has no objective any more.
void StageChecks::resolveBeside(StagePlan &plan, std::vector<ObjectiveTerm> &terms) {
  for (ObjectiveTerm &term : terms)
    if (term.data && !resolveBeside(plan, term))
      term.objective = nullptr;
}

bool StageChecks::resolveBeside(StagePlan &plan, ObjectiveTerm &term) {
  const ast::Stage &stage = *plan.ast;
  const std::string &name = term.data->text;
  auto refuse = [&](Diag kind, ast::Span span, const std::string &why, const std::string &help) { declared.report(kind, span, why).help = help; return false; };
  std::vector<std::string> known;
  DataPlan *found = nullptr;
  for (DataPlan &each : data.plans) {
    known.push_back(each.ast->name);
    if (each.ast->name == name)
      found = &each;
  }
  if (!found) {
    std::string near = nearest(name, known);
    return refuse(Diag::DataMissing, term.data->span, "there is no data `" + name + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"), "declare it: data " + name + " { source train … }");
  }
  found->isUsed = true;
  if (!stage.trains())
    return refuse(Diag::ObjectiveData, term.data->span, "`load " + stage.name + "` trains nothing, and its tests say on which data they measure", "leave `on " + name + "` out");
  if (found == plan.data || name == stage.data)
    return refuse(Diag::ObjectiveData, term.data->span, "stage `" + stage.name + "` is on `" + name + "` itself, so that this term is anyway", "leave `on " + name + "` out");
  if (!found->isSound)
    return false;
  const abi::Split *train = found->split("train");
  if (!train) {
    declared.report(Diag::SplitMissing, term.data->span, "data `" + name + "` has no split `train` to train on").notes.push_back({found->ast->span, "`" + name + "` is declared here"});
    return false;
  }
  int64_t size = plan.batch;
  if (term.batch)
    checkBatch(*term.batch, "batch", size = 0);
  if (size <= 0)
    return false;
  if (int64_t records = found->recordsIn(*train); size > records)
    return refuse(Diag::BatchSize, term.batch ? term.batch->span : term.data->span, "a batch of " + std::to_string(size) + " is larger than the `train` split of `" + name + "`, which has " + (train->from == 0 && train->to == 1 ? "" : "about ") + counted(records, "record"),
                  "write a batch of at most " + std::to_string(records) + ": on " + name + " batch " + std::to_string(records));
  auto before = std::find_if(plan.beside.begin(), plan.beside.end(), [&](const BesidePlan &each) { return each.data == found; });
  if (before != plan.beside.end() && term.batch && before->batch != size) {
    declared.report(Diag::ObjectiveData, term.batch->span, "each step has one batch of `" + name + "`, and this is " + counted(size, "record") + ", where another term says " + std::to_string(before->batch)).notes.push_back({before->name->span, "`" + name + "` stands here first"});
    return false;
  }
  term.on = size_t(before - plan.beside.begin()) + 1;
  if (before == plan.beside.end()) {
    plan.beside.push_back({found, size, term.data});
    draft.program.stages[size_t(plan.index)].beside.push_back({name, "train", found->split("val") ? "val" : "", size, "", {}});
  }
  return true;
}

static void refuseOwn(const Declared &declared, const StagePlan &plan, const std::string &lacks) {
  declared.report(Diag::ObjectiveData, plan.steps.front().objectiveRule->span, "stage `" + plan.ast->name + "` is on `" + plan.ast->data + "`, and no term of its objective " + lacks).help =
      "write it on the other data: " + plan.ast->kind + " " + plan.ast->name + ": " + plan.ast->model + " on " + plan.beside.front().data->ast->name;
}

/// That the records of the stage's own data are for something: an epoch is once through them.
void StageChecks::requireOwn(const StagePlan &plan) const {
  if (plan.beside.empty() || !plan.hasObjectives())
    return;
  for (const StepPlan &step : plan.steps)
    for (const ObjectiveTerm &term : step.terms)
      if (term.on == 0)
        return;
  refuseOwn(declared, plan, "is");
}

/// That each term on other data reads records of it, and one at least those of the stage's own, and that what one head answers is compared with classes of one numbering.
bool StageChecks::checkBeside(const StagePlan &plan, const Function &probe, const Metrics &metrics) const {
  auto isOwn = [](const std::string &input) { return abi::partsOfInput(input).first.empty(); };
  auto isOfOwn = [&](NodeId value) {
    const std::set<std::string> inputs = inputsOf(probe, value);
    return std::any_of(inputs.begin(), inputs.end(), isOwn);
  };
  bool isOnOwn = false, readsOwn = plan.beside.empty();
  for (const StepPlan &step : plan.steps)
    for (const ObjectiveTerm &term : step.terms) {
      const std::string &name = step.isSum() ? term.name : step.lossName();
      auto loss = std::find_if(metrics.begin(), metrics.end(), [&](const Measured &metric) { return metric.name == name; });
      isOnOwn = isOnOwn || term.on == 0;
      if (loss != metrics.end() && term.on == 0)
        readsOwn = readsOwn || isOfOwn(loss->sum.node) || (loss->count && isOfOwn(loss->count->node));
      if (term.on == 0 || loss == metrics.end())
        continue;
      const std::set<std::string> fields = fieldsBeside(probe, loss->sum.node, term.data->text);
      if (fields.empty()) {
        declared.report(Diag::ObjectiveData, term.data->span, "`" + term.name + "` reads no field of `" + term.data->text + "`").help = "leave `on " + term.data->text + "` out";
        return false;
      }
      const DataPlan &data = plan.dataOf(term.on);
      for (const std::string &field : fields)
        if (std::optional<ClassesApart> apart = takesModel(*term.objective) || !data.field(field) ? std::nullopt : classesApart(data, *data.field(field), *plan.data, ", which the same outputs answer")) {
          declared.report(Diag::ObjectiveData, term.data->span, apart->message).help = apart->help;
          return false;
        }
    }
  if (!readsOwn && isOnOwn) // else it has been told
    refuseOwn(declared, plan, "reads a record of it");
  return readsOwn;
}

}  // namespace tl
