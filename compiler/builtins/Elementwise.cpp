// Built-ins of one element at a time, and those that tell what a value is.
#include "compiler/builtins/Taking.h"
#include "compiler/calculus/Facts.h"
#include <array>
#include <cmath>

namespace tl {

namespace {
/// What the language writes otherwise: `-x`, `not x`, `to_float(x)`, and `stop_gradient`, which takes whole numbers too.
constexpr bool isCalledByName(Op word) {
  return word != Op::Neg && word != Op::Not && word != Op::Cast && word != Op::StopGradient;
}

template <Op word> Value applyElementwise(BodyEvaluator &in, const Args &args, ast::Span span) {
  const char *name = nameOf(word);
  Arg x = *take(in, args, name, {"x"}, span)[0];
  if (auto *number = std::get_if<Number>(&x.value)) {
    double value = valueOf(word, std::array{number->value}, DType::F64);
    if (!std::isfinite(value))
      in.fail(Diag::NumberDomain, span, std::string("`") + name + "` of " + spell(x.value) + " has no value");
    bool keeps = word == Op::Abs || word == Op::Sign;
    return Number{value, word == Op::Floor || (keeps && number->isInteger)};
  }
  if (auto *ratio = std::get_if<Ratio>(&x.value); ratio && ratio->finish.empty() && (word == Op::Exp || word == Op::Sqrt)) {
    Ratio finished = *ratio;
    finished.finish = name;
    return finished;
  }
  return in.unary(word, x.value, x.span);
}

Value choose(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "select", {"cond", "a", "b"}, span);
  const Arg &cond = *taken[0];
  if (auto *known = std::get_if<bool>(&cond.value))
    return *known ? taken[1]->value : taken[2]->value;
  TensorValue condition = in.toTensor(cond.value, cond.span);
  if (condition.dtype != DType::I1)
    in.fail(Diag::ValueKind, cond.span,
            "`cond` of `select` is a truth value per element, this is " + describe(condition),
            "comparisons such as `x > 0` give them");
  for (int side : {1, 2})
    if (!std::holds_alternative<Number>(taken[side]->value) && !in.isTensorLike(taken[side]->value))
      in.fail(Diag::ValueKind, taken[side]->span,
              "`select` chooses between numbers or tensors, this is " + describe(taken[side]->value));
  std::vector<Value> values{taken[1]->value, taken[2]->value};
  if (std::holds_alternative<Number>(values[0]) && std::holds_alternative<Number>(values[1]) && condition.axes.empty())
    values[0] = in.constant(std::get<Number>(values[0]).value, DType::F64, {}, span); // scalars stay in double
  std::vector<TensorValue> sides;
  in.meet(values, "choose between", span, sides);
  if (sides[0].dtype == DType::F64 && !condition.axes.empty())
    for (TensorValue &side : sides)
      side = in.cast(side, DType::F32, span);
  std::vector<Axis> axes = in.broadcastAxes(condition, sides[0], "choose by", span);
  condition = in.broadcast(condition, axes, span);
  return in.node(Op::Select, {condition, in.broadcast(sides[0], axes, span), in.broadcast(sides[1], axes, span)}, {},
                 sides[0].dtype, axes, span);
}

Value toFloat(BodyEvaluator &in, const Args &args, ast::Span span) {
  Arg x = *take(in, args, "to_float", {"x"}, span)[0];
  if (std::holds_alternative<Number>(x.value))
    return x.value;
  if (auto *flag = std::get_if<bool>(&x.value))
    return Number{double(*flag), true};
  TensorValue tensor = in.toTensor(x.value, x.span);
  return tensor.isScalar() ? tensor : in.cast(tensor, DType::F32, span);
}

Value toInt(BodyEvaluator &in, const Args &args, ast::Span span) {
  Arg x = *take(in, args, "to_int", {"x"}, span)[0];
  if (auto *number = std::get_if<Number>(&x.value))
    return Number{std::trunc(number->value), true};
  return in.cast(in.toTensor(x.value, x.span), DType::I32, span);
}

Value stopGradient(BodyEvaluator &in, const Args &args, ast::Span span) {
  Arg x = *take(in, args, "stop_gradient", {"x"}, span)[0];
  if (std::holds_alternative<Number>(x.value))
    return x.value;
  TensorValue tensor = in.toTensor(x.value, x.span);
  return tensor.dtype == DType::F32 ? in.node(Op::StopGradient, {tensor}, {}, DType::F32, tensor.axes, span) : tensor;
}

/// Tells a number, a param or a scalar from a word, a list, a function: for arguments that may be either.
Value isNumber(BodyEvaluator &in, const Args &args, ast::Span span) {
  Arg x = *take(in, args, "is_number", {"x"}, span)[0];
  auto *tensor = std::get_if<TensorValue>(&x.value);
  return std::holds_alternative<Number>(x.value) || std::holds_alternative<ParamName>(x.value) ||
         (tensor && tensor->isScalar());
}

/// Tells a list from what stands for all of its items: for arguments that may be either.
Value isList(BodyEvaluator &in, const Args &args, ast::Span span) {
  Arg x = *take(in, args, "is_list", {"x"}, span)[0];
  return std::holds_alternative<std::shared_ptr<List>>(x.value);
}

Value pow(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "pow", {"x", "y"}, span);
  return in.power(taken[0]->value, taken[1]->value, span);
}
} // namespace

void addElementwise(BuiltinTable &table) {
#define OP(Id, ...)
#define ELEMENTWISE(Id, name, operands, ...)             \
  if constexpr (operands == 1 && isCalledByName(Op::Id)) \
    table[name] = applyElementwise<Op::Id>;
#include "compiler/calculus/Ops.def"
  table["select"] = choose;
  table["to_float"] = toFloat;
  table["to_int"] = toInt;
  table["stop_gradient"] = stopGradient;
  table["pow"] = pow;
  table["is_number"] = isNumber;
  table["is_list"] = isList;
}

} // namespace tl
