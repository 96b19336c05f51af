// Statements: what a block does.
#include "compiler/evaluate/Requirements.h"
#include "compiler/values/KeptRows.h"
#include <algorithm>
#include <cmath>

namespace tl {

/// (byte - 128) · step of its row.
static TensorValue widened(BodyEvaluator &make, const Leaf &leaf, ast::Span span) {
  TensorValue bytes = make.cast(make.read(leaf.path, leaf.type, span), DType::F32, span);
  TensorValue steps = make.read(abi::stepsPath(leaf.path), stepsOf(leaf.type), span);
  TensorValue counted = make.elementwise(Op::Sub, bytes, make.constant(abi::zeroByte, DType::F32, bytes.axes, span), span);
  return make.elementwise(Op::Mul, counted, make.broadcast(steps, bytes.axes, span), span);
}

Value BodyEvaluator::readLeaf(const Leaf &leaf, ast::Span span) {
  if (auto known = assigned.find(leaf.path); known != assigned.end())
    return computable(known->second.first, span);
  bool isNew = !reads.count(leaf.path);
  TensorValue value = isKeptInBytes(leaf.type) ? widened(*this, leaf, span) : elaborator.read(leaf.path, leaf.type, span);
  for (size_t i = 0; i < value.axes.size(); ++i) {
    value.axes[i].name = leaf.axisNames[i];
    value.axes[i].given = leaf.axesGiven[i];
  }
  if (isNew && elaborator.onRead)
    elaborator.onRead(leaf, value.node);
  return leaf.adapter ? adapted(leaf, value, span) : value;
}

/// `v <- …` of what is declared nowhere: one mistake, also where it is read.
void BodyEvaluator::refuseUndeclared(const ast::Statement &statement, const ScopePtr &scope) {
  const std::string &name = statement.names[0];
  const Scope *from = scope.get();
  while (from->parent && !from->states && !from->instance)
    from = from->parent.get();
  if (from->instance)
    for (const ast::Slot &slot : from->instance->definition->slots)
      if (slot.name == name)
        lookup(name, *scope, statement.span); // says that its `when` is false
  std::string declared = from->states     ? "declare it above `update`: `state " + name + " = 0`"
                         : from->instance ? "what a layer keeps is declared beside its weights, `buffer " + name + ": f32[] = 0`; `" + name + " = …` binds a new name"
                                          : "`" + name + " = …` binds a new name";
  complain(Diag::AssignTarget, statement.span, "`" + name + "` is declared nowhere, so `<-` cannot assign it", declared);
  scope->names[name] = Binding{Poison{}, statement.span};
  eval(*statement.value, scope); // for mistakes of its own
  throw Poisoned{};
}

void BodyEvaluator::assign(const ast::Statement &statement, const ScopePtr &scope) {
  refuseInBody(statement.span, "an assignment by `<-`");
  const std::string &name = statement.names[0];
  bool isLeaf = false; // which is found only by reading it
  for (const Scope *place = scope.get(); place; place = place->parent.get())
    for (size_t i = 0; place->instance && i < place->instance->leaves.size(); ++i)
      isLeaf |= place->instance->leaves[i].slot->name == name;
  if (!isLeaf && !find(name, *scope))
    refuseUndeclared(statement, scope);
  Value value = eval(*statement.value, scope);
  for (Scope *place = scope.get(); place; place = place->parent.get()) {
    if (place->states && place->states->count(name)) {
      auto &old = place->names.at(name).value;
      auto *shape = std::get_if<TensorValue>(&place->states->at(name));
      if (shape) {
        TensorValue tensor = toTensor(value, statement.value->span, shape->dtype);
        if (tensor.dtype != shape->dtype)
          tensor = cast(tensor, shape->dtype, statement.span);
        if (tensor.axes.empty() && !shape->axes.empty())
          tensor = broadcast(tensor, shape->axes, statement.span);
        if (tensor.type() != shape->type())
          fail(Diag::UpdateShape, statement.span,
               "`" + name + "` is " + toString(shape->type()) + ", the value assigned is " + toString(tensor.type()));
        value = tensor;
      }
      old = value;
      place->states->at(name) = value;
      return;
    }
    if (place->names.count(name))
      break;
    if (!place->instance)
      continue;
    for (const Leaf &leaf : place->instance->leaves) {
      if (leaf.slot->name != name)
        continue;
      if (leaf.kind != Leaf::Kind::Buffer)
        fail(Diag::AssignTarget, statement.span,
             "`" + name + "` is a weight: the optimizer changes it, `forward` cannot",
             "declare it as `buffer` if `forward` computes it", {{leaf.span, "`" + name + "` is declared here"}});
      TensorType type = computedIn(leaf.type);
      TensorValue tensor = toTensor(value, statement.value->span, type.dtype);
      if (tensor.isScalar())
        tensor = cast(tensor, type.dtype, statement.span);
      if (tensor.axes.empty() && !leaf.type.shape.empty())
        tensor = broadcast(tensor, std::get<TensorValue>(readLeaf(leaf, leaf.span)).axes, statement.span);
      if (tensor.type() != type)
        fail(Diag::ShapeMismatch, statement.span,
             "`" + name + "` is " + toString(type) + ", the value assigned is " + describe(tensor), "",
             {{leaf.span, "`" + name + "` is declared here"}});
      if (elaborator.modeOf && elaborator.modeOf(place->instance).updateBuffers) {
        for (size_t i = 0; i < tensor.axes.size(); ++i)
          tensor.axes[i].name = leaf.axisNames[i];
        if (tensor.dtype == DType::F32)
          tensor = node(Op::StopGradient, {tensor}, {}, tensor.dtype, tensor.axes, statement.span);
        assigned[leaf.path] = {cast(tensor, leaf.type.dtype, statement.span), statement.span};
      }
      return;
    }
  }
  fail(Diag::AssignTarget, statement.span, "`" + name + "` is no buffer or state, so `<-` cannot assign it",
       find(name, *scope) ? "" : "`" + name + " = …` binds a new name");
}

/// How a scan whose step gives its states and nothing else gets a further result; "" of other values.
std::string BodyEvaluator::furtherResult(const ast::Statement &statement, const Value &value) const {
  auto *list = std::get_if<std::shared_ptr<List>>(&value);
  auto *first = std::get_if<TensorValue>(list && !(*list)->items.empty() ? &(*list)->items[0] : &value);
  size_t count = list ? (*list)->items.size() : 1;
  if (!first || first->node < 0 || nodeOf(first->node).op != Op::Scan || nodeOf(first->node).attributes.states != int64_t(count) ||
      statement.names.size() != count + 1)
    return "";
  std::string states = count == 1 ? "state" : std::to_string(count) + " states";
  return "the function of a step gives the new " + states + " and nothing more; end it with a further value, `" +
         (count == 1 ? "next, next" : "…, next") + "`, and `" + statement.names.back() + "` has that of every step";
}

/// Runs every statement, so that all independent mistakes are found, then gives the value of the last one.
Value BodyEvaluator::run(const ast::Block &block, const ScopePtr &scope, const std::string *place) {
  std::optional<Value> result;
  bool isPoisoned = false;
  running.push_back(&block);
  struct Leave {
    std::vector<const ast::Block *> &running;
    ~Leave() { running.pop_back(); }
  } leave{running};
  for (size_t i = 0; i < block.statements.size(); ++i) {
    const ast::Statement &statement = block.statements[i];
    bool isLast = i + 1 == block.statements.size();
    try {
      if (statement.kind == ast::Statement::Kind::Require) {
        Requirements(*this).check(statement, scope);
      } else if (statement.kind == ast::Statement::Kind::Value) {
        bool isBranch = statement.value->kind == ast::Expr::Kind::If && !isLast;
        if (isBranch)
          evalIf(*statement.value, scope, nullptr, /*ownScope=*/false); // its names stay visible
        else if (Value value = eval(*statement.value, scope, isLast ? place : nullptr); isLast)
          result = value;
        else if (!std::holds_alternative<None>(value))
          complain(Diag::NoValue, statement.value->span, "this value is not used",
                   "bind it to a name, or remove the line");
      } else if (statement.kind == ast::Statement::Kind::Assign) {
        assign(statement, scope);
      } else {
        std::string inner = place ? *place + (place->empty() ? "" : ".") + statement.names[0] : "";
        Value value = eval(*statement.value, scope, place ? &inner : nullptr);
        if (auto *closure = std::get_if<std::shared_ptr<Closure>>(&value); closure && (*closure)->scope && !place)
          selfReferring.push_back((*closure)->scope);
        if (statement.names.size() == 1) {
          bind(*scope, statement.names[0], value, statement.span);
          continue;
        }
        auto *list = std::get_if<std::shared_ptr<List>>(&value);
        size_t count = list ? (*list)->items.size() : 1;
        if (count != statement.names.size())
          fail(Diag::ResultCount, statement.span,
               std::to_string(statement.names.size()) + " names for " + std::to_string(count) + " result" +
                   (count == 1 ? "" : "s"),
               furtherResult(statement, value));
        for (size_t k = 0; k < count; ++k)
          bind(*scope, statement.names[k], (*list)->items[k], statement.span);
      }
    } catch (const Poisoned &) {
      if (statement.kind == ast::Statement::Kind::Require)
        throw; // what follows relies on it
      isPoisoned = isPoisoned || isLast;
      if (statement.kind == ast::Statement::Kind::Bind || statement.kind == ast::Statement::Kind::Metric)
        for (const std::string &name : statement.names)
          scope->names.try_emplace(name, Binding{Poison{}, statement.span});
    }
  }
  if (isPoisoned)
    throw Poisoned{};
  return result ? *result : Value{None{}};
}

} // namespace tl
