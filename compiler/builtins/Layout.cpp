// Built-ins that move, make or draw elements.
#include "compiler/builtins/Taking.h"
#include <algorithm>
#include <numeric>

namespace tl {

TensorValue permuted(BodyEvaluator &in, const TensorValue &x, const std::vector<int64_t> &order, ast::Span span) {
  if (std::is_sorted(order.begin(), order.end()))
    return x;
  Attributes attributes;
  attributes.axes = order;
  std::vector<Axis> axes;
  for (int64_t axis : order)
    axes.push_back(x.axes[axis]);
  TensorValue turned = in.node(Op::Transpose, {x}, attributes, x.dtype, axes, span);
  turned.range = x.range;
  return turned;
}

namespace {

/// Axes behind `x`, as other libraries want them: the order that swaps the two, or the one that is listed. "" where there is none.
std::string orderOf(BodyEvaluator &in, const Args &args) {
  auto *x = args.positional.empty() ? nullptr : std::get_if<TensorValue>(&args.positional[0].value);
  std::vector<int64_t> axes;
  for (size_t i = 1; x && i < args.positional.size(); ++i) {
    auto *list = std::get_if<std::shared_ptr<List>>(&args.positional[i].value);
    for (const Value &item : list ? (*list)->items : std::vector<Value>{args.positional[i].value}) {
      if (!std::holds_alternative<Number>(item))
        return "";
      axes.push_back(axisNumber(in, item, *x, args.positional[i].span));
    }
  }
  size_t rank = x ? x->axes.size() : 0;
  if (axes.size() == 2 && rank > 2) {
    std::vector<int64_t> swapped(rank);
    std::iota(swapped.begin(), swapped.end(), 0);
    std::swap(swapped[size_t(axes[0])], swapped[size_t(axes[1])]);
    axes = swapped;
  }
  std::string text;
  for (int64_t axis : axes)
    text += (text.empty() ? "" : ", ") + std::to_string(axis);
  return axes.size() == rank ? text : "";
}

Value transpose(BodyEvaluator &in, const Args &args, ast::Span span) {
  if (std::string order = args.positional.size() > 1 ? orderOf(in, args) : ""; !order.empty())
    in.fail(Diag::ArgumentSurplus, args.positional[1].span,
            "`transpose` takes 1 argument, a tensor whose last two axes it swaps; the call gives " + std::to_string(args.positional.size()),
            "`permute(x, [" + order + "])` puts the axes in that order");
  auto taken = take(in, args, "transpose", {"x"}, span);
  TensorValue x = in.toTensor(taken[0]->value, taken[0]->span);
  int64_t rank = int64_t(x.axes.size());
  if (rank < 2)
    in.fail(Diag::AxisUnknown, taken[0]->span, "`transpose` swaps the last two axes, this is " + describe(x));
  std::vector<int64_t> order(rank);
  for (int64_t i = 0; i < rank; ++i)
    order[i] = i;
  std::swap(order[rank - 1], order[rank - 2]);
  return permuted(in, x, order, span);
}

Value permute(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "permute", {"x", "order"}, span);
  TensorValue x = in.toTensor(taken[0]->value, taken[0]->span);
  std::vector<int64_t> order;
  auto *list = std::get_if<std::shared_ptr<List>>(&taken[1]->value);
  for (const Value &item : list ? (*list)->items : std::vector<Value>{taken[1]->value})
    order.push_back(axisNumber(in, item, x, taken[1]->span));
  std::vector<int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  if (order.size() != x.axes.size() || std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    in.fail(Diag::AxisUnknown, taken[1]->span,
            "`order` names each of the " + std::to_string(x.axes.size()) + " axes of " + describe(x) + " once");
  return permuted(in, x, order, span);
}

TensorValue concatenated(BodyEvaluator &in, std::vector<TensorValue> parts, int64_t axis, ast::Span span) {
  std::vector<Axis> axes = parts[0].axes;
  for (size_t i = 1; i < parts.size(); ++i) {
    std::vector<Axis> rest = parts[i].axes;
    bool fits = parts[i].dtype == parts[0].dtype && rest.size() == axes.size();
    for (size_t k = 0; fits && k < axes.size(); ++k)
      fits = int64_t(k) == axis || rest[k].size == axes[k].size;
    if (!fits)
      in.fail(Diag::BroadcastSizes, span,
              "cannot concatenate " + describe(parts[0]) + " and " + describe(parts[i]) + " along axis " +
                  std::to_string(axis) + ": everything else must agree");
    for (size_t k = 0; k < axes.size(); ++k)
      axes[k].tokens = axes[k].tokens.with(rest[k].tokens);
    axes[axis].size += rest[axis].size;
  }
  if (parts.size() == 1)
    return parts[0];
  Records records;
  for (const TensorValue &part : parts)
    records = records.with(part.axes[axis].records.mixed());
  const Axis &last = parts.back().axes[axis]; // behind what has no padding, tokens are as well known as before
  bool isInFront = std::none_of(parts.begin(), parts.end() - 1, [&](const TensorValue &part) { return bool(part.axes[axis].tokens); });
  Tokens tokens = isInFront ? last.tokens.from(last.size - axes[axis].size) : axes[axis].tokens.mixed();
  axes[axis] = Axis{axes[axis].size, "", records, tokens};
  Attributes attributes;
  attributes.axis = axis;
  return in.node(Op::Concat, parts, attributes, parts[0].dtype, axes, span);
}

Value concat(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "concat", {"parts", "axis?"}, span);
  auto *list = std::get_if<std::shared_ptr<List>>(&taken[0]->value);
  if (!list || (*list)->items.empty())
    in.fail(Diag::ValueKind, taken[0]->span, "`concat` takes a list of tensors, this is " + describe(taken[0]->value),
            "concat([a, b], axis = -1)");
  std::vector<TensorValue> parts;
  for (const Value &item : (*list)->items) {
    TensorValue part = in.toTensor(item, taken[0]->span);
    parts.push_back(part.isScalar() ? in.cast(part, DType::F32, span) : part);
  }
  Value axis = taken[1] ? taken[1]->value : Value{Number{-1, true}};
  int64_t at = axisNumber(in, axis, parts[0], taken[1] ? taken[1]->span : span);
  return concatenated(in, std::move(parts), at, span);
}

/// A list of numbers as f32[n].
Value tensorOf(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "tensor", {"numbers"}, span);
  auto *list = std::get_if<std::shared_ptr<List>>(&taken[0]->value);
  if (!list || (*list)->items.empty())
    in.fail(Diag::ValueKind, taken[0]->span, "`tensor` takes a list of numbers, this is " + describe(taken[0]->value),
            "tensor([0.5, 0.25])");
  std::vector<TensorValue> parts;
  for (const Value &item : (*list)->items)
    parts.push_back(in.constant(in.number(item, taken[0]->span, "an item of the list"), DType::F32, {Axis{1, ""}}, span));
  return concatenated(in, std::move(parts), 0, span);
}

Value pad(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "pad", {"x", "axis", "before", "after", "value?"}, span);
  TensorValue x = in.toTensor(taken[0]->value, taken[0]->span);
  int64_t axis = axisNumber(in, taken[1]->value, x, taken[1]->span);
  int64_t before = in.integer(taken[2]->value, taken[2]->span, "`before`"),
          after = in.integer(taken[3]->value, taken[3]->span, "`after`");
  double value = taken[4] ? in.number(taken[4]->value, taken[4]->span, "`value`") : 0;
  if (before < 0 || after < 0)
    in.fail(Diag::IndexRange, before < 0 ? taken[2]->span : taken[3]->span, "pads by a negative number",
            "a slice makes an axis shorter");
  if (before == 0 && after == 0)
    return x;
  std::vector<Axis> axes = x.axes;
  if (value == 0) {
    const Axis &old = axes[axis]; // behind the last token there may be more padding
    axes[axis] = Axis{old.size + before + after, "", old.records.mixed(), before > 0 ? old.tokens.mixed() : old.tokens};
    Attributes attributes;
    attributes.starts.assign(axes.size(), 0);
    attributes.limits.assign(axes.size(), 0);
    attributes.starts[axis] = before;
    attributes.limits[axis] = after;
    return in.node(Op::Pad, {x}, attributes, x.dtype, axes, span);
  }
  auto edge = [&](int64_t size) {
    axes[axis] = Axis{size, ""};
    return in.constant(value, x.dtype, axes, span);
  };
  std::vector<TensorValue> parts{x};
  if (before > 0)
    parts.insert(parts.begin(), edge(before));
  if (after > 0)
    parts.push_back(edge(after));
  return concatenated(in, std::move(parts), axis, span);
}

/// An optional whole number of at least 1.
int64_t positive(BodyEvaluator &in, const std::optional<Arg> &arg, const char *name, int64_t otherwise) {
  if (!arg)
    return otherwise;
  int64_t value = in.integer(arg->value, arg->span, name);
  if (value < 1)
    in.fail(Diag::IndexRange, arg->span, std::string(name) + " is at least 1, this is " + std::to_string(value));
  return value;
}

Value window(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "window", {"x", "axis", "size", "stride?", "dilation?"}, span);
  TensorValue x = in.toTensor(taken[0]->value, taken[0]->span);
  Attributes attributes;
  attributes.axis = axisNumber(in, taken[1]->value, x, taken[1]->span);
  attributes.size = positive(in, taken[2], "`size`", 1);
  attributes.stride = positive(in, taken[3], "`stride`", 1);
  attributes.dilation = positive(in, taken[4], "`dilation`", 1);
  std::vector<Axis> axes = x.axes;
  Axis &axis = axes[attributes.axis];
  int64_t reach = (attributes.size - 1) * attributes.dilation + 1;
  if (reach > axis.size)
    in.fail(Diag::IndexRange, taken[2]->span,
            "a window that reaches over " + std::to_string(reach) + " elements does not fit into axis " +
                std::to_string(attributes.axis) + " of " + describe(x),
            "pad(x, axis = " + std::to_string(attributes.axis) + ", before = …, after = …) makes it longer");
  axis = Axis{(axis.size - reach) / attributes.stride + 1, "", axis.records.mixed(), axis.tokens.mixed()};
  axes.insert(axes.begin() + attributes.axis + 1, Axis{attributes.size, "", x.axes[attributes.axis].records.mixed()});
  return in.node(Op::Window, {x}, attributes, x.dtype, axes, span);
}

Value fold(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "fold", {"x", "axis", "stride?", "dilation?"}, span);
  TensorValue x = in.asF32(taken[0]->value, taken[0]->span);
  Attributes attributes;
  attributes.axis = axisNumber(in, taken[1]->value, x, taken[1]->span);
  if (attributes.axis + 1 >= int64_t(x.axes.size()))
    in.fail(Diag::AxisUnknown, taken[1]->span,
            "`fold` adds up the windows along `axis`, whose elements lie along the axis behind it; there is none in " + describe(x));
  std::vector<Axis> axes = x.axes;
  Axis &axis = axes[attributes.axis], &inside = axes[attributes.axis + 1];
  attributes.size = inside.size;
  attributes.stride = positive(in, taken[2], "`stride`", 1);
  attributes.dilation = positive(in, taken[3], "`dilation`", 1);
  int64_t size = (axis.size - 1) * attributes.stride + (inside.size - 1) * attributes.dilation + 1;
  axis = Axis{size, "", axis.records.with(inside.records).mixed(), axis.tokens.with(inside.tokens).mixed()};
  axes.erase(axes.begin() + attributes.axis + 1);
  return in.node(Op::Fold, {x}, attributes, x.dtype, axes, span);
}

Value broadcastTo(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "broadcast", {"x", "shape"}, span);
  TensorValue x = std::holds_alternative<Number>(taken[0]->value) ? in.asF32(taken[0]->value, span)
                                                                  : in.toTensor(taken[0]->value, taken[0]->span);
  if (x.isScalar())
    x = in.cast(x, DType::F32, span);
  TensorValue target{-1, x.dtype, in.shapeOf(taken[1]->value, taken[1]->span)};
  std::vector<Axis> axes = in.broadcastAxes(x, target, "broadcast", span);
  if (TensorValue{-1, x.dtype, axes}.type() != target.type())
    in.fail(Diag::BroadcastSizes, span, "cannot broadcast " + describe(x) + " to " + describe(target));
  return in.broadcast(x, axes, span);
}

Value iota(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "iota", {"n"}, span);
  TensorValue numbers = in.node(Op::Iota, {}, {}, DType::I32, in.shapeOf(Value{taken[0]->value}, taken[0]->span), span);
  numbers.range = {numbers.axes[0].size, {}, numbers.axes[0].given};
  return numbers;
}

Value randomUniform(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "random_uniform", {"shape?", "like?"}, span);
  if (bool(taken[0]) == bool(taken[1]))
    in.fail(Diag::ArgumentMissing, span, "`random_uniform` takes a shape or a tensor to be like",
            "random_uniform([b, d]), random_uniform(like = x)");
  if (taken[1])
    return in.random(in.toTensor(taken[1]->value, taken[1]->span).axes, span);
  if (in.isTensorLike(taken[0]->value))
    return in.random(in.toTensor(taken[0]->value, taken[0]->span).axes, span);
  return in.random(in.shapeOf(taken[0]->value, taken[0]->span), span);
}

Value einsumOf(BodyEvaluator &in, const Args &args, ast::Span span) {
  if (!args.named.empty())
    in.fail(Diag::ArgumentUnknown, args.named.begin()->second.marked(),
            "`einsum` has no parameter `" + args.named.begin()->first + "`");
  return in.einsum(args, in.current, span);
}

} // namespace

void addLayout(BuiltinTable &table) {
  table["transpose"] = transpose;
  table["permute"] = permute;
  table["concat"] = concat;
  table["pad"] = pad;
  table["window"] = window;
  table["fold"] = fold;
  table["tensor"] = tensorOf;
  table["broadcast"] = broadcastTo;
  table["iota"] = iota;
  table["random_uniform"] = randomUniform;
  table["einsum"] = einsumOf;
}

} // namespace tl
