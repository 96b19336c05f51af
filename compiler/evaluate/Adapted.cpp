// Adapters: what is read in place of a weight, and called in place of a layer.
#include "compiler/evaluate/BodyEvaluator.h"
#include "compiler/syntax/AstWalk.h"
#include <algorithm>

namespace tl {

namespace {

/// What is asked of an adapter before it runs: the sizes of its weights and parts, and what it requires. The others, a batch's and a text's, differ
/// from function to function.
std::set<std::string> namesOfParts(const ast::Definition &adapter) {
  std::set<std::string> names;
  auto collect = [&](const ast::ExprPtr &expr) {
    if (expr)
      eachExpr(*expr, [&](const ast::Expr &each) {
        if (each.kind == ast::Expr::Kind::Name)
          names.insert(each.text);
      });
  };
  for (const ast::Slot &slot : adapter.slots) {
    if (slot.type)
      for (const ast::ExprPtr &dim : slot.type->dims)
        collect(dim);
    collect(slot.init);
    collect(slot.when);
  }
  for (const ast::SubLayer &part : adapter.subLayers)
    collect(part.value);
  for (const ast::Statement &requirement : adapter.requirements)
    collect(requirement.value);
  for (const ast::Function &function : adapter.functions)
    for (const ast::Formal &entry : function.formals)
      collect(entry.value); // of its configuration, where it is published
  return names;
}

} // namespace

/// What the weight's adapter makes of it: once a function, and outside the body of a scan that happens to read it first.
TensorValue BodyEvaluator::adapted(const Leaf &leaf, const TensorValue &kept, ast::Span span) {
  if (auto known = adaptedSoFar.find(leaf.path); known != adaptedSoFar.end())
    return known->second;
  Restore outside(body, std::shared_ptr<Function>());
  const Instance &adapter = *leaf.adapter;
  Value made = callForward(*leaf.adapter, Args{{Arg{kept, span}}, {}}, adapter.span);
  auto *tensor = std::get_if<TensorValue>(&made);
  if (!tensor || tensor->type() != kept.type())
    fail(Diag::AdapterForm, adapter.span,
         "`" + adapter.layer + "` makes " + describe(made) + " of `" + leaf.path + "`, which is " + toString(kept.type()),
         "what an adapter makes of a weight has the weight's shape",
         {{adapter.definition->span, "`" + adapter.layer + "` is declared here"}});
  for (size_t i = 0; i < tensor->axes.size(); ++i)
    tensor->axes[i].name = leaf.axisNames[i];
  return adaptedSoFar[leaf.path] = *tensor;
}

/// The layer's adapter is given the layer, which keeps what else it is called with, and what goes into it first.
Value BodyEvaluator::callAdapted(Instance &layer, const Args &args, ast::Span span) {
  const ast::Function *forward = functionOf(*layer.definition, "forward", span);
  std::map<std::string, Arg> given = match(forward->formals, args, layer.layer, span);
  auto called = std::make_shared<Closure>();
  called->function = forward;
  called->self = &layer;
  called->isBound = true;
  const std::string &first = forward->formals.at(0).name;
  Arg taken = given.at(first);
  given.erase(first);
  for (const auto &[name, arg] : given)
    called->bound[name] = arg.value;
  return callForward(*layer.adapter, Args{{Arg{called, span}, taken}, {}}, layer.adapter->span);
}

/// The arguments of a layer that its adapter calls: what it gives itself, then what the layer was called with.
Args BodyEvaluator::withBound(const Closure &closure, Args args) {
  const std::vector<ast::Formal> &formals = closure.function->formals;
  for (size_t i = args.positional.size(); i < formals.size(); ++i)
    if (auto known = closure.bound.find(formals[i].name); known != closure.bound.end())
      args.named.emplace(formals[i].name, Arg{known->second, formals[i].span});
  return args;
}

std::optional<TensorValue> BodyEvaluator::merged(const Leaf &leaf, ast::Span span) {
  const std::shared_ptr<Instance> &adapter = leaf.owner->adapter;
  if (!adapter)
    return std::nullopt;
  for (const ast::Function &function : adapter->definition->functions) {
    if (function.name != "merged" || function.formals.size() != 1 || !function.formals[0].type)
      continue;
    const std::vector<ast::ExprPtr> &dims = function.formals[0].type->dims;
    bool isOpen = std::any_of(dims.begin(), dims.end(), [](const ast::ExprPtr &dim) { return dim->kind == ast::Expr::Kind::Ellipsis; });
    size_t axes = leaf.type.shape.size();
    if (isOpen ? axes + 1 < dims.size() : axes != dims.size())
      return std::nullopt;
    Value kept = readLeaf(leaf, span);
    Restore running(instance, adapter.get());
    Value made = callFunction(function, adapter->layer + ".merged", scopeOf(*adapter), Args{{Arg{kept, span}}, {}}, adapter->span);
    auto *tensor = std::get_if<TensorValue>(&made);
    if (!tensor || tensor->type() != std::get<TensorValue>(kept).type())
      fail(Diag::AdapterForm, adapter->span,
           "`merged` of `" + adapter->layer + "` makes " + describe(made) + " of `" + leaf.path + "`, which is " + describe(kept),
           "what an adapter makes of a weight has the weight's shape", {{function.span, "it is declared here"}});
    return *tensor;
  }
  return std::nullopt;
}

/// The sizes that an adapter's `forward` names are those of what it will be given.
void BodyEvaluator::bindSizes(const ast::Definition &adapter, const Adapted &adapted, const ScopePtr &scope, ast::Span span) {
  const ast::Function &forward = *functionOf(adapter, "forward", span);
  auto unifyWith = [&](const ast::Type &type, const TensorType &of, const std::string &what, const ScopePtr &into) {
    std::vector<Axis> axes;
    for (int64_t size : of.shape)
      axes.push_back({size, ""});
    unify(type, constant(0, of.dtype, axes, span), into, span, what + " of `" + adapter.name + "`, `" + adapted.path + "`,");
  };
  if (!adapted.weight) {
    auto sizes = std::make_shared<Scope>(*scope);
    unifyWith(*forward.formals.at(1).type, adapted.takes, "`" + forward.formals[1].name + "`", sizes);
    sizes->ellipsis.reset();
    unifyWith(forward.results.at(0), adapted.gives, "the result", sizes);
    for (const std::string &name : namesOfParts(adapter))
      if (auto size = sizes->names.find(name); size != sizes->names.end())
        scope->names.emplace(name, size->second);
    return;
  }
  const ast::Formal &formal = forward.formals[0];
  unifyWith(*formal.type, adapted.takes, "`" + formal.name + "`", scope);
  const Leaf &leaf = *adapted.weight;
  if (!leaf.slot)
    return; // a weight of no layer
  const std::vector<ast::ExprPtr> &names = formal.type->dims, &sizes = leaf.slot->type->dims;
  for (size_t i = 0; i < names.size() && names.size() == sizes.size(); ++i)
    if (auto size = scope->names.find(names[i]->text); size != scope->names.end() && names[i]->kind == ast::Expr::Kind::Name)
      if (Value declared = eval(*sizes[i], scopeOf(*leaf.owner)); auto *number = std::get_if<Number>(&declared))
        std::get<Number>(size->second.value).vocabulary = number->vocabulary;
}

} // namespace tl
