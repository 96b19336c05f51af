// take_along, add_along and scatter_add: elements from and to places that other numbers say.
#include "compiler/builtins/Taking.h"
#include <cmath>
#include <numeric>

namespace tl {
namespace {

TensorValue number(BodyEvaluator &in, int64_t value, const TensorValue &like, ast::Span span) {
  return in.constant(double(value), DType::I32, like.axes, span);
}

TensorValue exist(BodyEvaluator &in, const TensorValue &places, int64_t size, ast::Span span) {
  return in.elementwise(Op::And, in.elementwise(Op::Ge, places, number(in, 0, places, span), span),
                        in.elementwise(Op::Lt, places, number(in, size, places, span), span), span);
}

TensorValue select(BodyEvaluator &in, const TensorValue &condition, const TensorValue &a, const TensorValue &b, ast::Span span) {
  return in.node(Op::Select, {condition, a, b}, {}, a.dtype, a.axes, span);
}

TensorValue broadcastFront(BodyEvaluator &in, const TensorValue &x, const std::vector<Axis> &axes, ast::Span span) {
  if (x.axes.size() == axes.size())
    return x;
  Attributes attributes;
  attributes.axes.resize(x.axes.size());
  std::iota(attributes.axes.begin(), attributes.axes.end(), 0);
  return in.node(Op::Broadcast, {x}, attributes, x.dtype, axes, span);
}

/// The axis of x put last, and the order that puts it back.
struct Turned {
  Turned(BodyEvaluator &in, const TensorValue &x, int64_t axis, ast::Span span) : in(in), span(span) {
    order.resize(x.axes.size());
    std::iota(order.begin(), order.end(), 0);
    std::swap(order[size_t(axis)], order.back());
    value = permuted(in, x, order, span);
  }
  TensorValue back(const TensorValue &y) const { return permuted(in, y, order, span); }
  std::vector<Axis> rows() const {
    int64_t size = value.axes.back().size;
    return {Axis{value.type().elements() / size}, Axis{size}};
  }

  BodyEvaluator &in;
  ast::Span span;
  std::vector<int64_t> order;
  TensorValue value;
};

/// Places within rows [rows, k] as places within all rows of `size` elements, one behind the other.
TensorValue withinAll(BodyEvaluator &in, const TensorValue &places, int64_t size, ast::Span span) {
  if (places.axes[0].size == 1)
    return places;
  if (double elements = double(places.axes[0].size) * double(size); elements >= 0x1p31)
    in.fail(Diag::DimValue, span, "places are told apart up to 2^31 - 1, and there are " + std::to_string(int64_t(elements)) + " elements here");
  TensorValue row = in.node(Op::Iota, {}, {}, DType::I32, places.axes, span);
  return in.elementwise(Op::Add, places, in.elementwise(Op::Mul, row, number(in, size, row, span), span), span);
}

TensorValue asPlaces(BodyEvaluator &in, const Arg &arg) {
  TensorValue places = in.toTensor(arg.value, arg.span);
  if (places.dtype != DType::I32)
    in.fail(Diag::DtypeMismatch, arg.span, "places are i32 numbers, this is " + describe(places), "`to_int(x)` makes it i32");
  return places;
}

/// x and places have one shape but along the axis, where each row of places has as many as it likes.
void requireRows(BodyEvaluator &in, const TensorValue &x, const TensorValue &places, int64_t axis, const char *callee, ast::Span span) {
  bool fits = x.axes.size() == places.axes.size();
  for (size_t i = 0; fits && i < x.axes.size(); ++i)
    fits = int64_t(i) == axis || x.axes[i].size == places.axes[i].size;
  if (!fits)
    in.fail(Diag::BroadcastSizes, span,
            std::string("`") + callee + "` needs the places of each row: " + describe(x) + " and " + describe(places) + " differ in other axes than axis " +
                std::to_string(axis),
            "`table[ids]` takes whole rows, `scatter_add(table, ids, rows)` adds to them");
}

Value takeAlong(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "take_along", {"x", "places", "axis?"}, span);
  TensorValue x = in.toTensor(taken[0]->value, taken[0]->span), places = asPlaces(in, *taken[1]);
  int64_t axis = axisNumber(in, taken[2] ? taken[2]->value : Value{Number{-1, true}}, x, taken[2] ? taken[2]->span : taken[0]->span);
  requireRows(in, x, places, axis, "take_along", span);
  in.needPlaces(places, {x.axes[size_t(axis)].size, {}, x.axes[size_t(axis)].given}, span);
  return takenAlong(in, x, places, axis, span);
}

/// `values` added up by the places that `ids` [i..] name of a table, as scatter_add has it: its first axes are those of ids.
/// What fills batches and records up along `summed` of them counts as 0. A place that does not exist is NaN in some place that does.
TensorValue addedUp(BodyEvaluator &in, TensorValue ids, TensorValue values, int64_t size, const std::vector<int64_t> &summed,
                    const std::function<TensorValue(TensorValue ids, TensorValue values)> &add, ast::Span span) {
  TensorValue real = exist(in, ids, size, span);
  TensorValue wrong = in.masked(in.cast(in.node(Op::Not, {real}, {}, DType::I1, real.axes, span), DType::F32, span), summed, span);
  TensorValue isWrong = in.elementwise(Op::Gt, wrong, in.constant(0, DType::F32, wrong.axes, span), span);
  bool isSum = in.overBatch(values, summed);
  values = in.masked(values, summed, span);
  values = select(in, broadcastFront(in, isWrong, values.axes, span), in.fill(NAN, DType::F32, values.axes, span), values, span);
  TensorValue total = add(select(in, real, ids, number(in, 0, ids, span), span), values);
  if (isSum)
    in.batchSums.try_emplace(total.node, Masks::Summed{0, Records{1, 0}}); // its records can no longer be told apart
  return total;
}

TensorValue onto(BodyEvaluator &in, const TensorValue &into, const TensorValue &total, ast::Span span) {
  const Node *made = &in.nodeOf(into.node);
  while (made->op == Op::Broadcast || made->op == Op::Reshape)
    made = &in.nodeOf(made->operands[0]);
  if (made->op == Op::Constant && made->attributes.value.number == 0) // so that sums over the records stay such
    return {total.node, total.dtype, in.broadcastAxes(into, total, "add", span)};
  return std::get<TensorValue>(in.arithmetic("+", into, total, span));
}

Value addAlong(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "add_along", {"into", "places", "values", "axis?"}, span);
  TensorValue into = in.asF32(taken[0]->value, taken[0]->span), places = asPlaces(in, *taken[1]), values = in.asF32(taken[2]->value, taken[2]->span);
  int64_t axis = axisNumber(in, taken[3] ? taken[3]->value : Value{Number{-1, true}}, into, taken[3] ? taken[3]->span : taken[0]->span);
  requireRows(in, into, places, axis, "add_along", span);
  const Axis &own = into.axes[size_t(axis)];
  in.needPlaces(places, {own.size, {}, own.given}, span);
  if (std::vector<Axis> both = in.broadcastAxes(values, places, "add at places", span); TensorValue{-1, DType::I32, both}.type() != places.type())
    in.fail(Diag::BroadcastSizes, span, "`add_along` needs a value for each place: " + describe(values) + " and " + describe(places));
  values = in.broadcast(values, places.axes, span);
  Turned sums(in, into, axis, span);
  auto add = [&](const TensorValue &ids, const TensorValue &numbers) {
    Turned of(in, ids, axis, span), what(in, numbers, axis, span);
    std::vector<Axis> rows = sums.rows(), flat{Axis{rows[0].size * rows[1].size}};
    TensorValue all = withinAll(in, in.reshape(of.value, of.rows(), span), own.size, span);
    TensorValue total = in.node(Op::ScatterAdd, {all, in.reshape(what.value, of.rows(), span)}, {}, DType::F32, flat, span);
    std::vector<Axis> axes = what.value.axes;
    axes.back() = Axis{own.size, own.name};
    return sums.back(in.reshape(total, axes, span));
  };
  return onto(in, into, addedUp(in, places, values, own.size, {axis}, add, span), span);
}

Value scatterAdd(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "scatter_add", {"into", "ids", "rows", "axis?"}, span);
  TensorValue into = in.asF32(taken[0]->value, taken[0]->span), ids = asPlaces(in, *taken[1]), rows = in.asF32(taken[2]->value, taken[2]->span);
  int64_t axis = axisNumber(in, taken[3] ? taken[3]->value : Value{Number{0, true}}, into, taken[3] ? taken[3]->span : taken[0]->span);
  const Axis &own = into.axes[size_t(axis)];
  in.needPlaces(ids, {own.size, {}, own.given}, span);
  // What into[ids] would be, with the axes of ids in place of the axis.
  std::vector<Axis> wanted = into.axes;
  wanted.erase(wanted.begin() + axis);
  wanted.insert(wanted.begin() + axis, ids.axes.begin(), ids.axes.end());
  TensorValue named{-1, DType::F32, wanted};
  std::vector<Axis> axes = in.broadcastAxes(rows, named, "add at rows", span);
  if (TensorValue{-1, DType::F32, axes}.type() != named.type())
    in.fail(Diag::BroadcastSizes, span, "`scatter_add` needs what " + describe(ids) + " name of " + describe(into) + ", " + describe(named) + "; this is " + describe(rows));
  rows = in.broadcast(rows, axes, span);
  // The axes of ids first, then back.
  std::vector<int64_t> first(axes.size()), back(into.axes.size()), summed(ids.axes.size());
  int64_t count = int64_t(ids.axes.size());
  for (int64_t i = 0; i < int64_t(axes.size()); ++i)
    first[size_t(i)] = i < count ? axis + i : i < count + axis ? i - count
                                                               : i;
  for (int64_t i = 0; i < int64_t(back.size()); ++i)
    back[size_t(i)] = i < axis ? i + 1 : i == axis ? 0
                                                   : i;
  std::iota(summed.begin(), summed.end(), 0);
  auto add = [&](const TensorValue &places, const TensorValue &values) {
    std::vector<Axis> table(values.axes.begin() + count, values.axes.end());
    table.insert(table.begin(), Axis{own.size, own.name});
    return permuted(in, in.node(Op::ScatterAdd, {places, values}, {}, DType::F32, table, span), back, span);
  };
  return onto(in, into, addedUp(in, ids, permuted(in, rows, first, span), own.size, summed, add, span), span);
}
} // namespace

TensorValue takenAlong(BodyEvaluator &in, const TensorValue &x, const TensorValue &places, int64_t axis, ast::Span span) {
  Turned from(in, x, axis, span), of(in, places, axis, span);
  std::vector<Axis> rows = from.rows(), axes = of.value.axes;
  TensorValue ids = in.reshape(of.value, of.rows(), span);
  TensorValue all = withinAll(in, ids, rows[1].size, span);
  if (rows[0].size > 1) // what is behind the end of a row is none of another
    all = select(in, exist(in, ids, rows[1].size, span), all, number(in, -1, ids, span), span);
  TensorValue found = in.node(Op::Gather, {in.reshape(from.value, {Axis{rows[0].size * rows[1].size}}, span), all}, {}, x.dtype, ids.axes, span);
  for (size_t i = 0; i + 1 < axes.size(); ++i) {
    axes[i].records = axes[i].records.with(from.value.axes[i].records);
    axes[i].tokens = axes[i].tokens.with(from.value.axes[i].tokens);
  }
  found = of.back(in.reshape(found, axes, span));
  found.range = x.range;
  return found;
}

void addPlaces(BuiltinTable &table) {
  table["take_along"] = takeAlong;
  table["add_along"] = addAlong;
  table["scatter_add"] = scatterAdd;
}

} // namespace tl
