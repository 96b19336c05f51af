// Built-ins that say which numbers are tokens, and ask it.
#include "compiler/builtins/Taking.h"

namespace tl {

namespace {
/// The axis of whole numbers [b, t] that holds tokens; null where all of them are.
const Axis *tokenAxis(BodyEvaluator &in, const TensorValue &x, ast::Span span) {
  if (x.dtype != DType::I32 || x.axes.size() != 2)
    in.fail(Diag::ValueKind, span, "tokens are whole numbers, tokens[b, t]; this is " + describe(x));
  in.requireTokens(x, "this", span);
  return x.axes[1].tokens ? &x.axes[1] : nullptr;
}

/// `tokens(ids, padding = 0)`: a record ends with its last number that is no padding. `padding = none`: all are tokens.
Value tokens(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "tokens", {"ids", "padding?"}, span);
  in.refuseInBody(span, "`tokens`");
  TensorValue x = in.toTensor(taken[0]->value, taken[0]->span);
  if (x.dtype != DType::I32 || x.axes.size() != 2)
    in.fail(Diag::ValueKind, taken[0]->span, "tokens are whole numbers, i32[b, t]; this is " + describe(x),
            x.dtype == DType::I32 ? "" : "`to_int(x)` makes it i32");
  if (!taken[1])
    in.fail(Diag::PaddingUnsaid, span, "`tokens` does not say which number is padding",
            "write `padding = 0`, or `padding = none` where every place holds a token");
  if (std::holds_alternative<None>(taken[1]->value)) {
    x.axes[1].tokens = {Tokens::all};
    return x;
  }
  double padding = double(in.integer(taken[1]->value, taken[1]->span, "`padding`"));
  Attributes place;
  place.axis = 1;
  std::vector<Axis> axes = x.axes, rows = {x.axes[0]};
  TensorValue isPadding = in.elementwise(Op::Eq, x, in.constant(padding, DType::I32, axes, span), span);
  TensorValue ends = in.elementwise(Op::Add, in.node(Op::Iota, {}, place, DType::I32, axes, span), in.constant(1, DType::I32, axes, span), span);
  TensorValue end = in.node(Op::Select, {isPadding, in.constant(0, DType::I32, axes, span), ends}, {}, DType::I32, axes, span);
  Attributes along;
  along.axes = {1};
  TensorValue lengths = in.node(Op::ReduceMax, {in.cast(end, DType::F32, span)}, along, DType::F32, rows, span);
  x.axes[1].tokens = {in.cast(lengths, DType::I32, span).node};
  return x;
}

Value lengths(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "lengths", {"ids"}, span);
  TensorValue x = in.toTensor(taken[0]->value, taken[0]->span);
  const Axis *axis = tokenAxis(in, x, taken[0]->span);
  if (!axis)
    return in.constant(double(x.axes[1].size), DType::I32, {x.axes[0]}, span);
  in.recordAxis(x, 1, span);
  TensorValue lengths = in.lengthsOf(*axis, span);
  lengths.axes = {x.axes[0]};
  return lengths;
}

Value isToken(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "is_token", {"ids"}, span);
  TensorValue x = in.toTensor(taken[0]->value, taken[0]->span);
  const Axis *axis = tokenAxis(in, x, taken[0]->span);
  if (!axis)
    return in.constant(1, DType::I1, x.axes, span);
  in.recordAxis(x, 1, span);
  return in.areTokens(x.axes[0], *axis, false, span);
}
} // namespace

void addTokens(BuiltinTable &table) {
  table["tokens"] = tokens;
  table["lengths"] = lengths;
  table["is_token"] = isToken;
}

} // namespace tl
