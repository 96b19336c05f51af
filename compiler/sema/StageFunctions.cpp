// What a stage computes: initial values, one step per phase, evaluation. What a step does to the parameters is in Updates.cpp.
#include "compiler/sema/Checker.h"
#include <algorithm>

namespace tl {

TensorValue plain(NodeId node, const TensorType &type) {
  TensorValue value{node, type.dtype, {}};
  for (int64_t size : type.shape)
    value.axes.push_back({size, ""});
  return value;
}

NodeId constant(Elaborator &elaborator, double number, const TensorType &type, ast::Span span) {
  Attributes attributes;
  attributes.value = number;
  return elaborator.add(Op::Constant, {}, attributes, type, span);
}

void dropDead(Function &function) {
  std::vector<Node> &nodes = function.nodes;
  std::vector<bool> isLive(nodes.size(), false);
  for (size_t i = nodes.size(); i-- > 0;) {
    isLive[i] = isLive[i] || nodes[i].op == Op::Write || nodes[i].op == Op::Output;
    if (isLive[i])
      for (NodeId operand : nodes[i].operands)
        isLive[size_t(operand)] = true;
  }
  std::vector<NodeId> renamed(nodes.size(), -1);
  std::vector<Node> kept;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!isLive[i])
      continue;
    renamed[i] = NodeId(kept.size());
    for (NodeId &operand : nodes[i].operands)
      operand = renamed[size_t(operand)];
    kept.push_back(std::move(nodes[i]));
  }
  nodes = std::move(kept);
}

std::string Checker::addFunction(Function function, int stage) {
  dropDead(function);
  abi::Function described;
  described.name = function.name;
  for (const Node &node : function.nodes)
    if (node.op == Op::Input || node.op == Op::Output) {
      abi::Port port;
      port.name = node.attributes.name;
      port.dtype = nameOf(node.type.dtype);
      port.shape = node.type.shape;
      (node.op == Op::Input ? described.inputs : described.outputs).push_back(std::move(port));
    }
  out->program.functions.push_back(std::move(described));
  out->functions.push_back(std::move(function));
  out->stageOf.push_back(stage);
  return out->functions.back().name;
}

std::string Checker::addStep(Function function, int stage) {
  dropDead(function);
  for (size_t i = 0; options.sharesSteps && i < out->functions.size(); ++i)
    if (out->stageOf[i] == stage && out->functions[i].nodes == function.nodes)
      return out->functions[i].name;  // Two phases that differ only in length share their step.
  return addFunction(std::move(function), stage);
}

void Checker::buildInit(StagePlan &plan) {
  abi::Stage &stage = out->program.stages[size_t(plan.index)];
  Function function;
  function.name = plan.ast->name + ".init";
  Elaborator elaborator(library, diagnostics, function);
  elaborator.scope = plan.ast->name;
  const ast::Span span = plan.ast->span;
  auto writeNumber = [&](const std::string &path, double number, const TensorType &type) {
    elaborator.write(path, plain(constant(elaborator, number, type, span), type), span);
  };
  for (const FitPlan &fit : plan.data->fits) {
    if (!fit.meanPath.empty())
      writeNumber(fit.meanPath, 0, fit.type);
    if (!fit.deviationPath.empty())
      writeNumber(fit.deviationPath, 1, fit.type);
  }
  for (const TreeEntry &entry : plan.tree.entries)
    if (entry.isLeaf)
      if (std::optional<TensorValue> value = elaborator.initial(*entry.leaf))
        elaborator.write(entry.path, *value, entry.leaf->span);
  for (const auto &[path, slots] : plan.slots)
    if (std::optional<Values> arguments = optimizerArguments(elaborator, plan, path))
      for (const Elaborator::State &state :
           elaborator.states(*plan.optimizer, *arguments, path, plan.tree.find(path)->type))
        elaborator.write(path + "/" + state.name, state.initial, state.span);
  for (const abi::Variable &variable : stage.variables)
    if (variable.kind == "counter" || variable.kind == "accumulator")
      writeNumber(variable.path, 0, {variable.kind == "counter" ? DType::F64 : DType::F32, variable.shape});
  stage.initFunction = addFunction(std::move(function), plan.index);
}

void Checker::buildEvaluate(StagePlan &plan) {
  Function function;
  function.name = plan.ast->name + ".evaluate";
  Elaborator elaborator(library, diagnostics, function);
  elaborator.scope = plan.ast->name;
  elaborator.maskBatch = true;
  std::optional<Values> fields = fieldsOf(elaborator, *plan.data, plan.batch, false);
  std::optional<Metrics> metrics = fields ? measureAll(elaborator, plan, *fields, nullptr) : std::nullopt;
  if (!metrics)
    return;
  outputMetrics(elaborator, *metrics);
  out->program.stages[size_t(plan.index)].evaluateFunction = addFunction(std::move(function), plan.index);
}

/// Statistics of one record say nothing: each value is its own mean, and the deviation is 0.
void Checker::checkStatistics(const StagePlan &plan, const PhasePlan &phase, const Elaborator::BatchStatistics &found) {
  if (plan.batch > 1)
    return;
  bool isModel = found.path.empty();
  Diagnostic &told = report(Diag::BatchOfOne, plan.batchRule->span,
                            "a batch here has 1 record, and `" + found.layer + "`" + (isModel ? "" : " (`" + found.path + "`)") +
                                " takes statistics over the records of a batch while it trains");
  told.notes.push_back({found.span, "the records of a batch become one value here"});
  told.help = std::string("batches of 2 records or more") + (isModel ? "" : ", or `freeze " + found.path + "` in phase `" + phase.name + "`");
}

void Checker::buildStep(StagePlan &plan, const PhasePlan &phase, abi::Phase &into) {
  Function function;
  function.name = plan.ast->name + "." + phase.name + ".step";
  Elaborator elaborator(library, diagnostics, function);
  elaborator.scope = plan.ast->name;
  elaborator.maskBatch = true;
  elaborator.modeOf = [&](const Instance *instance) { return modeIn(plan, phase, instance); };
  std::optional<Values> fields = fieldsOf(elaborator, *plan.data, plan.batch, true);
  std::optional<Metrics> metrics = fields ? measureAll(elaborator, plan, *fields, nullptr) : std::nullopt;
  if (!metrics)
    return;
  elaborator.finish();
  into.batchStatistics = bool(elaborator.batchStatistics);
  if (elaborator.batchStatistics)
    checkStatistics(plan, phase, *elaborator.batchStatistics);
  const Elaborator::Measured &loss = metrics->front();
  if (plan.accumulate > 1) {
    addUp(elaborator, function, plan, phase, loss);
  } else {
    NodeId value = loss.count ? elaborator.add(Op::Div, {loss.sum.node, loss.count->node}, {}, {DType::F32, {}}, loss.span)
                              : loss.sum.node;
    updateParameters(elaborator, plan, phase, gradientsOf(elaborator, function, phase, value, plan.optimizerRule->span));
  }
  outputMetrics(elaborator, *metrics);
  // A parameter that this phase does not train is a constant to it; the later rooms see that on its Read.
  for (Node &node : function.nodes)
    if (const TreeEntry *entry = node.op == Op::Read ? plan.tree.find(node.attributes.name) : nullptr)
      node.attributes.axis = entry->isWeight && !phase.trained.count(entry->path);
  if (plan.accumulate > 1)
    buildUpdate(plan, phase, function, into);
  describeLookups(function, out->program.stages[size_t(plan.index)]);
  into.stepFunction = addStep(std::move(function), plan.index);
}

}  // namespace tl
