// Nodes whose axes know their names, records and tokens.
#include "compiler/tensors/Tensors.h"
#include <algorithm>
#include <cmath>
#include <limits>

namespace tl {

TensorValue Tensors::once(std::map<std::string, TensorValue> &known, Op op, const std::string &name, DType dtype,
                          std::vector<Axis> axes, ast::Span span) {
  if (auto found = known.find(name); found != known.end())
    return found->second;
  TensorValue value{-1, dtype, std::move(axes)};
  Attributes attributes;
  attributes.name = name;
  value.node = add(op, {}, attributes, value.type(), span);
  return known[name] = computable(value, span);
}

TensorValue Tensors::input(const std::string &name, DType dtype, std::vector<Axis> axes, ast::Span span) {
  return once(inputs, Op::Input, abi::inputName(building.beside, name), dtype, std::move(axes), span);
}

TensorValue Tensors::scalar(const std::string &name, ast::Span span) {
  return once(scalars, Op::Scalar, name, DType::F64, {}, span);
}

TensorValue Tensors::read(const std::string &variable, const TensorType &type, ast::Span span) {
  std::vector<Axis> axes;
  for (int64_t size : type.shape)
    axes.push_back({size, ""});
  return once(reads, Op::Read, variable, type.dtype, std::move(axes), span);
}

TensorValue Tensors::read(const abi::Table &table, const TensorType &type, ast::Span span) {
  TensorValue value = read(table.variable, type, span);
  into.nodes[size_t(value.node)].table = NodeTable(new abi::Table(table));
  return value;
}

NodeId Tensors::add(Op op, std::vector<NodeId> operands, Attributes attributes, const TensorType &hint, ast::Span span) {
  std::vector<TensorType> types;
  bool isInBody = false;
  for (NodeId operand : operands) {
    types.push_back(nodeOf(operand).type);
    isInBody |= operand >= bodyIds;
  }
  Inferred inferred = inferType(op, types, attributes, hint);
  if (!inferred.error.empty())
    fail(Diag::ShapeMismatch, span, std::string("`") + nameOf(op) + "` does not fit: " + inferred.error);
  Function &place = isInBody ? *body : into;
  place.nodes.push_back({op, std::move(operands), std::move(attributes), std::move(inferred.type), NodePlace(span, originOf(span, "").span)});
  NodeId id = NodeId(place.nodes.size() - 1) + (isInBody ? bodyIds : 0);
  if (!isInBody)
    followProbabilities(id, span);
  return id;
}

TensorValue Tensors::node(Op op, const std::vector<TensorValue> &operands, Attributes attributes, DType dtype,
                          std::vector<Axis> axes, ast::Span span) {
  TensorValue result{-1, dtype, std::move(axes)};
  double elements = 1;
  for (const Axis &axis : result.axes)
    elements *= double(axis.size);
  if (elements > 0x1p40)
    fail(Diag::DimValue, span, describe(result) + " has more than 2^40 elements");
  std::vector<NodeId> ids;
  for (const TensorValue &operand : operands)
    ids.push_back(operand.node);
  result.node = add(op, std::move(ids), std::move(attributes), result.type(), span);
  return result;
}

TensorValue Tensors::constant(double value, DType dtype, std::vector<Axis> axes, ast::Span span) {
  bool fits = dtype == DType::F32   ? std::abs(value) <= std::numeric_limits<float>::max()
              : dtype == DType::I32 ? value >= -0x1p31 && value < 0x1p31
                                    : true;
  if (!fits)
    fail(Diag::NumberDomain, span, spell(Number{value, false}) + " is no " + nameOf(dtype) + ": it is too large");
  return fill(value, dtype, std::move(axes), span);
}

TensorValue Tensors::fill(double value, DType dtype, std::vector<Axis> axes, ast::Span span) {
  Attributes attributes;
  attributes.value = value;
  return node(Op::Constant, {}, attributes, dtype, std::move(axes), span);
}

TensorValue Tensors::cast(const TensorValue &x, DType dtype, ast::Span span) {
  return x.dtype == dtype ? x : node(Op::Cast, {x}, {}, dtype, x.axes, span);
}

TensorValue Tensors::reshape(const TensorValue &x, std::vector<Axis> axes, ast::Span span) {
  TensorValue result{x.node, x.dtype, std::move(axes), x.range};
  while (nodeOf(result.node).op == Op::Reshape) // of what was reshaped before, so that views do not pile up
    result.node = nodeOf(result.node).operands[0];
  if (result.type() == nodeOf(result.node).type)
    return result;
  if (result.type() == x.type())
    return {x.node, x.dtype, result.axes, x.range};
  TensorValue source{result.node, x.dtype, {}};
  result = node(Op::Reshape, {source}, {}, x.dtype, result.axes, span);
  result.range = x.range;
  return result;
}

/// To `axes`, from the right; axes of one element repeat.
TensorValue Tensors::broadcast(const TensorValue &x, const std::vector<Axis> &axes, ast::Span span) {
  TensorValue wanted{x.node, x.dtype, axes, x.range};
  if (wanted.type() == x.type())
    return wanted;
  Attributes attributes;
  std::vector<Axis> kept;
  size_t offset = axes.size() - x.axes.size();
  for (size_t i = 0; i < x.axes.size(); ++i)
    if (x.axes[i].size == axes[offset + i].size) {
      kept.push_back(x.axes[i]);
      attributes.axes.push_back(int64_t(offset + i));
    }
  wanted.node = node(Op::Broadcast, {reshape(x, kept, span)}, attributes, x.dtype, axes, span).node;
  return wanted;
}

/// Where one axis of a single element would let `shorter` meet `longer`: how it gets one, by what it was made of. Else "".
std::string Tensors::axisMend(const std::vector<Axis> &longer, const TensorValue &shorter) const {
  size_t rank = shorter.axes.size();
  if (rank + 1 != longer.size() || rank == 0 || shorter.node < 0)
    return "";
  for (size_t gap = longer.size(); gap-- > 0;) {
    bool fits = true;
    for (size_t i = 0; fits && i < rank; ++i) {
      int64_t size = shorter.axes[i].size;
      fits = size == 1 || size == longer[i < gap ? i : i + 1].size;
    }
    if (!fits)
      continue;
    std::string index;
    for (size_t i = 0; i <= gap; ++i)
      index += (i ? ", " : "") + std::string(i == gap ? "none" : ":");
    const Node *made = &nodeOf(shorter.node); // a mean is a sum times a number
    while ((made->op == Op::Mul || made->op == Op::Div || made->op == Op::Sqrt || made->op == Op::Add) && !made->operands.empty())
      made = &nodeOf(made->operands[0]);
    bool isReduced = made->op == Op::ReduceSum || made->op == Op::ReduceMax;
    return isReduced ? "`keep = true` of the reduction keeps its axis, with one element; `y[" + index + "]` puts one in"
                     : "`y[" + index + "]` puts in an axis of one element";
  }
  return "";
}

std::vector<Axis> Tensors::broadcastAxes(const TensorValue &lhs, const TensorValue &rhs, const std::string &what,
                                         ast::Span span) {
  const auto &longer = lhs.axes.size() >= rhs.axes.size() ? lhs.axes : rhs.axes;
  const auto &shorter = lhs.axes.size() >= rhs.axes.size() ? rhs.axes : lhs.axes;
  std::vector<Axis> axes = longer;
  size_t offset = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) {
    Axis &axis = axes[offset + i];
    const Axis &other = shorter[i];
    if (axis.size != other.size && axis.size != 1 && other.size != 1)
      fail(Diag::BroadcastSizes, span,
           "cannot " + what + " " + describe(lhs) + " and " + describe(rhs) + ": axis " +
               std::to_string(int64_t(i) - int64_t(shorter.size())) + " has " +
               std::to_string(lhs.axes[lhs.axes.size() - shorter.size() + i].size) + " elements on the left and " +
               std::to_string(rhs.axes[rhs.axes.size() - shorter.size() + i].size) + " on the right",
           axisMend(longer, lhs.axes.size() >= rhs.axes.size() ? rhs : lhs));
    if (axis.size == 1 && other.size != 1) {
      axis = other;
    } else if (axis.size == other.size) {
      axis.records = axis.records.with(other.records);
      axis.tokens = axis.tokens.with(other.tokens);
      if (axis.name.empty())
        axis.name = other.name;
      if (!axis.given.line)
        axis.given = other.given;
      if (!axis.classes)
        axis.classes = other.classes;
    }
  }
  return axes;
}

TensorValue Tensors::elementwise(Op op, const TensorValue &lhs, const TensorValue &rhs, ast::Span span) {
  bool isComparison = op >= Op::Eq && op <= Op::Ge;
  return node(op, {lhs, rhs}, {}, isComparison ? DType::I1 : lhs.dtype, lhs.axes, span);
}

TensorValue Tensors::slice(const TensorValue &x, const std::vector<int64_t> &starts,
                           const std::vector<int64_t> &limits, ast::Span span) {
  std::vector<Axis> axes = x.axes;
  bool isWhole = true;
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i].size != limits[i] - starts[i]) {
      bool isFirst = starts[i] == 0 && limits[i] == 1; // which is always a real record
      axes[i] = Axis{limits[i] - starts[i], "", isFirst ? Records{} : axes[i].records.mixed(), axes[i].tokens.from(starts[i])};
      isWhole = false;
    }
  if (isWhole)
    return x;
  Attributes attributes;
  attributes.starts = starts;
  attributes.limits = limits;
  attributes.strides.assign(axes.size(), 1);
  TensorValue part = node(Op::Slice, {x}, attributes, x.dtype, axes, span);
  part.range = x.range;
  return part;
}

TensorValue Tensors::reduce(Op op, const TensorValue &x, const std::vector<int64_t> &axes, ast::Span span) {
  std::vector<Axis> kept;
  for (size_t i = 0; i < x.axes.size(); ++i)
    if (std::find(axes.begin(), axes.end(), int64_t(i)) == axes.end())
      kept.push_back(x.axes[i]);
  if (axes.empty())
    return x;
  if (std::any_of(axes.begin(), axes.end(), [&](int64_t axis) { return bool(x.axes[axis].records); }))
    for (Axis &axis : kept)
      axis.tokens = {}; // Padding went with the records.
  Attributes attributes;
  if (op == Op::ArgMax)
    attributes.axis = axes[0];
  else
    attributes.axes = axes;
  return node(op, {x}, attributes, op == Op::ArgMax ? DType::I32 : x.dtype, kept, span);
}

TensorValue Tensors::restore(const TensorValue &reduced, const TensorValue &x, const std::vector<int64_t> &axes,
                             ast::Span span) {
  std::vector<Axis> kept = x.axes;
  for (int64_t axis : axes)
    kept[axis] = Axis{1, ""};
  return reshape(reduced, kept, span);
}

} // namespace tl
