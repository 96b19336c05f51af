// `load judge: Judge on reviews`, a stage that trains nothing: what may stand in it, and that each of its tensors comes from somewhere.
#include "compiler/sema/StageChecks.h"
#include "compiler/syntax/AstWords.h"
#include "runtime/io/Lists.h"
#include <algorithm>

namespace tl {

using Kind = ast::Rule::Kind;

/// `batch` and `objective` say how its tests measure, `adapt` what belongs to its model; all else is of training.
void StageChecks::collectLoadedRules(StagePlan &plan) {
  const ast::Stage &stage = *plan.ast;
  auto isOfTraining = [&](const std::string &what, ast::Span span) {
    declared.report(Diag::LoadTrains, span, what + " is of training, and `load " + stage.name + "` trains nothing").help =
        "leave it out, or train: finetune " + stage.name + ": " + stage.model + " on " + stage.data;
  };
  auto once = [&](const ast::Rule *&place, const ast::Rule &rule) {
    if (place)
      declared.report(Diag::KeyTwice, rule.span, "`" + std::string(keyOf(rule.kind)) + "` is given twice")
          .notes.push_back({place->span, "`" + std::string(keyOf(rule.kind)) + "` stands here first"});
    else
      place = &rule;
  };
  const ast::Rule *objective = nullptr;
  for (const ast::Rule &rule : stage.rules)
    if (rule.kind == Kind::Batch)
      once(plan.batchRule, rule);
    else if (rule.kind == Kind::Objective)
      once(objective, rule);
    else if (rule.kind != Kind::Adapt)
      isOfTraining("`" + std::string(keyOf(rule.kind)) + "`", rule.span);
  for (const ast::Phase &phase : stage.phases)
    isOfTraining("phase `" + phase.name + "`", phase.span);
  plan.batch = 1; // Its model is looked at with one record where nobody says how many are measured at once.
  if (plan.batchRule)
    checkBatch(*plan.batchRule->value, keyOf(plan.batchRule->kind), plan.batch);
  if (!objective)
    return;
  StepPlan &measured = plan.steps.emplace_back();
  measured.objectiveRule = objective;
  measured.span = stage.span;
}

/// Whether a part of it starts anew that a rule has asked for; rows of words that the other side lacks are counted and told where they are loaded.
static bool startsAnewInPart(const abi::LoadedTensor &tensor) {
  for (size_t i = 0; i < tensor.steps.size(); ++i) {
    auto takes = [&](const abi::LoadStep &step) { return step.op == "rows" && std::count(step.operands.begin(), step.operands.end(), int64_t(i)) > 0; };
    if (tensor.steps[i].op == "new" && std::none_of(tensor.steps.begin(), tensor.steps.end(), takes))
      return true;
  }
  return false;
}

void StageChecks::checkWhollyLoaded(const StagePlan &plan, const std::vector<abi::Load> &loads) const {
  constexpr size_t most = 4;
  std::set<std::string> whole, inPart;
  for (const abi::Load &load : loads)
    for (const abi::LoadedTensor &tensor : load.tensors)
      (startsAnewInPart(tensor) ? inPart : whole).insert(tensor.path);
  std::vector<std::string> anew;
  int64_t others = 0;
  for (const TreeEntry &entry : plan.tree.entries)
    if (entry.isLeaf && !whole.contains(entry.path)) {
      anew.push_back(entry.path);
      others += !inPart.contains(entry.path);
    }
  if (anew.empty())
    return;
  Diagnostic &told = declared.report(Diag::LoadAnew, plan.ast->modelSpan,
                                     firstOf(anew, most) + " of `" + plan.ast->model + "` would start anew" + (others == 0 ? " in part" : "") + ", and `load " + plan.ast->name + "` trains nothing that does");
  told.notes.push_back({plan.model->span, "`" + plan.ast->model + "` is declared here"});
  told.help = "load " + std::string(anew.size() == 1 ? "it" : "them") + ", `X from \"weights.safetensors\"`, or train: finetune " + plan.ast->name + ": " + plan.ast->model + " on " + plan.ast->data;
}

/// What measures has an effect where something is measured.
void StageChecks::checkLoadedUses() const {
  for (const StagePlan &plan : plans) {
    if (plan.ast->trains() || !plan.isSound)
      continue;
    auto tellUnused = [&](const ast::Rule &rule, const std::string &why) {
      declared.report(Diag::RuleWithoutEffect, rule.span, "`" + std::string(keyOf(rule.kind)) + "` has no effect: `load " + plan.ast->name + "` trains nothing, and " + why).help =
          "leave it out, or measure: test " + plan.ast->name + ".last on " + plan.ast->data + ".test { report loss }";
    };
    if (plan.batchRule && !plan.isTested)
      tellUnused(*plan.batchRule, "no `test` measures it");
    if (!plan.steps.empty() && !plan.isLossReported)
      tellUnused(*plan.steps.front().objectiveRule, "no `test` reports what it measures");
  }
}

} // namespace tl
