// Which elements belong to which record of the batch, wherever the batch axis went: what reductions in objectives and
// metrics must know, so that records that only fill the batch up do not count.
#include "compiler/tensors/Masks.h"
#include <algorithm>

namespace tl {

/// The records along `axes`, which are those of x in another shape. In row-major order a record's elements come `run` at
/// a time, and the same record again after `period`; an axis knows its record where it alone spans that.
void Masks::carryRecords(const TensorValue &x, std::vector<Axis> &axes) {
  bool isCounted = std::any_of(x.axes.begin(), x.axes.end(), [](const Axis &axis) { return bool(axis.records); });
  for (Axis &axis : axes)
    if (isCounted) { // Else a dimension's name may count records of its own: `iota(b) as [b, 1]`.
      axis.records = {};
      axis.tokens = {};
    }
  int64_t from = 1;
  for (size_t i = x.axes.size(); i-- > 0; from *= x.axes[i].size) {
    carryTokens(x.axes[i], from, axes);
    const Records &records = x.axes[i].records;
    int64_t run = from * records.each, period = run * records.batch, stride = 1;
    for (size_t k = axes.size(); records && k-- > 0; stride *= axes[k].size) {
      int64_t next = stride * axes[k].size;
      if (records.each == 0 ? std::max(from, stride) < std::min(from * x.axes[i].size, next)
                            : std::max(run, stride) < std::min(period, next)) {
        bool isAlone = records.each > 0 && run % stride == 0 && next % period == 0;
        axes[k].records = axes[k].records.with(isAlone ? Records{records.batch, run / stride} : records.mixed());
      }
    }
  }
}

bool Masks::overBatch(const TensorValue &x, const std::vector<int64_t> &axes) const {
  return building.maskBatch &&
         std::any_of(axes.begin(), axes.end(), [&](int64_t axis) { return bool(x.axes[axis].records); });
}

void Masks::noteSum(const TensorValue &sum, const TensorValue &x, const std::vector<int64_t> &axes, int64_t from) {
  for (int64_t axis : axes)
    if (overBatch(x, {axis})) {
      auto [known, isNew] = batchSums.try_emplace(sum.node, Summed{axis - from, x.axes[size_t(axis)].records});
      if (!isNew)
        known->second.records.each = 0;
    }
}

bool Masks::isTraining() const { return building.modeOf && building.modeOf(instance).training; }

void Masks::noteStatistics(ast::Span span) {
  if (building.batchStatistics || !instance || !isTraining())
    return;
  for (const Leaf &leaf : instance->leaves)
    if (leaf.kind == Leaf::Kind::Buffer) {
      building.batchStatistics = {instance->layer, instance->path, span};
      return;
    }
}

/// 1 for an element of a real record, 0 for padding: f32[size] along one axis.
TensorValue Masks::validOf(const Axis &axis, ast::Span span) {
  const Records &records = axis.records;
  if (records.each == 0)
    fail(Diag::RecordsMixed, span,
         "this goes over an axis of " + std::to_string(axis.size) +
             " elements in which the records of the batch can no longer be told from those that only fill it up",
         "reduce over the batch before it is sliced, padded, joined or read in another shape");
  TensorValue valid = input("valid", DType::F32, {{records.batch, "", {records.batch, 1}}}, span);
  if (axis.size == records.batch)
    return valid;
  std::vector<Axis> spread{{axis.size / records.batch / records.each, ""}, valid.axes[0], {records.each, ""}};
  Attributes attributes;
  attributes.axes = {1};
  return reshape(node(Op::Broadcast, {valid}, attributes, DType::F32, spread, span), {axis}, span);
}

/// The same in the shape of x.
TensorValue Masks::validAlong(const TensorValue &x, size_t axis, ast::Span span) {
  TensorValue valid = validOf(x.axes[axis], span);
  Attributes attributes;
  attributes.axes = {int64_t(axis)};
  return x.axes.size() == 1 ? valid : node(Op::Broadcast, {valid}, attributes, DType::F32, x.axes, span);
}

/// x with `neutral` in place of what belongs to padding along `axes`.
TensorValue Masks::masked(TensorValue x, const std::vector<int64_t> &axes, ast::Span span, double neutral) {
  if (!building.maskBatch)
    return x;
  if (overBatch(x, axes))
    noteStatistics(span);
  std::vector<TensorValue> masks;
  for (int64_t axis : axes)
    if (x.axes[axis].records)
      masks.push_back(validAlong(x, size_t(axis), span));
  for (int64_t axis : tokenAxes(x, axes))
    masks.push_back(tokensAlong(x, size_t(axis), span));
  for (const TensorValue &valid : masks) {
    if (neutral == 0) {
      x = elementwise(Op::Mul, x, valid, span);
    } else {
      TensorValue isReal = elementwise(Op::Gt, valid, constant(0, DType::F32, valid.axes, span), span);
      x = node(Op::Select, {isReal, x, fill(neutral, x.dtype, x.axes, span)}, {}, x.dtype, x.axes, span);
    }
  }
  return x;
}

Value Masks::count(const TensorValue &x, const std::vector<int64_t> &axes, ast::Span span) {
  if (!tokenAxes(x, axes).empty())
    return countTokens(x, axes, span);
  double others = 1;
  std::optional<TensorValue> records;
  for (int64_t axis : axes) {
    if (!overBatch(x, {axis})) {
      others *= double(x.axes[axis].size);
      continue;
    }
    TensorValue along = reduce(Op::ReduceSum, validOf(x.axes[axis], span), {0}, span);
    noteSum(along, TensorValue{-1, DType::F32, {x.axes[axis]}}, {0});
    records = records ? elementwise(Op::Mul, *records, along, span) : along;
  }
  return records ? arithmetic("*", *records, Number{others, true}, span) : Value{Number{others, true}};
}

} // namespace tl
