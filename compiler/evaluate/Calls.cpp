// Calls: what is called, and its body. Functions, layers, lists, lambdas and bound schedules are all called alike; how
// arguments meet formals is in Arguments.cpp.
#include "compiler/evaluate/Requirements.h"
#include <algorithm>

namespace tl {

using DefinitionKind = ast::Definition::Kind;

namespace {
constexpr int mostNestings = 16; // of one function within itself

bool isLayer(const ast::Definition &definition) {
  return definition.kind == DefinitionKind::Layer || definition.kind == DefinitionKind::Model;
}

ast::Span endOf(const ast::Block &body, ast::Span otherwise) {
  return body.statements.empty()        ? otherwise
         : body.statements.back().value ? body.statements.back().value->span
                                        : otherwise;
}
} // namespace

ScopePtr BodyEvaluator::scopeOf(const ast::Definition &definition) {
  auto scope = std::make_shared<Scope>();
  scope->file = definition.span.file;
  return scope;
}

ScopePtr BodyEvaluator::scopeOf(Instance &layer) {
  ScopePtr scope = scopeOf(*layer.definition);
  scope->instance = &layer;
  return scope;
}

void BodyEvaluator::checkRecursion(const std::string &name, ast::Span span) {
  int nestings = 0;
  for (auto &frame : frames)
    nestings += frame.first == name;
  if (nestings >= mostNestings)
    giveUp(Diag::Recursion, span, "`" + name + "` contains itself",
           "everything is unrolled at compile time, so nothing can contain itself");
}

const ast::Function *BodyEvaluator::functionOf(const ast::Definition &definition, const std::string &name,
                                               ast::Span span) {
  for (const ast::Function &function : definition.functions)
    if (function.name == name)
      return &function;
  fail(Diag::FunctionMissing, span, "`" + definition.name + "` has no `" + name + "`", "",
       {{definition.span, "declared here"}});
}

Value BodyEvaluator::evalCall(const ast::Expr &expr, const ScopePtr &scope, const std::string *place, const Arg *piped) {
  Value callee = eval(*expr.operands[0], scope);
  for (const ast::Argument &argument : expr.arguments)
    if (argument.only || argument.except)
      fail(Diag::ArgumentUnknown, argument.value->span,
           "`for` and `except` choose parameters in an optimizer's arguments only");
  auto *closure = std::get_if<std::shared_ptr<Closure>>(&callee);
  const ast::Definition *definition = closure ? (*closure)->definition : nullptr;
  if (definition && isLayer(*definition) && place) {
    std::vector<std::shared_ptr<Instance>> children;
    Args args;
    {
      Restore recording(made, &children);
      args = evalArguments(expr.arguments, scope, definition, place, piped);
    }
    return make(*definition, *place, match(definition->formals, args, definition->name, expr.span), std::move(children),
                expr.span);
  }
  Args args = evalArguments(expr.arguments, scope, definition, place, piped);
  if (closure && !(*closure)->builtin.empty())
    return callBuiltin((*closure)->builtin, args, scope, expr.span);
  return call(callee, std::move(args), expr.span, place);
}

Value BodyEvaluator::call(const Value &callee, Args args, ast::Span span, const std::string *place) {
  spend(span);
  for (const Arg &arg : args.positional)
    if (std::holds_alternative<Poison>(arg.value))
      throw Poisoned{};
  if (auto *layer = std::get_if<std::shared_ptr<Instance>>(&callee))
    return callForward(**layer, std::move(args), span);
  if (auto *closure = std::get_if<std::shared_ptr<Closure>>(&callee))
    return callClosure(**closure, std::move(args), span, place);
  bool isIdentity = std::holds_alternative<None>(callee);
  if (auto *list = std::get_if<std::shared_ptr<List>>(&callee)) {
    const List called = **list;
    const auto named = args.named; // every item gets what is given by name
    for (size_t i = 0; i < called.items.size(); ++i) {
      bool isOfScript = i < called.spans.size() && !library.standardFiles.count(called.spans[i].file);
      Restore calling(item, isOfScript ? ListItem{frames.size(), called.spans[i]} : item);
      args.named = named;
      args = Args{{Arg{call(called.items[i], std::move(args), span), span}}, {}};
    }
    isIdentity = true;
  }
  if (isIdentity && args.positional.size() == 1 && args.named.empty())
    return args.positional[0].value; // `none` and the empty list give back what they are given
  if (isIdentity)
    fail(Diag::ArgumentSurplus, span, describe(callee) + " takes one value");
  fail(Diag::NotCallable, span, describe(callee) + " cannot be called");
}

Value BodyEvaluator::callClosure(const Closure &closure, Args args, ast::Span span, const std::string *place) {
  if (!closure.builtin.empty())
    return callBuiltin(closure.builtin, args, nullptr, span);
  if (closure.native) {
    std::vector<Value> positional;
    for (Arg &arg : args.positional)
      positional.push_back(std::move(arg.value));
    auto results = closure.native(std::move(positional), span);
    if (!results || results->empty())
      throw Poisoned{};
    if (results->size() == 1)
      return results->front();
    auto list = std::make_shared<List>();
    list->items = std::move(*results);
    return list;
  }
  if (closure.lambda) {
    const ast::Expr &lambda = *closure.lambda;
    if (args.positional.size() != lambda.names.size() || !args.named.empty())
      fail(Diag::ArgumentSurplus, span,
           "the function takes " + std::to_string(lambda.names.size()) + " values in order, the call gives " +
               std::to_string(args.positional.size() + args.named.size()),
           "", {{lambda.span, "the function is here"}});
    Frame frame(frames, "fn", span);
    auto scope = std::make_shared<Scope>();
    scope->parent = closure.scope;
    scope->file = lambda.span.file;
    for (size_t i = 0; i < lambda.names.size(); ++i)
      scope->names[lambda.names[i]] = Binding{args.positional[i].value, args.positional[i].span};
    return run(*lambda.thenBlock, scope, place);
  }
  if (closure.function && closure.isBound) // a layer that is given to its adapter
    return callForward(*closure.self, withBound(closure, std::move(args)), span, /*isAdapted=*/false);
  if (closure.function)
    return callFunction(*closure.function, closure.self->layer + "." + closure.function->name, scopeOf(*closure.self),
                        std::move(args), span);

  const ast::Definition &definition = *closure.definition;
  switch (definition.kind) {
  case DefinitionKind::Layer:
  case DefinitionKind::Model:
    if (!place)
      fail(Diag::LayerPlace, span,
           "`" + definition.name + "` is a layer: it is made as a part of a layer or model, not in a body",
           "bind it beside the weights, as in `part = " + definition.name + "(…)`, and call `part(x)` here",
           {{definition.span, "declared here"}});
    return make(definition, *place, match(definition.formals, args, definition.name, span), {}, span);
  case DefinitionKind::Fn: {
    if (!closure.isBound)
      return callFn(definition, std::move(args), span, place);
    for (auto &[name, value] : closure.bound)
      args.named.emplace(name, Arg{value, span});
    return callFn(definition, std::move(args), span, place);
  }
  case DefinitionKind::Objective:
  case DefinitionKind::Metric: {
    checkRecursion(definition.name, span);
    auto measures = measure(definition, match(definition.formals, args, definition.name, span), span);
    if (!measures[0].count)
      return measures[0].sum;
    return Ratio{measures[0].sum, *measures[0].count, measures[0].finish};
  }
  case DefinitionKind::Adapter:
    fail(Diag::NotCallable, span, "the adapter `" + definition.name + "` stands after `with` in a stage and cannot be called",
         "such as `adapt enc with " + definition.name + "(…)`");
  case DefinitionKind::Remap:
    fail(Diag::NotCallable, span, "the remap `" + definition.name + "` stands after `by` and cannot be called",
         "such as `Encoder() from \"encoder.safetensors\" by " + definition.name + "`");
  case DefinitionKind::Optimizer:
  case DefinitionKind::Schedule:
  case DefinitionKind::Augment:
    break;
  }
  if (!closure.isBound) {
    auto bound = std::make_shared<Closure>(closure);
    bound->bound = bindAll(definition, match(definition.formals, args, definition.name, span), span);
    bound->isBound = true;
    return bound;
  }
  if (definition.kind == DefinitionKind::Optimizer)
    fail(Diag::NotCallable, span, "the optimizer `" + definition.name + "` belongs to a stage and cannot be called");
  ScopePtr scope = scopeOf(definition);
  for (auto &[name, value] : closure.bound)
    scope->names[name] = Binding{value, definition.span};
  const char *entry = definition.kind == DefinitionKind::Schedule ? "at" : "apply";
  return callFunction(*functionOf(definition, entry, span), definition.name, scope, std::move(args), span);
}

Value BodyEvaluator::callFn(const ast::Definition &definition, Args args, ast::Span span, const std::string *place) {
  const auto &formals = definition.formals;
  // `gaussian(0.2)` of `fn gaussian(x: f32[..], std)`: what is given fills the others, and the tensor comes later.
  bool mayWait = !formals.empty() && formals[0].type && isTensorType(*formals[0].type) && !formals[0].value &&
                 !args.named.count(formals[0].name) && args.positional.size() < formals.size();
  if (mayWait) {
    size_t required =
        0; // formals that the call leaves open if its values start at the first formal, and if at the second
    for (size_t i = 1; i < formals.size(); ++i)
      required += !formals[i].value && i >= args.positional.size() && !args.named.count(formals[i].name);
    size_t requiredLater = 0;
    for (size_t i = 1; i < formals.size(); ++i)
      requiredLater += !formals[i].value && i > args.positional.size() && !args.named.count(formals[i].name);
    bool startsWithTensor =
        !args.positional.empty() && (std::holds_alternative<TensorValue>(args.positional[0].value) ||
                                     std::holds_alternative<Ratio>(args.positional[0].value));
    if (requiredLater == 0 && (args.positional.empty() || !startsWithTensor || required > 0)) {
      Args rest = args;
      rest.positional.insert(rest.positional.begin(), Arg{None{}, span});
      auto given = match(formals, rest, definition.name, span, true);
      auto closure = std::make_shared<Closure>();
      closure->definition = &definition;
      closure->isBound = true;
      given.erase(formals[0].name);
      for (auto &[name, arg] : given)
        closure->bound[name] = arg.value;
      return closure;
    }
  }
  checkRecursion(definition.name, span);
  auto given = match(formals, args, definition.name, span);
  ScopePtr scope = scopeOf(definition);
  enter(formals, given, scope, definition.name, span);
  Frame frame(frames, definition.name, span);
  return conformResults(definition.results, run(definition.body, scope, place), scope, definition.name,
                        endOf(definition.body, definition.span));
}

Value BodyEvaluator::callFunction(const ast::Function &function, const std::string &name, const ScopePtr &outer,
                                  const Args &args, ast::Span span) {
  checkRecursion(name, span);
  auto scope = std::make_shared<Scope>();
  scope->parent = outer;
  scope->file = outer->file;
  enter(function.formals, match(function.formals, args, name, span), scope, name, span);
  Frame frame(frames, name, span);
  return conformResults(function.results, run(function.body, scope), scope, name, endOf(function.body, function.span));
}

Value BodyEvaluator::callForward(Instance &layer, Args args, ast::Span span, bool isAdapted) {
  if (isAdapted && layer.adapter)
    return callAdapted(layer, args, span);
  const ast::Function *function = functionOf(*layer.definition, "forward", span);
  Value took = args.positional.empty() ? Value{} : args.positional[0].value;
  Restore running(instance, &layer);
  Value gave = callFunction(*function, layer.layer, scopeOf(layer), std::move(args), span);
  if (elaborator.onCall)
    elaborator.onCall(layer, took, gave);
  return gave;
}

Value BodyEvaluator::callBuiltin(const std::string &name, const Args &args, const ScopePtr &scope, ast::Span span) {
  spend(span);
  Restore around(current, scope ? scope : std::make_shared<Scope>());
  for (const Arg &arg : args.positional)
    if (std::holds_alternative<Poison>(arg.value))
      throw Poisoned{};
  return library.builtins->at(name)(*this, args, span);
}

} // namespace tl
