// What a stage computes: initial values, one step per phase, evaluation. What a step does to the parameters is in Updates.cpp.
#include "compiler/stages/StageFunctions.h"
#include "compiler/stages/Lookups.h"
#include "compiler/stages/Nodes.h"
#include "compiler/values/KeptRows.h"
#include <algorithm>

namespace tl {

void StageFunctions::init(StagePlan &plan) {
  abi::Stage &stage = draft.program.stages[size_t(plan.index)];
  Function function;
  function.name = plan.ast->name + ".init";
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = plan.ast->name;
  const ast::Span span = plan.ast->span;
  auto writeNumber = [&](const std::string &path, double number, const TensorType &type) {
    elaborator.write(path, plain(constant(elaborator, number, type, span), type), span);
  };
  for (size_t on = 0; on <= plan.beside.size(); ++on)
    for (const FitPlan &fit : plan.dataOf(on).fits) {
      if (!fit.meanPath.empty())
        writeNumber(fit.meanPath, 0, fit.type);
      if (!fit.deviationPath.empty())
        writeNumber(fit.deviationPath, 1, fit.type);
    }
  for (const TreeEntry &entry : plan.tree.entries)
    if (entry.isLeaf && startsFrom(plan, entry)) // see `start`
      writeNumber(entry.path, 0, entry.type);
    else if (entry.isLeaf && !isKeptInBytes(entry.type)) // which is loaded
      if (std::optional<TensorValue> value = elaborator.initial(*entry.leaf))
        elaborator.write(*entry.leaf, *value, entry.leaf->span);
  for (const OptimizerPlan &optimizer : plan.optimizers)
    for (const auto &[path, slots] : optimizer.slots)
      if (std::optional<Values> arguments = updates.arguments(elaborator, plan, optimizer, path))
        for (const Elaborator::State &state :
             elaborator.states(*optimizer.definition, *arguments, path, plan.tree.find(path)->type))
          elaborator.write(optimizer.slotPath(path, state.name), state.initial, state.span);
  for (const abi::Variable &variable : stage.variables)
    if (variable.kind == "counter" || (variable.kind == "accumulator" && plan.accumulate > 1)) // of one batch they are written first
      writeNumber(variable.path, 0, {variable.kind == "counter" ? DType::F64 : DType::F32, variable.shape});
  stage.initFunction = draft.add(std::move(function), plan.index);
}

Measures::Measurer evaluator(const StagePlan &plan, size_t on) {
  const abi::Split *val = plan.dataOf(on).split("val");
  return {plan.ast->name + ".evaluate", val ? plan.dataOf(on).mostRecordsIn(*val) : 0};
}

void StageFunctions::evaluate(StagePlan &plan) {
  abi::Stage &stage = draft.program.stages[size_t(plan.index)];
  stage.evaluateFunction = evaluate(plan, 0);
  for (size_t on = 1; on <= plan.beside.size(); ++on)
    if (!stage.beside[on - 1].valSplit.empty())
      stage.beside[on - 1].evaluateFunction = evaluate(plan, on);
}

std::string StageFunctions::evaluate(StagePlan &plan, size_t on) {
  Function function;
  function.name = plan.ast->name + (on == 0 ? ".evaluate" : ".evaluate_on." + plan.besideName(on));
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = plan.ast->name;
  elaborator.maskBatch = true;
  std::optional<Batches> batch = fields.ofStage(elaborator, plan, on, false);
  std::optional<Metrics> metrics = batch ? measures.all(elaborator, function, plan, *batch, nullptr) : std::nullopt;
  if (!metrics)
    return "";
  std::vector<Function> overall;
  measures.output(elaborator, *metrics, evaluator(plan, on), &overall);
  std::string name = draft.add(std::move(function), plan.index);
  for (Function &each : overall)
    draft.add(std::move(each), plan.index);
  return name;
}

void StageFunctions::merge(StagePlan &plan) {
  if (plan.adaptedBy.empty())
    return;
  Function function;
  function.name = plan.ast->name + ".merge";
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = plan.ast->name;
  std::set<const Instance *> folded; // layers whose adapters say what becomes of a weight
  for (const TreeEntry &entry : plan.tree.entries) {
    if (!entry.isWeight || !entry.isAdapted)
      continue;
    std::optional<TensorValue> value = elaborator.merged(*entry.leaf, entry.leaf->span);
    if (value)
      folded.insert(entry.instance);
    else if (entry.leaf->adapter)
      value = elaborator.read(*entry.leaf, entry.leaf->span);
    if (value)
      elaborator.output(entry.path, *value, entry.leaf->span);
  }
  for (const TreeEntry &entry : plan.tree.entries)
    if (!entry.isLeaf && entry.instance->adapter && !folded.count(entry.instance))
      draft.program.stages[size_t(plan.index)].unmerged = entry.instance->adapter->layer;
  if (!draft.program.stages[size_t(plan.index)].unmerged.empty())
    return;
  draft.program.stages[size_t(plan.index)].mergeFunction = draft.add(std::move(function), plan.index);
}

/// Statistics of one record say nothing: each value is its own mean, and the deviation is 0.
void StageFunctions::checkStatistics(const StagePlan &plan, const PhasePlan &phase, const Elaborator::BatchStatistics &found) {
  const ast::Expr *of = plan.batch > 1 ? nullptr : plan.batchRule->value.get(); // a batch of one
  for (const BesidePlan &beside : plan.beside)
    of = beside.batch > 1 || of ? of : beside.name;
  if (!of)
    return;
  bool isModel = found.path.empty();
  Diagnostic &told = declared.report(Diag::BatchOfOne, of == plan.batchRule->value.get() ? plan.batchRule->span : of->span,
                                     "a batch here has 1 record, and `" + found.layer + "`" + (isModel ? "" : " (`" + found.path + "`)") +
                                         " takes statistics over the records of a batch while it trains");
  told.notes.push_back({found.span, "the records of a batch become one value here"});
  told.help = std::string("batches of 2 records or more") + (isModel ? "" : ", or `freeze " + found.path + "` in phase `" + phase.name + "`");
}

static bool hasProduct(const Node &node) {
  return node.op == Op::Contract || (node.body && std::any_of(node.body->nodes.begin(), node.body->nodes.end(), hasProduct));
}

void StageFunctions::checkProducts(const StagePlan &plan, const Function &step) {
  std::vector<bool> hasWeight(step.nodes.size());
  for (size_t i = 0; i < step.nodes.size(); ++i) {
    const Node &node = step.nodes[i];
    const TreeEntry *read = node.op == Op::Read ? plan.tree.find(node.attributes.name) : nullptr;
    hasWeight[i] = (read && read->isWeight) ||
                   std::any_of(node.operands.begin(), node.operands.end(), [&](NodeId id) { return hasWeight[size_t(id)]; });
    if (hasWeight[i] && hasProduct(node))
      return;
  }
  std::string written = "precision " + plan.precisionRule->value->text;
  declared.report(Diag::RuleWithoutEffect, plan.precisionRule->span,
                  "`" + written + "` has no effect: no weight of `" + plan.ast->model + "` has part in a product, `@` or `einsum`")
      .help = "remove `" + written + "`";
}

void StageFunctions::step(StagePlan &plan, const PhasePlan &phase, abi::Phase &into) {
  Function function;
  function.name = plan.ast->name + "." + phase.name + ".step";
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = plan.ast->name;
  elaborator.maskBatch = true;
  elaborator.modeOf = [&](const Instance *instance) { return modeIn(plan, phase, instance); };
  std::optional<Batches> batch = fields.ofStage(elaborator, plan, true);
  std::optional<Metrics> metrics = batch ? measures.all(elaborator, function, plan, *batch, nullptr, &plan.stepOf(phase)) : std::nullopt;
  if (!metrics)
    return;
  elaborator.finish();
  if (plan.precision != DType::F32 && &phase == &plan.phases.front())
    checkProducts(plan, function);
  into.batchStatistics = bool(elaborator.batchStatistics);
  if (elaborator.batchStatistics)
    checkStatistics(plan, phase, *elaborator.batchStatistics);
  const Measured &loss = metrics->front();
  if (plan.storesGradients) {
    store(elaborator, function, plan, phase, loss);
  } else {
    NodeId value = loss.count ? elaborator.add(Op::Div, {loss.sum.node, loss.count->node}, {}, {DType::F32, {}}, loss.span)
                              : loss.sum.node;
    updates.apply(elaborator, plan, phase, gradientsOf(elaborator, function, phase, value, plan.optimizerOf(phase).rule->span));
  }
  measures.output(elaborator, *metrics);
  // A parameter that this phase does not train is a constant to it; the later rooms see that on its Read.
  for (Node &node : function.nodes)
    if (const TreeEntry *entry = node.op == Op::Read ? plan.tree.find(node.attributes.name) : nullptr)
      node.attributes.isFrozen = entry->isWeight && !phase.trained.count(entry->path);
  if (plan.storesGradients)
    buildUpdate(plan, phase, function, into);
  updates.average(elaborator, function, plan, phase);
  describeLookups(declared, function, draft.program.stages[size_t(plan.index)]);
  into.stepFunction = draft.addStep(std::move(function), plan.index);
}

}  // namespace tl
