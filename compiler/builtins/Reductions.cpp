// sum, mean, max, min, argmax and count: over axes by name or number, and in measures over real records only.
#include "compiler/builtins/Taking.h"
#include <algorithm>
#include <cmath>

namespace tl {

namespace {
constexpr double lowest = -3.4028234663852886e38; // of f32

Value sum(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "sum", {"x", "axis?", "keep?", "except?"}, span);
  if (std::holds_alternative<Number>(taken[0]->value))
    return taken[0]->value;
  TensorValue x = in.asF32(taken[0]->value, taken[0]->span);
  auto axes = axesOf(in, taken[1], x, span, taken[3]);
  TensorValue total = in.reduce(Op::ReduceSum, in.masked(x, axes, span), axes, span);
  in.noteSum(total, x, axes);
  return flag(in, taken[2]) ? in.restore(total, x, axes, span) : total;
}

/// Whether a condition has a say in x, element by element: a product with `is_token`, a choice by it.
bool isChosen(BodyEvaluator &in, const TensorValue &x) {
  std::set<NodeId> met;
  for (std::vector<NodeId> open{x.node}; !open.empty();) {
    const Node &node = in.nodeOf(open.back());
    open.pop_back();
    if (node.op >= Op::Eq && node.op <= Op::Ge)
      return true;
    bool isAlike = node.op == Op::Mul || node.op == Op::Div || node.op == Op::Select || node.op == Op::Cast || node.op == Op::And ||
                   node.op == Op::Broadcast || node.op == Op::Reshape || node.op == Op::Transpose;
    for (NodeId operand : isAlike ? node.operands : std::vector<NodeId>{})
      if (met.insert(operand).second)
        open.push_back(operand);
  }
  return false;
}

/// In a layer nothing leaves padding out of a mean but what the layer says.
void warnOfPadding(BodyEvaluator &in, const TensorValue &x, const std::vector<int64_t> &axes, ast::Span span) {
  auto padded = std::find_if(axes.begin(), axes.end(), [&](int64_t axis) { return x.axes[axis].tokens && !x.axes[axis].tokens.isMixed; });
  if (!in.instance || padded == axes.end() || isChosen(in, x))
    return;
  std::string endings = in.endingsOf(size_t(*padded), x.axes.size(), "ids");
  in.complain(Diag::PaddingCounted, span,
              "this mean goes over all " + std::to_string(x.axes[*padded].size) + " places of axis " + std::to_string(*padded) + " of " +
                  describe(x) + ", tokens and padding alike",
              endings.empty() ? "multiply by `to_float(is_token(ids))`, sum, and divide by `to_float(lengths(ids))`, or `use std.text` for `mean_pool`"
                              : "given the tokens that x was made of, padding is left out by " + endings);
}

Value mean(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "mean", {"x", "axis?", "keep?", "except?"}, span);
  if (std::holds_alternative<Number>(taken[0]->value))
    return taken[0]->value;
  TensorValue x = in.asF32(taken[0]->value, taken[0]->span);
  auto axes = axesOf(in, taken[1], x, span, taken[3]);
  warnOfPadding(in, x, axes, span);
  bool isMasked = in.overBatch(x, axes) || !in.tokenAxes(x, axes).empty();
  TensorValue total = in.reduce(Op::ReduceSum, in.masked(x, axes, span), axes, span);
  if (axes.size() == x.axes.size()) // else a quotient, of which nothing adds up
    in.noteSum(total, x, axes);
  Value elements = in.count(x, axes, span);
  bool keep = flag(in, taken[2]);
  if (isMasked && axes.size() == x.axes.size() && !keep)
    return Ratio{total, std::get<TensorValue>(elements), ""};
  Value average = isMasked ? in.arithmetic("/", total, elements, span)
                           : in.arithmetic("*", total, Number{1 / std::get<Number>(elements).value, false}, span);
  return keep ? in.restore(std::get<TensorValue>(average), x, axes, span) : average;
}

Value countElements(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "count", {"x", "axis?", "except?"}, span);
  if (std::holds_alternative<Number>(taken[0]->value))
    return Number{1, true};
  TensorValue x = in.toTensor(taken[0]->value, taken[0]->span);
  return in.count(x, axesOf(in, taken[1], x, span, taken[2]), span);
}

/// Largest or smallest: of two values elementwise, of one along axes.
Value extreme(BodyEvaluator &in, const Args &args, ast::Span span, bool isMax) {
  const char *name = isMax ? "max" : "min";
  if (args.positional.size() >= 2) {
    auto taken = take(in, args, name, {"a", "b"}, span);
    auto *a = std::get_if<Number>(&taken[0]->value), *b = std::get_if<Number>(&taken[1]->value);
    if (a && b)
      return (a->value < b->value) == isMax ? *b : *a;
    for (auto &side : taken)
      if (!std::holds_alternative<Number>(side->value) && !in.isTensorLike(side->value))
        in.fail(Diag::ValueKind, side->span,
                std::string("`") + name + "` takes numbers or tensors, this is " + describe(side->value));
    std::vector<Value> values{taken[0]->value, taken[1]->value};
    std::vector<TensorValue> sides;
    in.meet(values, "compare", span, sides);
    return in.elementwise(isMax ? Op::Max : Op::Min, sides[0], sides[1], span);
  }
  auto taken = take(in, args, name, {"x", "axis?", "keep?", "except?"}, span);
  if (std::holds_alternative<Number>(taken[0]->value))
    return taken[0]->value;
  TensorValue x = in.asF32(taken[0]->value, taken[0]->span);
  auto axes = axesOf(in, taken[1], x, span, taken[3]);
  TensorValue of = isMax ? x : std::get<TensorValue>(in.negate(x, span));
  TensorValue found = in.reduce(Op::ReduceMax, in.masked(of, axes, span, lowest), axes, span);
  if (!isMax)
    found = std::get<TensorValue>(in.negate(found, span));
  return flag(in, taken[2]) ? in.restore(found, x, axes, span) : found;
}
Value max(BodyEvaluator &in, const Args &args, ast::Span span) { return extreme(in, args, span, true); }
Value min(BodyEvaluator &in, const Args &args, ast::Span span) { return extreme(in, args, span, false); }

Value argmax(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "argmax", {"x", "axis?"}, span);
  TensorValue x = in.asF32(taken[0]->value, taken[0]->span);
  if (x.axes.empty())
    in.fail(Diag::AxisUnknown, taken[0]->span, "`argmax` needs an axis to search, this is " + describe(x));
  int64_t axis = taken[1] ? axisNumber(in, taken[1]->value, x, taken[1]->span) : int64_t(x.axes.size()) - 1;
  TensorValue found = in.reduce(Op::ArgMax, in.masked(x, {axis}, span, lowest), {axis}, span);
  found.range = {x.axes[axis].size, {}, x.axes[axis].given};
  return found;
}
} // namespace

void addReductions(BuiltinTable &table) {
  table["sum"] = sum;
  table["mean"] = mean;
  table["count"] = countElements;
  table["max"] = max;
  table["min"] = min;
  table["argmax"] = argmax;
}

} // namespace tl
