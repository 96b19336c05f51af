// Writing the calculus in C++.
#include "compiler/ir/Build.h"

namespace tl::ir {
using namespace mlir;

Value Build::op(tl::Op word, ValueRange operands, const Attributes &attributes, const tl::TensorType &hint) {
  return make(b, loc, word, operands, attributes, hint)->getResult(0);
}

Value Build::constant(double value, const tl::TensorType &type) {
  return op(tl::Op::Constant, {}, {.value = value}, type);
}

Value Build::cast(Value x, DType dtype) { return typeOf(x).dtype == dtype ? x : op(tl::Op::Cast, {x}, {}, {dtype, typeOf(x).shape}); }

Value Build::contract(Value lhs, Value rhs, std::vector<int64_t> lhsLoops, std::vector<int64_t> rhsLoops,
                      std::vector<int64_t> outLoops) {
  return op(tl::Op::Contract, {lhs, rhs}, {.indices = {lhsLoops, rhsLoops, outLoops}});
}

Value Build::reduceSum(Value x, std::vector<int64_t> axes) {
  return axes.empty() ? x : op(tl::Op::ReduceSum, {x}, {.axes = std::move(axes)});
}

Value Build::reshape(Value x, std::vector<int64_t> shape) {
  tl::TensorType type = typeOf(x);
  return type.shape == shape ? x : op(tl::Op::Reshape, {x}, {}, {type.dtype, std::move(shape)});
}

Value Build::transpose(Value x, std::vector<int64_t> axes) {
  return op(tl::Op::Transpose, {x}, {.axes = std::move(axes)});
}

Value Build::broadcast(Value x, std::vector<int64_t> axes, std::vector<int64_t> shape) {
  tl::TensorType type = typeOf(x);
  return type.shape == shape ? x
                             : op(tl::Op::Broadcast, {x}, {.axes = std::move(axes)}, {type.dtype, std::move(shape)});
}

Value Build::slice(Value x, std::vector<int64_t> starts, std::vector<int64_t> limits) {
  std::vector<int64_t> ones(starts.size(), 1);
  return slice(x, std::move(starts), std::move(limits), ones);
}

Value Build::slice(Value x, std::vector<int64_t> starts, std::vector<int64_t> limits, std::vector<int64_t> strides) {
  return op(tl::Op::Slice, {x},
            {.starts = std::move(starts), .limits = std::move(limits), .strides = std::move(strides)});
}

Value Build::pad(Value x, std::vector<int64_t> before, std::vector<int64_t> after) {
  return op(tl::Op::Pad, {x}, {.starts = std::move(before), .limits = std::move(after)});
}

Value Build::window(Value x, int64_t axis, int64_t size, int64_t stride, int64_t dilation) {
  return op(tl::Op::Window, {x}, {.size = size, .stride = stride, .dilation = dilation, .axis = axis});
}

Value Build::fold(Value x, int64_t n, int64_t axis, int64_t size, int64_t stride, int64_t dilation) {
  tl::TensorType type = typeOf(x);
  type.shape.erase(type.shape.begin() + axis + 1);
  type.shape[axis] = n;
  return op(tl::Op::Fold, {x}, {.size = size, .stride = stride, .dilation = dilation, .axis = axis}, type);
}

Value Build::scatterAdd(Value ids, Value updates, const tl::TensorType &table) {
  return op(tl::Op::ScatterAdd, {ids, updates}, {}, table);
}

ScanOp makeScan(OpBuilder &b, const Node &node, ValueRange operands, function_ref<Location(const Node &)> locationOf,
                DType real) {
  auto typed = [&](tl::TensorType type) {
    if (computedIn(type.dtype) == DType::F32)
      type.dtype = real;
    return type;
  };
  size_t states = size_t(node.attributes.states), rows = size_t(node.attributes.walked);
  const std::vector<Node> &nodes = node.body->nodes;
  SmallVector<Type> types;
  auto steps = typeOf(operands[states]).shape[0];
  for (auto [n, id] : llvm::enumerate(nodes.back().operands)) {
    tl::TensorType type = typed(nodes[size_t(id)].type);
    if (n >= states)
      type.shape.insert(type.shape.begin(), steps);
    types.push_back(typeOf(b.getContext(), type));
  }
  auto scan = ScanOp::create(b, locationOf(node), types, operands.take_front(states), operands.slice(states, rows),
                             operands.drop_front(states + rows), node.attributes.isReverse);
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&scan.getBody());
  SmallVector<Location> places(operands.size(), scan.getLoc());
  SmallVector<Type> arguments;
  for (auto [n, operand] : llvm::enumerate(operands)) {
    tl::TensorType type = typeOf(operand);
    if (n >= states && n < states + rows)
      type.shape.erase(type.shape.begin());
    arguments.push_back(typeOf(b.getContext(), type));
  }
  body->addArguments(arguments, places);
  std::vector<Value> values(nodes.size());
  for (size_t id = 0; id < nodes.size(); ++id) {
    const Node &inner = nodes[id];
    SmallVector<Value> taken;
    for (NodeId operand : inner.operands)
      taken.push_back(values[size_t(operand)]);
    if (inner.op == tl::Op::Input)
      values[id] = body->getArgument(unsigned(inner.attributes.argument));
    else if (inner.op == tl::Op::Yield)
      YieldOp::create(b, locationOf(inner), taken);
    else
      values[id] = make(b, locationOf(inner), inner.op, taken, inner.attributes, typed(inner.type))->getResult(0);
  }
  return scan;
}

std::vector<int64_t> otherAxes(ArrayRef<int64_t> axes, int64_t rank) {
  std::vector<int64_t> others;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!llvm::is_contained(axes, axis))
      others.push_back(axis);
  return others;
}

std::vector<int64_t> inverse(ArrayRef<int64_t> axes) {
  std::vector<int64_t> result(axes.size());
  for (auto [i, axis] : llvm::enumerate(axes))
    result[axis] = int64_t(i);
  return result;
}

}  // namespace tl::ir
