// `adapt SELECTOR with ADAPTER(…)`: what a layer reads as its weight, or what is called as a layer, becomes what an adapter makes of it.
#include "compiler/sema/Adapters.h"
#include "compiler/sema/Phases.h"
#include "compiler/syntax/AstWords.h"
#include <algorithm>

namespace tl {

namespace {

/// What an adapter acts on: `forward(w: f32[i, o])` a weight, `forward(layer, x: f32[.., i])` a layer.
struct Form {
  const ast::Type *takes = nullptr; // null after an error
  bool isOfLayers = false;
};

Form formOf(const Declared &declared, const ast::Definition &adapter) {
  for (const ast::Function &function : adapter.functions) {
    if (function.name != "forward")
      continue;
    const std::vector<ast::Formal> &formals = function.formals;
    if (formals.size() == 1 && formals[0].type && formals[0].type->hasDims && formals[0].type->name == "f32")
      return {&*formals[0].type};
    if (formals.size() == 2 && !formals[0].type && formals[1].type && formals[1].type->hasDims && function.results.size() == 1 && function.results[0].hasDims)
      return {&*formals[1].type, true};
  }
  declared.report(Diag::AdapterForm, adapter.span, "`forward` of the adapter `" + adapter.name + "` takes the weight that it adapts, and that alone, or the layer and what goes into it")
      .help = "such as `forward(w: f32[i, o]) -> f32[i, o] { … }`, or of a layer `forward(layer, x: f32[.., i]) -> f32[.., o] { … }`";
  return {};
}

/// Whether what has so many axes is what the adapter takes.
bool takes(const ast::Type &type, size_t axes) {
  bool isOpen = std::any_of(type.dims.begin(), type.dims.end(), [](const ast::ExprPtr &dim) { return dim->kind == ast::Expr::Kind::Ellipsis; });
  return isOpen ? axes + 1 >= type.dims.size() : axes == type.dims.size();
}

std::string spelled(const ast::Type &type) {
  std::string text = type.name + "[";
  for (const ast::ExprPtr &dim : type.dims)
    text += (&dim == &type.dims.front() ? "" : ", ") + (dim->kind == ast::Expr::Kind::Ellipsis ? std::string("..") : dim->text);
  return text + "]";
}

/// `LoRA(8)` of `LoRA(8) from "adapter_model.safetensors"`.
const ast::Expr &adapterCall(const ast::Rule &rule) {
  return rule.value->kind == ast::Expr::Kind::From ? *rule.value->operands[0] : *rule.value;
}

/// The layer in the stage's model, which is to have an adapter; null below others.
Instance *layerAt(Instance &from, const Instance *layer) {
  if (&from == layer)
    return &from;
  for (const std::shared_ptr<Instance> &child : from.children)
    if (Instance *found = layerAt(*child, layer))
      return found;
  return nullptr;
}

/// One `adapt` rule.
class Adapting {
public:
  Adapting(const Declared &declared, StagePlan &plan, const ast::Rule &rule, const CallsOf &callsOf)
      : declared(declared), plan(plan), rule(rule), callsOf(callsOf), elaborator(declared.library, declared.diagnostics, scratch) {}

  /// False where nothing of the stage can be relied on any more.
  bool run() {
    std::optional<Selection> chosen = select(declared, plan, *rule.selector);
    callee = declared.calleeOf(adapterCall(rule), "adapter");
    adapter = callee ? declared.lookup(callee->name, ast::Definition::Kind::Adapter, callee->span) : nullptr;
    form = adapter ? formOf(declared, *adapter) : Form();
    if (!chosen || !form.takes)
      return true;
    const Calls *calls = form.isOfLayers ? callsOf() : nullptr;
    if (form.isOfLayers && !calls)
      return false;
    if (!(form.isOfLayers ? ofLayers(*chosen, *calls) : ofWeights(*chosen)) || any)
      return true;
    std::string axes = std::to_string(form.takes->dims.size()) + (form.takes->dims.size() == 1 ? " axis" : " axes");
    declared.report(Diag::RuleWithoutEffect, rule.span,
                    "`adapt " + rule.selector->text + "` has no effect: `" + adapter->name + "` takes " +
                        (form.isOfLayers ? "a layer that is given " + spelled(*form.takes) : "a weight of " + axes) +
                        (others.empty() ? std::string(", and nothing selected is a ") + (form.isOfLayers ? "layer" : "weight") : ", and " + others))
        .notes.push_back({form.takes->span, "it is declared here"});
    return true;
  }

private:
  void addOther(const std::string &other) { others += (others.empty() ? "" : ", ") + other; }

  /// False after an error.
  bool give(const std::string &path, const Adapted &adapted, std::shared_ptr<Instance> &into) {
    any = true;
    auto [known, isFirst] = plan.adaptedBy.try_emplace(path, &rule);
    if (!isFirst) {
      declared.report(Diag::AdapterTwice, rule.span, "`" + path + "` has an adapter already")
          .notes.push_back({known->second->span, "`adapt " + known->second->selector->text + "` stands here"});
      return false;
    }
    into = elaborator.adapter(adapted, *adapter, *callee->arguments, callee->span);
    if (!into)
      std::erase_if(plan.adaptedBy, [&](const auto &made) { return made.second == &rule; });
    return into != nullptr;
  }

  bool ofWeights(const Selection &chosen) {
    for (size_t i = 0; i < chosen.size(); ++i) {
      const TreeEntry &entry = plan.tree.entries[i];
      if (!chosen[i] || !entry.isWeight)
        continue;
      if (!takes(*form.takes, entry.type.shape.size())) {
        addOther("`" + entry.path + "` is " + toString(entry.type));
        continue;
      }
      for (Leaf &leaf : entry.leaf->owner->leaves)
        if (&leaf == entry.leaf && !give(entry.path, {entry.path, leaf.type, leaf.type, &leaf}, leaf.adapter))
          return false;
    }
    return true;
  }

  /// The outermost layers that are selected.
  bool ofLayers(const Selection &chosen, const Calls &calls) {
    std::vector<const TreeEntry *> outermost;
    for (size_t i = 0; i < chosen.size(); ++i) {
      const TreeEntry &entry = plan.tree.entries[i];
      auto holds = [&](const TreeEntry *layer) {
        return entry.parts.size() > layer->parts.size() && std::equal(layer->parts.begin(), layer->parts.end(), entry.parts.begin());
      };
      if (chosen[i] && !entry.isLeaf && std::none_of(outermost.begin(), outermost.end(), holds))
        outermost.push_back(&entry);
    }
    for (const TreeEntry *entry : outermost) {
      auto call = calls.find(entry->instance);
      if (call == calls.end())
        addOther("`" + entry->path + "` is not called with one tensor for one");
      else if (const auto &[taken, given] = call->second; taken.dtype != dtypeOf(*form.takes) || !takes(*form.takes, taken.shape.size()))
        addOther("`" + entry->path + "` is given " + toString(taken));
      else if (!give(entry->path, {entry->path, taken, given}, layerAt(*plan.instance, entry->instance)->adapter))
        return false;
    }
    return true;
  }

  const Declared &declared;
  StagePlan &plan;
  const ast::Rule &rule;
  const CallsOf &callsOf;
  Function scratch;
  Elaborator elaborator;
  std::optional<Callee> callee;
  const ast::Definition *adapter = nullptr;
  Form form;
  bool any = false;
  std::string others; // what is selected and does not fit, and why
};

} // namespace

bool adaptWeights(const Declared &declared, StagePlan &plan, const CallsOf &callsOf) {
  for (const ast::Rule &rule : plan.ast->rules)
    if (rule.kind == ast::Rule::Kind::Adapt && !Adapting(declared, plan, rule, callsOf).run())
      return false;
  if (!plan.adaptedBy.empty())
    plan.tree = ParameterTree(*plan.instance);
  return true;
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
    std::string adapter = declared.calleeOf(adapterCall(*rule), "adapter")->name;
    declared.report(Diag::RuleWithoutEffect, rule->span,
                    "`adapt " + rule->selector->text + "` has no effect: no phase of `" + plan.ast->name + "` trains what the adapter adds")
        .help = "a weight that is adapted is frozen without a rule; leave the adapter out of the others, with `freeze S except :" + adapter +
                "`, or `train :" + adapter + "` after them";
  }
}

} // namespace tl
