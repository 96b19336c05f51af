// The shape rule of every op, in one place: `check` asks it when it makes a node, the verifier of the dialect asks it
// again. `C1 of reduce_sum` stands where that constraint of the op's description (compiler/ir/*.td) is checked: at a
// message, or at the type of the result, with which the verifier compares.
#include "compiler/calculus/Graph.h"
#include <algorithm>
#include <set>

namespace tl {
namespace {

using Types = std::vector<TensorType>;

Inferred fail(std::string error) { return {{}, std::move(error)}; }
std::string number(int64_t value) { return std::to_string(value); }

bool areAxes(const std::vector<int64_t> &axes, size_t rank) {
  std::set<int64_t> seen;
  return std::all_of(axes.begin(), axes.end(),
                     [&](int64_t axis) { return axis >= 0 && axis < int64_t(rank) && seen.insert(axis).second; });
}

/// Every operand has the same type, except the condition of a select, which has its shape.
Inferred inferElementwise(Op op, const Types &operands, const TensorType &hint) {
  const TensorType &value = operands.back();
  for (const TensorType &operand : operands)
    if (operand.shape != value.shape) // C1 of binary, logic, compare, select
      return fail("operands differ: " + toString(operand) + " and " + toString(value));
  for (size_t i = op == Op::Select; i < operands.size(); ++i)
    if (operands[i].dtype != value.dtype) // C1 of binary, compare; C2 of select
      return fail("operands differ: " + toString(operands[i]) + " and " + toString(value));
  if (isNarrow(value.dtype) && op != Op::Cast)
    return fail("operand is " + toString(value) + ", which is stored and not computed with");
  switch (op) {
  case Op::Select:
    if (operands[0].dtype != DType::I1) // C1 of select
      return fail("condition is " + toString(operands[0]) + ", not i1");
    return {value, ""}; // C2 of select
  case Op::Cast:
    for (auto [narrow, other] : {std::pair(value.dtype, hint.dtype), {hint.dtype, value.dtype}})
      if (isNarrow(narrow) && other != narrow && other != computedIn(narrow)) // C2 of cast
        return fail(std::string(nameOf(narrow)) + " is cast from and to " + nameOf(computedIn(narrow)) + " alone, not " + nameOf(other));
    return {{hint.dtype, value.shape}, ""}; // C1 of cast
  case Op::Not:
  case Op::And:
  case Op::Or:
    return value.dtype == DType::I1 ? Inferred{value, ""} : fail("operand is " + toString(value) + ", not i1"); // C1 of unary, logic
  case Op::Eq:
  case Op::Ne:
  case Op::Lt:
  case Op::Le:
  case Op::Gt:
  case Op::Ge:
    if (!isFloat(value.dtype) && value.dtype != DType::I32)
      return fail("operands are " + toString(value) + ", not f32, f64 or i32");
    return {{DType::I1, value.shape}, ""}; // C2 of compare
  case Op::Add:
  case Op::Sub:
  case Op::Mul:
  case Op::Div:
  case Op::Max:
  case Op::Min:
    if (!isFloat(value.dtype) && value.dtype != DType::I32)
      return fail("operands are " + toString(value) + ", not f32, f64 or i32");
    return {value, ""}; // C1 of binary
  default:
    if (!isFloat(value.dtype))
      return fail("operand is " + toString(value) + ", not f32 or f64");
    return {value, ""}; // C1 of unary, binary
  }
}

/// Attributes::indices = {lhs, rhs, out}: the loop that runs along each axis.
Inferred inferContract(const Types &operands, const Attributes &attributes) {
  const auto &indices = attributes.indices;
  if (indices.size() != 3)
    return fail("needs the loops of lhs, rhs and out");
  const DType factor = operands[0].dtype;
  if (factor != operands[1].dtype || (!isFloat(factor) && factor != DType::BF16)) // C5 of contract
    return fail("operands are " + toString(operands[0]) + " and " + toString(operands[1]) +
                ", not both f32, both f64 or both bf16");
  std::vector<std::pair<int64_t, int64_t>> extents; // (loop, size)
  for (int side = 0; side < 2; ++side) {
    const auto &shape = operands[side].shape;
    if (indices[side].size() != shape.size()) // C1 of contract
      return fail(number(int64_t(indices[side].size())) + " loops for " + toString(operands[side]));
    if (std::set<int64_t>(indices[side].begin(), indices[side].end()).size() != shape.size()) // C2 of contract
      return fail("an operand uses a loop twice");
    for (size_t i = 0; i < shape.size(); ++i) {
      auto known = std::find_if(extents.begin(), extents.end(), [&](auto &e) { return e.first == indices[side][i]; });
      if (known == extents.end())
        extents.emplace_back(indices[side][i], shape[i]);
      else if (known->second != shape[i]) // C3 of contract
        return fail("loop " + number(indices[side][i]) + " has sizes " + number(known->second) + " and " +
                    number(shape[i]));
    }
  }
  TensorType type{computedIn(factor), {}}; // C5 of contract
  if (std::set<int64_t>(indices[2].begin(), indices[2].end()).size() != indices[2].size()) // C2 of contract
    return fail("out uses a loop twice");
  for (int64_t loop : indices[2]) {
    auto known = std::find_if(extents.begin(), extents.end(), [&](auto &e) { return e.first == loop; });
    if (known == extents.end()) // C4 of contract
      return fail("loop " + number(loop) + " of out is in no operand");
    type.shape.push_back(known->second); // C1, C3 of contract
  }
  return {type, ""};
}

Inferred inferReduce(const TensorType &operand, const std::vector<int64_t> &axes, DType result) {
  if (!areAxes(axes, operand.shape.size())) // C1 of reduce_sum, reduce_max, argmax
    return fail("axes are not distinct axes of " + toString(operand));
  TensorType type{result, {}}; // C2 of reduce_sum, reduce_max, argmax
  for (size_t i = 0; i < operand.shape.size(); ++i)
    if (std::find(axes.begin(), axes.end(), int64_t(i)) == axes.end())
      type.shape.push_back(operand.shape[i]);
  return {type, ""};
}

Inferred inferBroadcast(const TensorType &operand, const Attributes &attributes, const TensorType &hint) {
  if (attributes.axes.size() != operand.shape.size() || !areAxes(attributes.axes, hint.shape.size()) ||
      !std::is_sorted(attributes.axes.begin(), attributes.axes.end())) // C1 of broadcast
    return fail("axes do not place " + toString(operand) + " in " + toString(hint));
  for (size_t i = 0; i < operand.shape.size(); ++i)
    if (operand.shape[i] != hint.shape[attributes.axes[i]]) // C2 of broadcast
      return fail("axis " + number(int64_t(i)) + " has " + number(operand.shape[i]) + " elements, axis " +
                  number(attributes.axes[i]) + " of the result " + number(hint.shape[attributes.axes[i]]));
  return {{operand.dtype, hint.shape}, ""};
}

Inferred inferSlice(const TensorType &operand, const Attributes &a) {
  size_t rank = operand.shape.size();
  if (a.starts.size() != rank || a.limits.size() != rank || a.strides.size() != rank) // C1 of slice
    return fail("needs a start, limit and stride per axis of " + toString(operand));
  TensorType type{operand.dtype, {}};
  for (size_t i = 0; i < rank; ++i) {
    if (a.starts[i] < 0 || a.limits[i] > operand.shape[i] || a.starts[i] >= a.limits[i] || a.strides[i] < 1) // C2 of slice
      return fail("[" + number(a.starts[i]) + ".." + number(a.limits[i]) + "] is not within axis " +
                  number(int64_t(i)) + " of " + toString(operand));
    type.shape.push_back((a.limits[i] - a.starts[i] + a.strides[i] - 1) / a.strides[i]); // C3 of slice
  }
  return {type, ""};
}

Inferred inferPad(const TensorType &operand, const Attributes &a) {
  if (a.starts.size() != operand.shape.size() || a.limits.size() != operand.shape.size()) // C1 of pad
    return fail("needs before and after per axis of " + toString(operand));
  TensorType type = operand;
  for (size_t i = 0; i < operand.shape.size(); ++i) {
    if (a.starts[i] < 0 || a.limits[i] < 0) // C1 of pad
      return fail("pads by a negative number");
    type.shape[i] += a.starts[i] + a.limits[i]; // C2 of pad
  }
  return {type, ""};
}

Inferred inferConcat(const Types &operands, int64_t axis) {
  if (operands.empty() || axis < 0 || axis >= int64_t(operands[0].shape.size())) // C1 of concat
    return fail("axis " + number(axis) + " does not exist");
  TensorType type = operands[0];
  for (size_t i = 1; i < operands.size(); ++i) {
    TensorType rest = operands[i];
    if (rest.shape.size() != type.shape.size()) // C2 of concat
      return fail("operands differ: " + toString(operands[0]) + " and " + toString(operands[i]));
    int64_t size = rest.shape[axis];
    rest.shape[axis] = type.shape[axis];
    if (rest != type) // C2 of concat
      return fail("operands differ: " + toString(operands[0]) + " and " + toString(operands[i]));
    type.shape[axis] += size; // C3 of concat
  }
  return {type, ""};
}

Inferred inferWindow(const TensorType &operand, const Attributes &a) {
  if (a.axis < 0 || a.axis >= int64_t(operand.shape.size())) // C1 of window
    return fail("axis " + number(a.axis) + " does not exist");
  if (a.size < 1 || a.stride < 1 || a.dilation == 0) // C1 of window
    return fail("size and stride are at least 1, dilation is not 0");
  TensorType type = operand;
  int64_t &axis = type.shape[a.axis], reach = (a.size - 1) * std::abs(a.dilation) + 1;
  if (reach > axis) // C2 of window
    return fail("a window that reaches over " + number(reach) + " elements does not fit into axis " + number(a.axis) +
                " of " + toString(operand));
  axis = (axis - reach) / a.stride + 1; // C3 of window
  type.shape.insert(type.shape.begin() + a.axis + 1, a.size);
  return {type, ""};
}

Inferred inferFold(const TensorType &operand, const Attributes &a, const TensorType &hint) {
  Inferred apart = inferWindow({operand.dtype, hint.shape}, a);
  if (apart.error.empty() && apart.type != operand) // C1 of fold
    return fail("operand is " + toString(operand) + ", the windows of the result are " + toString(apart.type));
  return apart.error.empty() ? Inferred{{operand.dtype, hint.shape}, ""} : apart;
}

Inferred inferGather(const TensorType &table, const TensorType &ids) {
  if (ids.dtype != DType::I32 || table.shape.empty()) // C1 of gather
    return fail("takes a table of rows and i32 ids, not " + toString(table) + " and " + toString(ids));
  TensorType type{table.dtype, ids.shape}; // C2 of gather
  type.shape.insert(type.shape.end(), table.shape.begin() + 1, table.shape.end());
  return {type, ""};
}

Inferred inferScatterAdd(const TensorType &ids, const TensorType &updates, const TensorType &hint) {
  if (hint.shape.empty()) // C2 of scatter_add
    return fail("result has no rows");
  if (isNarrow(hint.dtype))
    return fail("result is " + toString(hint) + ", in which nothing is added up");
  Inferred gathered = inferGather(hint, ids);
  if (gathered.error.empty() && gathered.type != updates) // C1, C2 of scatter_add
    return fail("updates are " + toString(updates) + ", rows by ids are " + toString(gathered.type));
  return gathered.error.empty() ? Inferred{hint, ""} : gathered;
}

Inferred inferPutRows(const TensorType &table, const TensorType &ids, const TensorType &rows) {
  Inferred gathered = inferGather(table, ids);
  if (gathered.error.empty() && ids.shape.size() != 1) // C1 of put_rows
    return fail("ids are " + toString(ids) + ", not a list");
  if (gathered.error.empty() && gathered.type != rows) // C2 of put_rows
    return fail("rows are " + toString(rows) + ", rows by ids are " + toString(gathered.type));
  return gathered.error.empty() ? Inferred{table, ""} : gathered;
}

} // namespace

InferredScan inferScan(const ScanTypes &types) {
  if (types.xs.empty()) // C1 of scan
    return {{}, "walks along nothing"};
  std::vector<TensorType> arguments = types.states;
  for (const TensorType &x : types.xs) {
    if (x.shape.empty() || x.shape[0] != types.xs[0].shape[0]) // C1 of scan
      return {{}, "walks along " + toString(types.xs[0]) + " and " + toString(x)};
    arguments.push_back({x.dtype, {x.shape.begin() + 1, x.shape.end()}});
  }
  arguments.insert(arguments.end(), types.constants.begin(), types.constants.end());
  if (arguments.size() != types.arguments.size()) // C2 of scan
    return {{}, "body takes " + number(int64_t(types.arguments.size())) + " values, not " + number(int64_t(arguments.size()))};
  for (size_t i = 0; i < arguments.size(); ++i)
    if (arguments[i] != types.arguments[i]) // C2 of scan
      return {{}, "argument " + number(int64_t(i)) + " of the body is " + toString(types.arguments[i]) + ", should be " + toString(arguments[i])};
  if (types.yields.size() < types.states.size() || types.yields.empty()) // C3 of scan
    return {{}, "body yields " + number(int64_t(types.yields.size())) + " values for " + number(int64_t(types.states.size())) + " states"};
  InferredScan inferred;
  for (size_t i = 0; i < types.yields.size(); ++i) {
    TensorType type = types.yields[i];
    if (i < types.states.size() && type != types.states[i]) // C3 of scan
      return {{}, "state " + number(int64_t(i)) + " is " + toString(types.states[i]) + " and becomes " + toString(type)};
    if (i >= types.states.size())
      type.shape.insert(type.shape.begin(), types.xs[0].shape[0]);
    inferred.results.push_back(std::move(type));
  }
  return inferred;
}

Inferred inferType(Op op, const Types &operands, const Attributes &attributes, const TensorType &hint) {
  if (operandCount(op) >= 0 && size_t(operandCount(op)) != operands.size())
    return fail("takes " + number(operandCount(op)) + " operands, not " + number(int64_t(operands.size())));
  if (isElementwise(op))
    return inferElementwise(op, operands, hint);
  switch (op) {
  case Op::Constant:
  case Op::Input:
  case Op::Read:
  case Op::Scan: // by inferScan, which knows the body
    return {hint, ""};
  case Op::Iota:
    if (attributes.axis < 0 || attributes.axis >= int64_t(hint.shape.size())) // C1 of iota
      return fail("axis " + number(attributes.axis) + " does not exist");
    return {{DType::I32, hint.shape}, ""};
  case Op::Random:
    return {{DType::F32, hint.shape}, ""};
  case Op::Scalar:
    return {{DType::F64, {}}, ""};
  case Op::Contract:
    return inferContract(operands, attributes);
  case Op::ReduceSum:
  case Op::ReduceMax:
    if (!isFloat(operands[0].dtype))
      return fail("operand is " + toString(operands[0]) + ", not f32 or f64");
    return inferReduce(operands[0], attributes.axes, operands[0].dtype);
  case Op::ArgMax:
    if (isNarrow(operands[0].dtype))
      return fail("operand is " + toString(operands[0]) + ", which is stored and not computed with");
    return inferReduce(operands[0], {attributes.axis}, DType::I32); // C2 of argmax
  case Op::ArgSort:
    if (operands[0].shape.empty()) // C1 of argsort
      return fail("operand is " + toString(operands[0]) + ", which has no axis to sort along");
    if (!isFloat(operands[0].dtype) && operands[0].dtype != DType::I32)
      return fail("operand is " + toString(operands[0]) + ", not f32, f64 or i32");
    return {{DType::I32, operands[0].shape}, ""}; // C2 of argsort
  case Op::Reshape:
    if (hint.elements() != operands[0].elements()) // C1 of reshape
      return fail(toString(operands[0]) + " has " + number(operands[0].elements()) + " elements, the result " +
                  number(hint.elements()));
    return {{operands[0].dtype, hint.shape}, ""}; // C1 of reshape
  case Op::Transpose: {
    if (attributes.axes.size() != operands[0].shape.size() || !areAxes(attributes.axes, operands[0].shape.size())) // C1 of transpose
      return fail("axes are no permutation of those of " + toString(operands[0]));
    TensorType type{operands[0].dtype, {}};
    for (int64_t axis : attributes.axes)
      type.shape.push_back(operands[0].shape[axis]);
    return {type, ""};
  }
  case Op::Broadcast:
    return inferBroadcast(operands[0], attributes, hint);
  case Op::Slice:
    return inferSlice(operands[0], attributes);
  case Op::Pad:
    return inferPad(operands[0], attributes);
  case Op::Concat:
    return inferConcat(operands, attributes.axis);
  case Op::Window:
    return inferWindow(operands[0], attributes);
  case Op::Fold:
    if (!isFloat(operands[0].dtype)) // C2 of fold
      return fail("operand is " + toString(operands[0]) + ", not f32 or f64");
    return inferFold(operands[0], attributes, hint);
  case Op::Gather:
    return inferGather(operands[0], operands[1]);
  case Op::ScatterAdd:
    return inferScatterAdd(operands[0], operands[1], hint);
  case Op::First:
    if (operands[0].dtype != DType::I32 || operands[0].shape.size() != 1) // C1 of first
      return fail("operand is " + toString(operands[0]) + ", not a list of i32");
    return {operands[0], ""};
  case Op::PutRows:
    return inferPutRows(operands[0], operands[1], operands[2]);
  case Op::Write:
  case Op::Output:
    return {operands[0], ""};
  case Op::Yield:
    return {hint, ""};
  case Op::Gradient:
    if (!operands[0].shape.empty()) // C1 of gradient
      return fail("the loss is " + toString(operands[0]) + ", not a scalar");
    if (!isFloat(operands[1].dtype))
      return fail("value is " + toString(operands[1]) + ", not f32 or f64");
    return {operands[1], ""};
  default:
    return fail("no rule");
  }
}

} // namespace tl
