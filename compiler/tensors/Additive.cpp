// Sums over the records of a batch.
#include "compiler/tensors/Additive.h"
#include <algorithm>

namespace tl {

bool Additive::is(NodeId id) const {
  if (in.batchSums.count(id))
    return true;
  const Node &node = in.nodeOf(id);
  auto each = [&](NodeId operand) { return is(operand); };
  switch (node.op) {
  case Op::Neg:
  case Op::Cast:
  case Op::Reshape:
  case Op::Transpose:
  case Op::Broadcast:
  case Op::Slice:
    return is(node.operands[0]);
  case Op::Add:
  case Op::Sub:
  case Op::Concat:
    return std::all_of(node.operands.begin(), node.operands.end(), each);
  case Op::Mul:
    return (is(node.operands[0]) && isFixed(node.operands[1])) || (is(node.operands[1]) && isFixed(node.operands[0]));
  case Op::Div:
    return is(node.operands[0]) && isFixed(node.operands[1]);
  default:
    return false;
  }
}

bool Additive::isFixed(NodeId id) const {
  const Node &node = in.nodeOf(id);
  return node.op != Op::Input && node.op != Op::Random && std::all_of(node.operands.begin(), node.operands.end(), [&](NodeId operand) { return isFixed(operand); });
}

TensorValue Additive::asTensor(NodeId id) const {
  const TensorType &type = in.nodeOf(id).type;
  TensorValue made{id, type.dtype, {}};
  for (int64_t size : type.shape)
    made.axes.push_back({size, ""});
  return made;
}

std::optional<TensorValue> Additive::byRecord(NodeId id, ast::Span span) const {
  if (!is(id))
    return std::nullopt;
  if (auto sum = in.batchSums.find(id); sum != in.batchSums.end())
    return unsummed(id, sum->second, span);
  return computed(Node(in.nodeOf(id)), span); // a copy: nodes are about to be added
}

/// The same without that sum, the records in front.
std::optional<TensorValue> Additive::unsummed(NodeId id, const Masks::Summed &summed, ast::Span span) const {
  const int64_t batch = summed.records.batch, each = summed.records.each;
  if (each == 0 || summed.records.isTurned)
    return std::nullopt;
  const Node node = in.nodeOf(id);
  TensorValue rows = asTensor(id);
  rows.axes.insert(rows.axes.begin(), Axis{batch, ""});
  const auto axis = size_t(summed.axis);
  TensorValue x = asTensor(node.operands[0]);
  const int64_t groups = x.axes[axis].size / batch / each;
  if (node.op == Op::Contract) {
    if (groups != 1 || each != 1)
      return std::nullopt;
    Attributes attributes = node.attributes;
    attributes.indices[2].insert(attributes.indices[2].begin(), attributes.indices[0][axis]);
    return in.node(Op::Contract, {x, asTensor(node.operands[1])}, attributes, rows.dtype, rows.axes, span);
  }
  std::vector<int64_t> others; // of x with its axis apart as [groups, batch, each]
  for (int64_t other : node.attributes.axes)
    if (other != summed.axis)
      others.push_back(other < summed.axis ? other : other + 2);
  others.insert(others.end(), {summed.axis, summed.axis + 2});
  std::vector<Axis> apart = x.axes;
  apart[axis] = Axis{groups, ""};
  apart.insert(apart.begin() + summed.axis + 1, {Axis{batch, ""}, Axis{each, ""}});
  std::sort(others.begin(), others.end());
  TensorValue kept = in.reduce(Op::ReduceSum, in.reshape(x, apart, span), others, span);
  const int64_t before = summed.axis + 1 - std::count_if(others.begin(), others.end(), [&](int64_t other) { return other <= summed.axis; });
  if (before == 0)
    return kept;
  Attributes turned;
  turned.axes = {before};
  for (int64_t i = 0; i < std::ssize(kept.axes); ++i)
    if (i != before)
      turned.axes.push_back(i);
  return in.node(Op::Transpose, {kept}, turned, kept.dtype, rows.axes, span);
}

/// What is the same for all records, once for each.
TensorValue Additive::inRows(NodeId fixed, int64_t batch, ast::Span span) const {
  TensorValue one = asTensor(fixed);
  std::vector<Axis> axes = one.axes;
  axes.insert(axes.begin(), Axis{batch, ""});
  return in.broadcast(one, axes, span);
}

/// Of what is computed with such sums.
std::optional<TensorValue> Additive::computed(const Node &sum, ast::Span span) const {
  std::vector<std::optional<TensorValue>> rows;
  std::optional<int64_t> batch;
  for (NodeId operand : sum.operands) {
    rows.push_back(byRecord(operand, span));
    if (rows.back())
      batch = rows.back()->axes[0].size;
    else if (is(operand))
      return std::nullopt;
  }
  if (!batch)
    return std::nullopt;
  std::vector<Axis> axes{{*batch, ""}};
  for (int64_t size : sum.type.shape)
    axes.push_back({size, ""});
  if (sum.op == Op::Reshape)
    return in.reshape(*rows[0], axes, span);
  std::vector<TensorValue> operands;
  for (size_t i = 0; i < rows.size(); ++i)
    operands.push_back(rows[i] ? *rows[i] : inRows(sum.operands[i], *batch, span));
  Attributes attributes = sum.attributes;
  if (sum.op == Op::Transpose || sum.op == Op::Broadcast) {
    for (int64_t &axis : attributes.axes)
      ++axis;
    attributes.axes.insert(attributes.axes.begin(), 0);
  } else if (sum.op == Op::Slice) {
    attributes.starts.insert(attributes.starts.begin(), 0);
    attributes.limits.insert(attributes.limits.begin(), *batch);
    attributes.strides.insert(attributes.strides.begin(), 1);
  } else if (sum.op == Op::Concat) {
    ++attributes.axis;
  }
  return in.node(sum.op, operands, attributes, sum.type.dtype, axes, span);
}

} // namespace tl
