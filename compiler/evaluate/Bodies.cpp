// The bodies that a stage runs besides the model: what objectives and metrics measure, how optimizers update.
#include "compiler/evaluate/BodyEvaluator.h"
#include "compiler/syntax/AstWalk.h"

namespace tl {

using Measured = Elaborator::Measured;

/// A loss that no count divides: a sum over the records, by itself or with something added.
void BodyEvaluator::warnOfSum(const TensorValue &loss, ast::Span span) {
  std::vector<NodeId> open{loss.node};
  while (!open.empty()) {
    NodeId id = open.back();
    open.pop_back();
    if (batchSums.count(id))
      return complain(Diag::LossSummed, span, "this loss is a sum over the records of a batch, and grows with their number",
                      "`sum(e) over count(e)` is their mean, whatever the batch; where the sum is meant, `sum(e) over 1`");
    const Node &node = nodeOf(id);
    if (node.op == Op::Add || node.op == Op::Sub || node.op == Op::Neg || node.op == Op::Cast)
      open.insert(open.end(), node.operands.begin(), node.operands.end());
  }
}

/// A measured value as sums: a quotient as it is, a loss without a count weighted by the records of the batch.
Measured BodyEvaluator::measured(const std::string &name, const Value &value, bool isLoss, ast::Span span) {
  Measured result{name, {}, {}, {}, "", "", span};
  if (auto *overall = std::get_if<std::shared_ptr<Overall>>(&value)) {
    if (isLoss)
      fail(Diag::OverallValue, span, "`loss` is made small batch by batch, and `overall` is known only when all are measured",
           "a `metric` beside the loss may be `overall(…)`");
    result.overall = *overall;
    return result;
  }
  auto *ratio = std::get_if<Ratio>(&value);
  if (ratio && !(isLoss && !ratio->finish.empty())) {
    result.sum = ratio->sum;
    result.count = ratio->count;
    result.finish = ratio->finish;
  } else if (isTensorLike(value)) {
    TensorValue tensor = toTensor(value, span);
    result.sum = cast(tensor, DType::F32, span);
    if (isLoss) {
      warnOfSum(tensor, span);
      Value records = Number{1, true};
      if (auto valid = inputs.find(abi::inputName(building.beside, "valid")); valid != inputs.end() && elaborator.maskBatch)
        records = reduce(Op::ReduceSum, valid->second, {0}, span);
      result.count = toTensor(records, span);
      result.sum = toTensor(arithmetic("*", result.sum, records, span), span);
    }
  } else {
    fail(Diag::MeasureKind, span, "`" + name + "` is " + describe(value) + "; it does not depend on the data",
         "sum(e) over count(e)");
  }
  if (isLoss && !result.sum.axes.empty())
    fail(Diag::MeasureKind, span, "`loss` is " + describe(result.sum) + "; one number is needed",
         "sum(e) over count(e)");
  if (result.count && result.count->dtype != DType::F32)
    result.count = cast(*result.count, DType::F32, span);
  return result;
}

std::vector<Measured> BodyEvaluator::measure(const ast::Definition &definition, const std::map<std::string, Arg> &bound,
                                             ast::Span span) {
  ScopePtr scope = scopeOf(definition);
  enter(definition.formals, bound, scope, definition.name, span);
  Frame frame(frames, definition.name, span);
  std::vector<Measured> results;
  bool isWrong = false;
  auto add = [&](const std::string &name, const Value &value, bool isLoss, ast::Span place, const std::string &better) {
    try {
      if (std::holds_alternative<Poison>(value))
        throw Poisoned{};
      results.push_back(measured(name, value, isLoss, place));
      results.back().better = better;
    } catch (const Poisoned &) {
      isWrong = true;
    }
  };
  if (definition.kind == ast::Definition::Kind::Metric) {
    Value value = run(definition.body, scope);
    if (std::holds_alternative<None>(value))
      fail(Diag::NoValue, definition.span, "the metric `" + definition.name + "` ends without a value",
           "sum(e) over count(e)");
    add(definition.name, value, false, definition.span, definition.better);
    if (!results.empty())
      results.back().axes = definition.axes;
  } else {
    try {
      run(definition.body, scope);
    } catch (const Poisoned &) {
      isWrong = true;
    }
    auto loss = scope->names.find("loss");
    if (loss == scope->names.end()) {
      if (!isWrong)
        fail(Diag::LossMissing, definition.span, "the objective `" + definition.name + "` does not bind `loss`",
             "loss = sum(e) over count(e)");
    } else {
      add("loss", loss->second.value, true, loss->second.span, "lower");
    }
    for (const ast::Statement &statement : definition.body.statements) {
      if (statement.kind != ast::Statement::Kind::Metric)
        continue;
      const std::string &name = statement.names[0];
      const ast::Definition *known = library.definition(name, definition.span.file); // a metric of the same name says which way is better
      bool isKnown = known && known->kind == ast::Definition::Kind::Metric;
      auto bound = scope->names.find(name); // not where a requirement ended the body
      if (name != "loss" && bound != scope->names.end())
        add(name, bound->second.value, false, statement.span, isKnown ? known->better : "");
    }
  }
  if (isWrong || results.empty())
    throw Poisoned{};
  return results;
}

namespace {
const ast::Formal *formalAt(const ast::Function &function, size_t i) {
  return i < function.formals.size() ? &function.formals[i] : nullptr;
}

std::vector<Axis> namelessAxes(const TensorType &type) {
  std::vector<Axis> axes;
  for (int64_t size : type.shape)
    axes.push_back({size, ""});
  return axes;
}

/// Where an expression takes the values of `name`, not only its shape.
const ast::Expr *valuesOf(const ast::Expr &expr, const std::string &name) {
  std::set<const ast::Expr *> shapes;
  const ast::Expr *found = nullptr;
  eachExpr(expr, [&](const ast::Expr &each) {
    if (each.kind == ast::Expr::Kind::Member)
      shapes.insert(each.operands[0].get());
  });
  eachExpr(expr, [&](const ast::Expr &each) {
    if (each.kind == ast::Expr::Kind::Name && each.text == name && !shapes.count(&each))
      found = &each;
  });
  return found;
}
} // namespace

Elaborator::Updated BodyEvaluator::update(const ast::Definition &optimizer, const std::map<std::string, Value> &arguments,
                                          const TensorValue &weight, const TensorValue &gradient, const Value &count,
                                          const std::map<std::string, TensorValue> &states, ast::Span span) {
  const ast::Function &function = *functionOf(optimizer, "update", span);
  if (function.formals.size() < 2 || function.formals.size() > 3)
    fail(Diag::UpdateShape, function.span,
         "`update` takes the parameter, its gradient and perhaps the number of the update; here it takes " +
             std::to_string(function.formals.size()) + " values",
         "update(w, g) or update(w, g, t)");
  ScopePtr scope = scopeOf(optimizer);
  std::map<std::string, Value> assignable;
  for (auto &[name, value] : arguments)
    scope->names[name] = Binding{value, optimizer.span};
  for (const ast::Slot &slot : optimizer.slots) {
    auto kept = states.find(slot.name);
    Value value = kept != states.end() ? Value{kept->second} : eval(*slot.init, scope);
    scope->names[slot.name] = Binding{value, slot.span};
    assignable[slot.name] = kept != states.end() ? value : Value{None{}};
  }
  std::map<std::string, Arg> given{{function.formals[0].name, {weight, span}},
                                   {function.formals[1].name, {gradient, span}}};
  if (const ast::Formal *number = formalAt(function, 2))
    given[number->name] = {count, span};
  enter(function.formals, given, scope, optimizer.name, span);
  for (const ast::Formal &formal : function.formals)
    scope->names.at(formal.name).span = formal.span;
  const std::string &parameter = function.formals[0].name;
  assignable[parameter] = weight;
  scope->states = &assignable;
  scope->parameter = parameter;
  Frame frame(frames, optimizer.name, span);
  run(function.body, scope);
  Elaborator::Updated updated;
  updated.weight = std::get<TensorValue>(assignable.at(parameter));
  if (updated.weight.node == weight.node)
    fail(Diag::UpdateShape, function.span, "`update` of `" + optimizer.name + "` never assigns `" + parameter + "`",
         parameter + " <- …");
  for (auto &[name, state] : states)
    updated.states[name] = std::get<TensorValue>(assignable.at(name));
  return updated;
}

std::vector<Elaborator::State> BodyEvaluator::states(const ast::Definition &optimizer,
                                                     const std::map<std::string, Value> &arguments,
                                                     const std::string &path, const TensorType &type) {
  const ast::Function &function = *functionOf(optimizer, "update", optimizer.span);
  ScopePtr scope = scopeOf(optimizer);
  for (auto &[name, value] : arguments)
    scope->names[name] = Binding{value, optimizer.span};
  const ast::Formal *parameter = formalAt(function, 0);
  if (parameter)
    scope->names[parameter->name] =
        Binding{TensorValue{-1, computedIn(type.dtype), namelessAxes(type)}, parameter->span}; // for its shape
  std::vector<Elaborator::State> kept;
  for (const ast::Slot &slot : optimizer.slots) {
    if (slot.when) {
      // A condition on a `param` is open until the program runs: the state is kept.
      Value value = eval(*slot.when, scope);
      auto *flag = std::get_if<bool>(&value);
      if (!flag && !isTensorLike(value))
        fail(Diag::ValueKind, slot.when->span, "a condition is `true` or `false`, this is " + describe(value));
      if (flag && !*flag)
        continue;
    }
    Elaborator::State state{slot.name, computedIn(type), {}, slot.span};
    if (slot.type) {
      if (dtypeOf(*slot.type) != DType::F32)
        fail(Diag::WeightType, slot.type->span, "`" + slot.name + "` is " + slot.type->name + "; states are f32",
             isNarrow(dtypeOf(*slot.type)) ? "updates of a weight that is kept in " + slot.type->name + " are computed in f32; what adds up over them is kept so, too" : "");
      state.type.shape.clear();
      for (const ast::ExprPtr &dim : slot.type->dims)
        state.type.shape.push_back(axisOf(*dim, scope).size);
    }
    if (const ast::Expr *values = slot.init && parameter ? valuesOf(*slot.init, parameter->name) : nullptr)
      fail(Diag::StateInitial, values->span,
           "the state `" + slot.name + "` starts from the values of `" + parameter->name +
               "`, which may be loaded later; only its shape is known here",
           "start it at 0 and take `" + parameter->name + "` at the first update: update(w, g, t)");
    Restore place(sitePath, path + "/" + slot.name);
    Value initial = slot.init ? eval(*slot.init, scope) : Value{Number{0, true}};
    if (!isTensorLike(initial) && !std::holds_alternative<Number>(initial))
      fail(Diag::StateInitial, slot.init->span,
           "the state `" + slot.name + "` starts as " + describe(initial) + "; a number or " + toString(state.type) + " is needed");
    state.initial = filling(initial, DType::F32, namelessAxes(state.type), slot.init ? slot.init->span : slot.span);
    if (state.initial.type() != state.type)
      fail(Diag::StateInitial, slot.init->span,
           "the state `" + slot.name + "` of a parameter " + toString(type) + " is " + toString(state.type) +
               ", its initial value is " + toString(state.initial.type()));
    kept.push_back(state);
  }
  return kept;
}

TensorValue BodyEvaluator::overall(const Overall &asked, int64_t records) {
  Args args;
  for (size_t i = 0; i < asked.values.size(); ++i) {
    TensorValue x = asked.values[i];
    if (asked.areRows[i])
      x.axes[0].size = records, x.axes[0].records = {records, 1};
    args.positional.push_back({input(std::to_string(i), x.dtype, x.axes, asked.span), asked.span});
  }
  Value value = call(asked.function, args, asked.span);
  if (!isTensorLike(value))
    fail(Diag::OverallValue, asked.span, "the function of `overall` gives " + describe(value) + "; it gives a number or a tensor");
  return cast(toTensor(value, asked.span), DType::F32, asked.span);
}

} // namespace tl
