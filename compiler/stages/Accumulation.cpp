// A step in two functions: one stores gradients, or adds those of several batches up, the other divides them by the count of all
// and updates.
#include "compiler/stages/StageFunctions.h"
#include "compiler/stages/Nodes.h"
#include <algorithm>

namespace tl {

/// The range of a phase: named after the first that trains the same.
static std::string rangeOf(const StagePlan &plan, const PhasePlan &phase) {
  return std::find_if(plan.phases.begin(), plan.phases.end(), [&](const PhasePlan &one) { return one.trained == phase.trained; })->name;
}

// No parameter's slot begins with a slash.
static std::string countPath(const std::string &range) { return "/" + range; }
static std::string sumPath(const std::string &range, const std::string &parameter) { return "/" + range + "/" + parameter; }

std::vector<Accumulator> accumulatorsOf(const StagePlan &plan) {
  std::vector<Accumulator> all;
  for (const PhasePlan &phase : plan.phases) {
    std::string range = rangeOf(plan, phase);
    if (range != phase.name)
      continue;
    for (const TreeEntry &entry : plan.tree.entries)
      if (entry.isWeight && phase.trained.count(entry.path))
        all.push_back({range, entry.path, sumPath(range, entry.path), computedIn(entry.type)});
    all.push_back({range, "", countPath(range), {DType::F32, {}}});
  }
  return all;
}

/// The gradient of a quotient of sums is the quotient of their gradients' sums only where the divisor is a constant to it.
void checkAccumulation(const Declared &declared, const StagePlan &plan, const StepPlan &step, const Function &probe, const Measured &loss) {
  if (!plan.storesGradients || !loss.count)
    return;
  std::string remedy = plan.accumulate > 1 ? "write the whole batch after `batch`" : "leave the flag out";
  std::string what = plan.accumulate > 1 ? "`accumulate` adds gradients up over batches" : "`--gradients=flat` stores gradients that may be added up";
  auto elsewhere = std::find_if(step.terms.begin(), step.terms.end(), [&](const ObjectiveTerm &term) { return term.on != step.terms.front().on; });
  if (!loss.terms.empty() && elsewhere != step.terms.end()) {
    declared.report(Diag::AccumulateCount, step.objectiveRule->span, what + ", but `" + step.terms.front().name + "` and `" + elsewhere->name + "` are on different data, of which each batch counts records of its own").help =
        (plan.accumulate > 1 ? "write the whole batches after `batch`, or let the terms take turns: a phase with an objective of its own for each data" : remedy);
    return;
  }
  if (!loss.terms.empty()) {
    declared.report(Diag::AccumulateCount, step.objectiveRule->span, what + ", but `" + loss.terms[0].name + "` and the objectives that are added to it are divided by different counts").help =
        "count alike in all of them, `sum(e) over count(e)` with an e for each record, or " + remedy;
    return;
  }
  std::set<std::string> weights = gradientSources(probe, loss.count->node);
  if (!weights.empty())
    declared.report(Diag::AccumulateCount, step.objectiveRule->span, what + ", but the count of `" + step.terms.front().name + "` itself depends on `" + *weights.begin() + "`").help =
        "count with `stop_gradient(…)`, or " + remedy;
}

void StageFunctions::store(Elaborator &elaborator, Function &function, const StagePlan &plan, const PhasePlan &phase,
                           const Elaborator::Measured &loss) {
  const ast::Span span = plan.optimizerOf(phase).rule->span;
  const std::string range = rangeOf(plan, phase);
  auto keep = [&](const std::string &path, NodeId value, const TensorType &type) {
    if (plan.accumulate > 1)
      value = elaborator.add(Op::Add, {elaborator.read(path, type, span).node, value}, {}, type, span);
    elaborator.write(path, plain(value, type), span);
  };
  for (const auto &[path, gradient] : gradientsOf(elaborator, function, phase, loss.sum.node, span))
    keep(sumPath(range, path), gradient, elaborator.typeOf(gradient));
  if (loss.count)
    keep(countPath(range), loss.count->node, {DType::F32, {}});
  if (plan.accumulate == 1)
    return;
  // Draws for each record go on where the batch before it stopped, as if all were one batch.
  std::set<int64_t> batches; // of the data that this step is on
  for (const ObjectiveTerm &term : plan.stepOf(phase).terms)
    batches.insert(plan.batchOf(term.on));
  for (Node &node : function.nodes)
    if (node.op == Op::Random)
      node.attributes.goesOn = std::any_of(node.type.shape.begin(), node.type.shape.end(), [&](int64_t length) { return batches.contains(length); });
}

void StageFunctions::buildUpdate(const StagePlan &plan, const PhasePlan &phase, const Function &step, abi::Phase &into) {
  Function function;
  function.name = plan.ast->name + "." + phase.name + ".update";
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = plan.ast->name;
  const ast::Span span = plan.optimizerOf(phase).rule->span;
  const std::string range = rangeOf(plan, phase);
  std::set<std::string> stored;
  for (const Node &node : step.nodes)
    if (node.op == Op::Write)
      stored.insert(node.attributes.name);
  auto zero = [&](const std::string &path, const TensorType &type) {
    elaborator.write(path, plain(elaborator.add(Op::Constant, {}, {}, type, span), type), span);
  };
  std::optional<NodeId> share;  // 1 / count
  if (TensorType scalar{DType::F32, {}}; stored.count(countPath(range))) {
    Attributes one;
    one.value = 1;
    NodeId numerator = elaborator.add(Op::Constant, {}, one, scalar, span);
    share = elaborator.add(Op::Div, {numerator, elaborator.read(countPath(range), scalar, span).node}, {}, scalar, span);
  }
  Gradients gradients;
  for (const std::string &path : phase.trained) {
    if (!stored.count(sumPath(range, path)))
      continue;
    const TensorType type = computedIn(plan.tree.find(path)->type);
    NodeId gradient = elaborator.read(sumPath(range, path), type, span).node;
    if (share) {
      NodeId factor = type.shape.empty() ? *share : elaborator.add(Op::Broadcast, {*share}, {}, type, span);
      gradient = elaborator.add(Op::Mul, {gradient, factor}, {}, type, span);
    }
    gradients[path] = gradient;
  }
  updates.apply(elaborator, plan, phase, gradients);
  if (plan.accumulate > 1) {
    for (const auto &[path, gradient] : gradients)
      zero(sumPath(range, path), computedIn(plan.tree.find(path)->type));
    if (share)
      zero(countPath(range), {DType::F32, {}});
  }
  updates.average(elaborator, function, plan, phase);
  into.updateFunction = draft.addStep(std::move(function), plan.index);
  into.gradients.name = range;
}

}  // namespace tl
