// sort and argsort: along an axis, padding behind all else.
#include "compiler/builtins/Taking.h"
#include <cmath>
#include <limits>

namespace tl {
namespace {

struct Ordered {
  TensorValue x, places;
  int64_t axis;
};

/// What fills records and batches up comes last: equal elements stay in their order, and it stands behind those that count.
double lastOf(DType dtype, bool isDescending) {
  if (dtype == DType::I32)
    return isDescending ? std::numeric_limits<int32_t>::min() : std::numeric_limits<int32_t>::max();
  return isDescending ? -INFINITY : NAN;
}

Ordered ordered(BodyEvaluator &in, const Args &args, const char *callee, ast::Span span) {
  auto taken = take(in, args, callee, {"x", "axis?", "descending?"}, span);
  TensorValue x = in.toTensor(taken[0]->value, taken[0]->span);
  if (x.dtype != DType::I32)
    x = in.asF32(x, taken[0]->span);
  if (x.axes.empty())
    in.fail(Diag::AxisUnknown, taken[0]->span, std::string("`") + callee + "` needs an axis to sort along, this is " + describe(x));
  int64_t axis = taken[1] ? axisNumber(in, taken[1]->value, x, taken[1]->span) : int64_t(x.axes.size()) - 1;
  Attributes attributes;
  attributes.isReverse = flag(in, taken[2]);
  std::vector<int64_t> order;
  for (int64_t i = 0; i < int64_t(x.axes.size()); ++i)
    order.push_back(i);
  std::swap(order[size_t(axis)], order.back()); // its own inverse
  TensorValue turned = permuted(in, in.masked(x, {axis}, span, lastOf(x.dtype, attributes.isReverse)), order, span);
  TensorValue places = permuted(in, in.node(Op::ArgSort, {turned}, attributes, DType::I32, turned.axes, span), order, span);
  Axis &sorted = places.axes[size_t(axis)];
  if (sorted.records && sorted.records.each == 1)
    sorted.records.isTurned = true;
  else
    sorted.records = sorted.records.mixed();
  sorted.tokens = sorted.tokens.mixed();
  sorted.classes = nullptr;
  places.range = {sorted.size, {}, sorted.given};
  return {x, places, axis};
}

Value argsort(BodyEvaluator &in, const Args &args, ast::Span span) { return ordered(in, args, "argsort", span).places; }

/// By the places, so that its derivative is that of taking.
Value sort(BodyEvaluator &in, const Args &args, ast::Span span) {
  Ordered found = ordered(in, args, "sort", span);
  return takenAlong(in, found.x, found.places, found.axis, span);
}
} // namespace

void addOrder(BuiltinTable &table) {
  table["sort"] = sort;
  table["argsort"] = argsort;
}

} // namespace tl
