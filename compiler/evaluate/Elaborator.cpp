// The elaborator's door: every entry runs the interpreter and turns its reported errors into an empty answer.
#include "compiler/evaluate/Requirements.h"
#include "compiler/tensors/Additive.h"
#include <stdexcept>

namespace tl {

namespace {
std::vector<Value> spread(const Value &value) {
  auto *list = std::get_if<std::shared_ptr<List>>(&value);
  return list ? (*list)->items : std::vector<Value>{value};
}

std::map<std::string, Arg> asArgs(const std::map<std::string, Value> &values, ast::Span span) {
  std::map<std::string, Arg> args;
  for (auto &[name, value] : values)
    args[name] = Arg{value, span};
  return args;
}
} // namespace

Elaborator::Elaborator(const Library &library, Diagnostics &diagnostics, Function &into)
    : impl(std::make_unique<Impl>(*this, library, diagnostics, into)) {}
Elaborator::~Elaborator() = default;

std::shared_ptr<Instance> Elaborator::instantiate(const ast::Definition &definition, const std::string &path,
                                                  const std::map<std::string, Value> &arguments, ast::Span span,
                                                  const Adapted *adapts) try {
  return impl->make(definition, path, asArgs(arguments, span), {}, span, adapts);
} catch (const Poisoned &) {
  return nullptr;
}

std::shared_ptr<Instance> Elaborator::adapter(const Adapted &adapted, const ast::Definition &definition,
                                              const std::vector<ast::Argument> &arguments, ast::Span span) try {
  auto scope = std::make_shared<Scope>();
  scope->file = span.file;
  Args args = impl->evalArguments(arguments, scope, nullptr, nullptr, nullptr);
  return impl->make(definition, adapted.path + "." + definition.name, impl->match(definition.formals, args, definition.name, span), {},
                    span, &adapted);
} catch (const Poisoned &) {
  return nullptr;
}

std::optional<std::vector<Value>> Elaborator::forward(Instance &instance, const std::vector<Value> &arguments,
                                                      ast::Span span) try {
  Args args;
  for (const Value &value : arguments)
    args.positional.push_back({value, span});
  Value value = impl->callForward(instance, std::move(args), span);
  bool isSeveral = impl->functionOf(*instance.definition, "forward", span)->results.size() > 1;
  return isSeveral ? spread(value) : std::vector<Value>{value};
} catch (const Poisoned &) {
  return std::nullopt;
}

std::optional<std::vector<Value>> Elaborator::call(const Value &callee, std::vector<Value> positional,
                                                   const std::map<std::string, Value> &named, ast::Span span,
                                                   const std::string *place) try {
  Args args;
  for (Value &value : positional)
    args.positional.push_back({std::move(value), span});
  args.named = asArgs(named, span);
  Value target = callee;
  if (auto *closure = std::get_if<std::shared_ptr<Closure>>(&callee);
      closure && (*closure)->definition && !(*closure)->isBound) {
    auto kind = (*closure)->definition->kind;
    if (kind == ast::Definition::Kind::Schedule || kind == ast::Definition::Kind::Augment)
      target = impl->callClosure(**closure, {}, span, nullptr); // written without parentheses
  }
  return spread(impl->call(target, std::move(args), span, place));
} catch (const Poisoned &) {
  return std::nullopt;
}

std::optional<TensorValue> Elaborator::initial(const Leaf &leaf) try {
  return impl->initial(leaf);
} catch (const Poisoned &) {
  return std::nullopt;
}

std::optional<std::map<std::string, Value>> Elaborator::bindArguments(const ast::Definition &definition,
                                                                      const std::vector<ast::Argument> &arguments,
                                                                      const std::map<std::string, Value> &names,
                                                                      const std::map<std::string, Value> &bound,
                                                                      ast::Span span) try {
  auto scope = std::make_shared<Scope>();
  scope->file = span.file;
  for (auto &[name, value] : names)
    scope->names[name] = Binding{value, span};
  Args written = impl->evalArguments(arguments, scope, nullptr, nullptr, nullptr);
  Args args;
  args.named = asArgs(bound, span);
  for (auto &[name, arg] : written.named)
    if (!args.named.emplace(name, arg).second)
      impl->fail(Diag::ArgumentUnknown, arg.marked(), "`" + name + "` of `" + definition.name + "` is given already");
  size_t next = 0;
  for (const ast::Formal &formal : definition.formals)
    if (next < written.positional.size() && !bound.count(formal.name)) {
      const Arg &arg = written.positional[next++];
      if (!args.named.emplace(formal.name, arg).second)
        impl->fail(Diag::ArgumentUnknown, arg.marked(),
                   "`" + formal.name + "` of `" + definition.name + "` is given twice");
    }
  if (next < written.positional.size())
    impl->fail(Diag::ArgumentSurplus, written.positional[next].span,
               "`" + definition.name + "` takes " + std::to_string(next) + (next == 1 ? " argument" : " arguments") +
                   " here");
  return impl->bindAll(definition, impl->match(definition.formals, args, definition.name, span), span);
} catch (const Poisoned &) {
  return std::nullopt;
}

bool Elaborator::require(const ast::Statement &requirement, const std::map<std::string, Value> &names) try {
  auto scope = std::make_shared<Scope>();
  scope->file = requirement.span.file;
  for (auto &[name, value] : names)
    scope->names[name] = Binding{value, requirement.span};
  Requirements(*impl).check(requirement, scope);
  return true;
} catch (const Poisoned &) {
  return false;
}

bool Elaborator::require(const ast::Definition &definition, const std::map<std::string, Value> &arguments,
                         ast::Span span) try {
  ScopePtr scope = impl->scopeOf(definition);
  for (auto &[name, value] : arguments)
    scope->names[name] = Binding{value, span};
  Frame frame(impl->frames, definition.name, span);
  Requirements(*impl).checkAll(definition, scope);
  return true;
} catch (const Poisoned &) {
  return false;
}

std::vector<Elaborator::Measured> Elaborator::measure(const ast::Definition &definition,
                                                      const std::map<std::string, Value> &bound, ast::Span span) try {
  return impl->measure(definition, asArgs(bound, span), span);
} catch (const Poisoned &) {
  return {};
}

std::optional<Elaborator::Updated> Elaborator::update(const ast::Definition &optimizer,
                                                      const std::map<std::string, Value> &arguments, const TensorValue &weight,
                                                      const TensorValue &gradient, const Value &count,
                                                      const std::map<std::string, TensorValue> &states, ast::Span span) try {
  return impl->update(optimizer, arguments, weight, gradient, count, states, span);
} catch (const Poisoned &) {
  return std::nullopt;
}

std::vector<Elaborator::State> Elaborator::states(const ast::Definition &optimizer,
                                                  const std::map<std::string, Value> &arguments,
                                                  const std::string &path, const TensorType &type) try {
  return impl->states(optimizer, arguments, path, type);
} catch (const Poisoned &) {
  return {};
}

std::optional<Elaborator::Moments> Elaborator::moments(const Fitted &fitted, ast::Span span) try {
  return impl->moments(fitted, span);
} catch (const Poisoned &) {
  return std::nullopt;
}

std::optional<Value> Elaborator::evaluate(const ast::Expr &expr, const std::map<std::string, Value> &names,
                                          const std::string *place) try {
  auto scope = std::make_shared<Scope>();
  scope->file = expr.span.file;
  for (auto &[name, value] : names)
    scope->names[name] = Binding{value, expr.span};
  return impl->eval(expr, scope, place);
} catch (const Poisoned &) {
  return std::nullopt;
}

std::optional<TensorValue> Elaborator::overall(const Overall &asked, int64_t records) try {
  return impl->overall(asked, records);
} catch (const Poisoned &) {
  return std::nullopt;
}

std::optional<TensorValue> Elaborator::byRecord(const TensorValue &sum, ast::Span span) try {
  return Additive(*impl).byRecord(sum.node, span);
} catch (const Poisoned &) {
  return std::nullopt;
}

std::optional<TensorValue> Elaborator::tensor(const Value &value, DType dtype, ast::Span span) try {
  TensorValue tensor = impl->toTensor(value, span, dtype);
  if (tensor.dtype != dtype && (tensor.dtype == DType::U8 || tensor.dtype == DType::I32 || dtype == DType::I32))
    impl->fail(Diag::DtypeMismatch, span, std::string(nameOf(dtype)) + " is needed here, this is " + describe(tensor));
  return impl->cast(tensor, dtype, span);
} catch (const Poisoned &) {
  return std::nullopt;
}

void Elaborator::finish() {
  for (auto &[path, buffer] : impl->assigned)
    write(path, buffer.first, buffer.second);
  impl->assigned.clear();
}

NodeId Elaborator::add(Op op, std::vector<NodeId> operands, Attributes attributes, const TensorType &hint, ast::Span span) {
  try {
    return impl->add(op, std::move(operands), std::move(attributes), hint, span);
  } catch (const Poisoned &) {
    throw std::logic_error("a node does not fit its operands"); // the driver's mistake; what does not fit was reported
  }
}

TensorValue Elaborator::input(const std::string &name, DType dtype, std::vector<Axis> axes, ast::Span span) {
  return impl->input(name, dtype, std::move(axes), span);
}

TensorValue Elaborator::scalar(const std::string &name, ast::Span span) {
  return impl->scalar(name, span);
}

TensorValue Elaborator::read(const std::string &variable, const TensorType &type, ast::Span span) {
  return impl->read(variable, type, span);
}

std::optional<TensorValue> Elaborator::read(const Leaf &leaf, ast::Span span) try {
  return std::get<TensorValue>(impl->readLeaf(leaf, span));
} catch (const Poisoned &) {
  return std::nullopt;
}

std::optional<TensorValue> Elaborator::merged(const Leaf &leaf, ast::Span span) try {
  return impl->merged(leaf, span);
} catch (const Poisoned &) {
  return std::nullopt;
}

void Elaborator::write(const std::string &variable, const TensorValue &value, ast::Span span) {
  Attributes attributes;
  attributes.name = variable;
  impl->add(Op::Write, {value.node}, attributes, value.type(), span);
}

void Elaborator::write(const Leaf &leaf, const TensorValue &value, ast::Span span) {
  write(leaf.path, impl->cast(value, leaf.type.dtype, span), span);
}

void Elaborator::output(const std::string &name, const TensorValue &value, ast::Span span, bool isLogged) {
  Attributes attributes;
  attributes.name = name;
  attributes.isLogged = isLogged;
  impl->add(Op::Output, {value.node}, attributes, value.type(), span);
}

TensorType Elaborator::typeOf(NodeId node) const { return impl->nodeOf(node).type; }

} // namespace tl
