// A step of several batches: each adds its gradients up, then one update divides them by the count of all.
#include "compiler/stages/StageFunctions.h"
#include "compiler/stages/Nodes.h"
#include <algorithm>

namespace tl {

// No parameter's slot begins with a slash.
static const char countPath[] = "/accumulated";
static std::string sumPath(const std::string &parameter) { return "/accumulated/" + parameter; }

/// What accumulates: a parameter's gradient where some phase trains it, and the count.
std::vector<Accumulator> accumulatorsOf(const StagePlan &plan) {
  std::vector<Accumulator> all;
  for (const TreeEntry &entry : plan.tree.entries)
    for (const PhasePlan &phase : plan.phases)
      if (entry.isWeight && phase.trained.count(entry.path)) {
        all.push_back({entry.path, sumPath(entry.path), computedIn(entry.type)});
        break;
      }
  all.push_back({"", countPath, {DType::F32, {}}});
  return all;
}

/// The gradient of a quotient of sums is the quotient of their gradients' sums only where the divisor is a constant to it.
void checkAccumulation(const Declared &declared, const StagePlan &plan, const Function &probe, const Elaborator::Measured &loss) {
  if (plan.accumulate == 1 || !loss.count)
    return;
  std::set<std::string> weights = gradientSources(probe, loss.count->node);
  if (!weights.empty())
    declared.report(Diag::AccumulateCount, plan.objectiveRule->span,
                    "`accumulate` adds gradients up over batches, but the count of `" + plan.objective->name + "` itself depends on `" +
                        *weights.begin() + "`")
        .help = "count with `stop_gradient(…)`, or write the whole batch after `batch`";
}

void StageFunctions::addUp(Elaborator &elaborator, Function &function, const StagePlan &plan, const PhasePlan &phase,
                           const Elaborator::Measured &loss) {
  const ast::Span span = plan.optimizerRule->span;
  auto addTo = [&](const std::string &path, NodeId value, const TensorType &type) {
    TensorValue before = elaborator.read(path, type, span);
    elaborator.write(path, plain(elaborator.add(Op::Add, {before.node, value}, {}, type, span), type), span);
  };
  for (const auto &[path, gradient] : gradientsOf(elaborator, function, phase, loss.sum.node, span))
    addTo(sumPath(path), gradient, elaborator.typeOf(gradient));
  if (loss.count)
    addTo(countPath, loss.count->node, {DType::F32, {}});
  // Draws for each record go on where the batch before it stopped, as if all were one batch.
  for (Node &node : function.nodes)
    if (node.op == Op::Random)
      node.attributes.goesOn = std::count(node.type.shape.begin(), node.type.shape.end(), plan.batch) > 0;
}

void StageFunctions::buildUpdate(const StagePlan &plan, const PhasePlan &phase, const Function &step, abi::Phase &into) {
  Function function;
  function.name = plan.ast->name + "." + phase.name + ".update";
  Elaborator elaborator(declared.library, declared.diagnostics, function);
  elaborator.scope = plan.ast->name;
  const ast::Span span = plan.optimizerRule->span;
  std::set<std::string> addedUp;
  for (const Node &node : step.nodes)
    if (node.op == Op::Write)
      addedUp.insert(node.attributes.name);
  auto zero = [&](const std::string &path, const TensorType &type) {
    elaborator.write(path, plain(elaborator.add(Op::Constant, {}, {}, type, span), type), span);
  };
  std::optional<NodeId> share;  // 1 / count
  if (TensorType scalar{DType::F32, {}}; addedUp.count(countPath)) {
    Attributes one;
    one.value = 1;
    NodeId numerator = elaborator.add(Op::Constant, {}, one, scalar, span);
    share = elaborator.add(Op::Div, {numerator, elaborator.read(countPath, scalar, span).node}, {}, scalar, span);
  }
  Gradients gradients;
  for (const std::string &path : phase.trained) {
    if (!addedUp.count(sumPath(path)))
      continue;
    const TensorType type = computedIn(plan.tree.find(path)->type);
    NodeId gradient = elaborator.read(sumPath(path), type, span).node;
    if (share) {
      NodeId factor = type.shape.empty() ? *share : elaborator.add(Op::Broadcast, {*share}, {}, type, span);
      gradient = elaborator.add(Op::Mul, {gradient, factor}, {}, type, span);
    }
    gradients[path] = gradient;
  }
  updates.apply(elaborator, plan, phase, gradients);
  for (const auto &[path, gradient] : gradients)
    zero(sumPath(path), computedIn(plan.tree.find(path)->type));
  if (share)
    zero(countPath, {DType::F32, {}});
  into.updateFunction = draft.addStep(std::move(function), plan.index);
}

}  // namespace tl
