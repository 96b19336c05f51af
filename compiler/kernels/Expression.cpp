// The value of a tensor at a point.
#include "compiler/kernels/Expression.h"
#include "compiler/fusion/Calculus.h"
#include "compiler/kernels/NarrowFloats.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace tl {

Type registerType(Type element) {
  bool isBits = element.isUnsignedInteger() || isNarrowFloat(element);
  return isBits ? IntegerType::get(element.getContext(), element.getIntOrFloatBitWidth()) : element;
}

Type memoryType(Type element) {
  return element.isInteger(1) ? IntegerType::get(element.getContext(), 8) : registerType(element);
}

Value splatConstant(OpBuilder &b, Location loc, Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr one = isa<FloatType>(element) ? TypedAttr(b.getFloatAttr(element, value))
                  : element.isInteger(1)  ? TypedAttr(b.getBoolAttr(value != 0))
                                          : TypedAttr(b.getIntegerAttr(element, int64_t(value)));
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vector, Attribute(one)));
  return arith::ConstantOp::create(b, loc, one);
}

static bool varies(const Point &point) {
  return llvm::any_of(point, [](const AxisIndex &index) { return index.varies(); });
}

Value Expression::spread(Value scalar) {
  if (isa<VectorType>(scalar.getType()))
    return scalar;
  return vector::BroadcastOp::create(b, loc, VectorType::get({math.lanes}, scalar.getType()), scalar);
}

Value Expression::lanesAt(Value tensor, const Point &point) { return spread(at(tensor, point)); }

Value Expression::at(Value tensor, const Point &point) {
  if (Value value = known.lookup(tensor))
    return value;
  Key key{tensor.getAsOpaquePointer(), {}};
  for (const AxisIndex &index : point)
    key.second.push_back(index.key());
  if (auto found = done.find(key); found != done.end())
    return found->second;
  Operation *op = tensor.getDefiningOp();
  Value value;
  if (buffers.contains(tensor)) {
    value = load(tensor, point);
  } else if (std::optional<Op> kind = kindOf(op); kind && isElementwise(*kind)) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(at(operand, point));
    if (llvm::any_of(operands, [](Value v) { return isa<VectorType>(v.getType()); }))
      for (Value &operand : operands)
        operand = spread(operand);
    value = emitElementwise(b, loc, op, operands);
  } else {
    value = layout(op, point);
  }
  return done[key] = value;
}

Value Expression::load(Value tensor, const Point &point) {
  Value buffer = buffers.lookup(tensor);
  AxisIndex position = math.linear(point, shapeOf(tensor));
  Type memory = cast<MemRefType>(buffer.getType()).getElementType();
  Type inRegister = registerType(elementOf(tensor));
  Value value;
  if (!position.varies()) {
    value = memref::LoadOp::create(b, loc, buffer, position.base);
  } else {
    auto type = VectorType::get({math.lanes}, memory);
    Value zero = splatConstant(b, loc, type, 0);
    if (position.irregular || position.step != 1) {
      Value all = mask ? mask : splatConstant(b, loc, VectorType::get({math.lanes}, b.getI1Type()), 1);
      value = vector::GatherOp::create(b, loc, type, buffer, ValueRange{math.constant(0)}, math.vectorOf(position), all, zero);
    } else if (mask) {
      value = vector::MaskedLoadOp::create(b, loc, type, buffer, ValueRange{position.base}, mask, zero);
    } else {
      value = vector::LoadOp::create(b, loc, type, buffer, ValueRange{position.base});
    }
  }
  if (memory != inRegister) // i1 is stored as a byte
    value = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, value, splatConstant(b, loc, value.getType(), 0));
  return value;
}

void Expression::store(Value value, Value buffer, const AxisIndex &position) {
  Type memory = cast<MemRefType>(buffer.getType()).getElementType();
  if (getElementTypeOrSelf(value.getType()) != memory) {
    auto vector = dyn_cast<VectorType>(value.getType());
    value = arith::ExtUIOp::create(b, loc, vector ? Type(VectorType::get(vector.getShape(), memory)) : memory, value);
  }
  if (DenseElementsAttr which; memory.getIntOrFloatBitWidth() < 32 && mask && position.varies() && matchPattern(mask, m_Constant(&which))) {
    // LLVM 22 makes a masked store of narrowed words with one lane a store of four bytes: what is smaller goes one by one.
    value = spread(value);
    for (auto [lane, isOn] : llvm::enumerate(which.getValues<bool>()))
      if (isOn)
        memref::StoreOp::create(b, loc, vector::ExtractOp::create(b, loc, value, ArrayRef<int64_t>{int64_t(lane)}), buffer,
                                math.add(position.base, int64_t(lane)));
    return;
  }
  if (!position.varies())
    memref::StoreOp::create(b, loc, value, buffer, position.base);
  else if (value = spread(value); mask)
    vector::MaskedStoreOp::create(b, loc, buffer, ValueRange{position.base}, mask, value);
  else
    vector::StoreOp::create(b, loc, value, buffer, ValueRange{position.base});
}

Value Expression::layout(Operation *op, const Point &point) {
  Type element = registerType(elementOf(op->getResult(0)));
  switch (*kindOf(op)) {
  case Op::Constant:
    if (Type narrow = elementOf(op->getResult(0)); isNarrowFloat(narrow))
      return narrowedFloat(b, loc, narrow, splatConstant(b, loc, b.getF32Type(), constantValue(op)));
    return splatConstant(b, loc, element, constantValue(op));
  case Op::Iota: {
    const AxisIndex &index = point[integer(op, "axis")];
    return index.varies() ? math.vectorOf(index) : Value(arith::IndexCastOp::create(b, loc, b.getI32Type(), index.base));
  }
  case Op::Broadcast: {
    Point inner;
    for (int64_t axis : integers(op, "axes"))
      inner.push_back(point[axis]);
    return at(op->getOperand(0), inner);
  }
  case Op::Transpose: {
    SmallVector<int64_t> axes = integers(op, "axes");
    Point inner(axes.size());
    for (auto [out, in] : llvm::enumerate(axes))
      inner[in] = point[out];
    return at(op->getOperand(0), inner);
  }
  case Op::Reshape:
    return at(op->getOperand(0), math.reshape(point, shapeOf(op->getResult(0)), shapeOf(op->getOperand(0))));
  case Op::Slice: {
    SmallVector<int64_t> starts = integers(op, "starts"), strides = integers(op, "strides");
    Point inner;
    for (auto [index, start, stride] : llvm::zip(point, starts, strides))
      inner.push_back(math.shift(math.scale(index, stride), start));
    return at(op->getOperand(0), inner);
  }
  case Op::Pad:
    return padded(op, point);
  case Op::Window: {
    int64_t axis = integer(op, "axis");
    Point inner(point);
    int64_t dilation = integer(op, "dilation"), start = dilation < 0 ? (integer(op, "size") - 1) * -dilation : 0;
    inner[axis] = math.shift(math.add(math.scale(point[axis], integer(op, "stride")), math.scale(point[axis + 1], dilation)), start);
    inner.erase(inner.begin() + axis + 1);
    return at(op->getOperand(0), inner);
  }
  case Op::Fold:
    return folded(op, point);
  case Op::Gather:
    return gather(op, point);
  case Op::Random:
    return random(op, point);
  default:
    llvm_unreachable("a root is evaluated by its kernel");
  }
}

Value Expression::clamp(AxisIndex &index, int64_t size) {
  bool isVector = index.varies();
  Value position = isVector ? math.vectorOf(index) : index.base;
  auto number = [&](int64_t n) { return isVector ? splatConstant(b, loc, position.getType(), n) : math.constant(n); };
  // As unsigned numbers, positions before 0 are past the end too.
  Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, position, number(size));
  Value clamped = arith::SelectOp::create(b, loc, inside, position, number(0));
  index = isVector ? AxisIndex{{}, 0, clamped} : AxisIndex{clamped, 0, {}};
  return inside;
}

AxisIndex Expression::rowAt(Value ids, const Point &point) {
  Value id = at(ids, point);
  if (isa<VectorType>(id.getType()))
    return {{}, 0, id};
  return {arith::IndexCastOp::create(b, loc, b.getIndexType(), id), 0, {}};
}

/// out[ids.., row..] = table[ids[ids..], row..], all bits set where there is no such row.
Value Expression::gather(Operation *op, const Point &point) {
  Value table = op->getOperand(0), ids = op->getOperand(1);
  size_t leading = shapeOf(ids).size();
  Point inner{rowAt(ids, Point(point.begin(), point.begin() + leading))};
  Value exists = clamp(inner[0], shapeOf(table)[0]);
  inner.append(point.begin() + leading, point.end());
  Value value = at(table, inner);
  if (isa<VectorType>(exists.getType()))
    value = spread(value);
  double none = isa<FloatType>(registerType(elementOf(table))) ? std::numeric_limits<double>::quiet_NaN() : -1;
  return arith::SelectOp::create(b, loc, exists, value, splatConstant(b, loc, value.getType(), none));
}

/// out[i] = x[i - before] inside x, 0 outside. Positions outside are clamped before they are loaded.
Value Expression::padded(Operation *op, const Point &point) {
  SmallVector<int64_t> before = integers(op, "starts");
  ArrayRef<int64_t> shape = shapeOf(op->getOperand(0));
  Point inner;
  Value inside;
  bool lanesVary = varies(point);
  for (auto [axis, index] : llvm::enumerate(point)) {
    if (shape[axis] == shapeOf(op->getResult(0))[axis]) {
      inner.push_back(index);
      continue;
    }
    inner.push_back(math.shift(index, -before[axis]));
    Value here = clamp(inner.back(), shape[axis]);
    if (lanesVary)
      here = spread(here);
    inside = inside ? arith::AndIOp::create(b, loc, inside, here).getResult() : here;
  }
  Value value = at(op->getOperand(0), inner);
  if (!inside)
    return value;
  if (isa<VectorType>(inside.getType()))
    value = spread(value);
  return arith::SelectOp::create(b, loc, inside, value, splatConstant(b, loc, value.getType(), 0));
}

Value Expression::isZero(const AxisIndex &index) {
  Value position = index.varies() ? math.vectorOf(index) : index.base;
  Value zero = index.varies() ? splatConstant(b, loc, position.getType(), 0) : math.constant(0);
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, position, zero);
}

/// out[n] = Σⱼ x[(n - place of j) / stride, j] over the j for which there is such a window, in the order of j.
Value Expression::folded(Operation *op, const Point &point) {
  Value x = op->getOperand(0), sum;
  int64_t axis = integer(op, "axis"), size = integer(op, "size"), stride = integer(op, "stride"), dilation = integer(op, "dilation");
  for (int64_t j = 0; j < size; ++j) {
    Point inner(point);
    AxisIndex position = math.shift(point[axis], dilation < 0 ? (size - 1 - j) * dilation : -j * dilation);
    Value exists = clamp(position, (shapeOf(x)[axis] - 1) * stride + 1);
    auto [window, rest] = math.divide(position, stride);
    if (stride > 1)
      exists = arith::AndIOp::create(b, loc, exists, isZero(rest));
    inner[axis] = window;
    inner.insert(inner.begin() + axis + 1, math.at(j));
    Value value = at(x, inner);
    if (isa<VectorType>(exists.getType()))
      value = spread(value);
    value = arith::SelectOp::create(b, loc, exists, value, splatConstant(b, loc, value.getType(), 0));
    sum = sum ? arith::AddFOp::create(b, loc, sum, value).getResult() : value;
  }
  return sum;
}

} // namespace tl
