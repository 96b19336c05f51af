// `adapt SELECTOR with ADAPTER(…)`: what a layer reads as its weight becomes an expression of that weight and of the adapter's.
#include "compiler/sema/Adapters.h"
#include "compiler/sema/Phases.h"
#include <algorithm>

namespace tl {

/// The type of the weight that an adapter takes; null after an error.
static const ast::Type *adaptedType(const Declared &declared, const ast::Definition &adapter) {
  for (const ast::Function &function : adapter.functions)
    if (function.name == "forward" && function.formals.size() == 1 && function.formals[0].type && function.formals[0].type->hasDims &&
        function.formals[0].type->name == "f32")
      return &*function.formals[0].type;
  declared.report(Diag::AdapterForm, adapter.span, "`forward` of the adapter `" + adapter.name + "` takes the weight that it adapts, and that alone")
      .help = "such as `forward(w: f32[i, o]) -> f32[i, o] { … }`";
  return nullptr;
}

/// Whether weights of so many axes are what the adapter takes.
static bool takes(const ast::Type &type, size_t axes) {
  bool isOpen = std::any_of(type.dims.begin(), type.dims.end(), [](const ast::ExprPtr &dim) { return dim->kind == ast::Expr::Kind::Ellipsis; });
  return isOpen ? axes + 1 >= type.dims.size() : axes == type.dims.size();
}

static void adapt(const Declared &declared, StagePlan &plan, const ast::Rule &rule) {
  std::optional<Selection> chosen = select(declared, plan, *rule.selector);
  std::optional<Callee> callee = declared.calleeOf(*rule.value, "adapter");
  const ast::Definition *adapter = callee ? declared.lookup(callee->name, ast::Definition::Kind::Adapter, callee->span) : nullptr;
  const ast::Type *type = adapter ? adaptedType(declared, *adapter) : nullptr;
  if (!chosen || !type)
    return;
  Function scratch;
  Elaborator elaborator(declared.library, declared.diagnostics, scratch);
  bool any = false;
  std::string others; // selected weights of other numbers of axes
  for (size_t i = 0; i < chosen->size(); ++i) {
    const TreeEntry &entry = plan.tree.entries[i];
    if (!(*chosen)[i] || !entry.isWeight)
      continue;
    if (!takes(*type, entry.type.shape.size())) {
      others += (others.empty() ? "`" : ", `") + entry.path + "` is " + toString(entry.type);
      continue;
    }
    any = true;
    auto [known, isFirst] = plan.adaptedBy.try_emplace(entry.path, &rule);
    if (!isFirst) {
      declared.report(Diag::AdapterTwice, rule.span, "`" + entry.path + "` has an adapter already")
          .notes.push_back({known->second->span, "`adapt " + known->second->selector->text + "` stands here"});
      return;
    }
    for (Leaf &leaf : entry.leaf->owner->leaves) {
      if (&leaf != entry.leaf)
        continue;
      leaf.adapter = elaborator.adapter(leaf, *adapter, *callee->arguments, callee->span);
      if (leaf.adapter)
        continue;
      std::erase_if(plan.adaptedBy, [&](const auto &made) { return made.second == &rule; });
      return;
    }
  }
  if (!any)
    declared.report(Diag::RuleWithoutEffect, rule.span,
                    "`adapt " + rule.selector->text + "` has no effect: `" + adapter->name + "` takes a weight of " +
                        std::to_string(type->dims.size()) + (type->dims.size() == 1 ? " axis" : " axes") + (others.empty() ? ", and nothing selected is a weight" : ", and " + others))
        .notes.push_back({type->span, "it is declared here"});
}

void adaptWeights(const Declared &declared, StagePlan &plan) {
  for (const ast::Rule &rule : plan.ast->rules)
    if (rule.kind == ast::Rule::Kind::Adapt)
      adapt(declared, plan, rule);
  if (!plan.adaptedBy.empty())
    plan.tree = ParameterTree(*plan.instance);
}

void checkAdaptersTrain(const Declared &declared, const StagePlan &plan) {
  std::set<const ast::Rule *> waiting;
  for (const auto &[path, rule] : plan.adaptedBy)
    waiting.insert(rule);
  for (const TreeEntry &entry : plan.tree.entries)
    for (const PhasePlan &phase : plan.phases)
      if (!entry.adapts.empty() && phase.trained.count(entry.path))
        waiting.erase(plan.adaptedBy.at(entry.adapts));
  for (const ast::Rule *rule : waiting) {
    std::string adapter = declared.calleeOf(*rule->value, "adapter")->name;
    declared.report(Diag::RuleWithoutEffect, rule->span,
                    "`adapt " + rule->selector->text + "` has no effect: no phase of `" + plan.ast->name + "` trains what the adapter adds")
        .help = "a weight that is adapted is frozen without a rule; leave the adapter out of the others, with `freeze S except :" + adapter +
                "`, or `train :" + adapter + "` after them";
  }
}

} // namespace tl
