// Tensors that are another tensor in memory read at other strides.
#include "compiler/fusion/Strides.h"

using namespace mlir;

namespace tl {

StridedView wholeView(Value tensor) {
  ArrayRef<int64_t> shape = shapeOf(tensor);
  StridedView view{tensor, SmallVector<int64_t>(shape.size()), 0};
  int64_t stride = 1;
  for (int64_t axis = int64_t(shape.size()) - 1; axis >= 0; stride *= shape[axis--])
    view.strides[axis] = stride;
  return view;
}

StridedView stridedView(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  std::optional<Op> kind = op ? kindOf(op) : std::nullopt;
  auto inner = [&] { return stridedView(op->getOperand(0)); };
  switch (kind.value_or(Op::Input)) {
  case Op::Transpose: {
    StridedView view = inner(), turned = view;
    for (auto [out, in] : llvm::enumerate(integers(op, "axes")))
      turned.strides[out] = view.strides[in];
    return turned;
  }
  case Op::Broadcast: {
    StridedView view = inner(), spread{view.base, SmallVector<int64_t>(shapeOf(tensor).size(), 0), view.offset};
    for (auto [in, out] : llvm::enumerate(integers(op, "axes")))
      spread.strides[out] = view.strides[in];
    return spread;
  }
  case Op::Slice: {
    StridedView view = inner();
    for (auto [stride, start, step] : llvm::zip(view.strides, integers(op, "starts"), integers(op, "strides"))) {
      view.offset += start * stride;
      stride *= step;
    }
    return view;
  }
  case Op::Window: {
    StridedView view = inner();
    int64_t axis = integer(op, "axis"), stride = view.strides[axis], dilation = integer(op, "dilation");
    // A negative dilation counts from the end of a window.
    view.offset += std::max<int64_t>(0, -dilation) * (integer(op, "size") - 1) * stride;
    view.strides[axis] *= integer(op, "stride");
    view.strides.insert(view.strides.begin() + axis + 1, stride * dilation);
    return view;
  }
  default:
    return wholeView(tensor);
  }
}

int64_t laneAxis(ArrayRef<int64_t> shape) {
  for (int64_t axis = int64_t(shape.size()) - 1; axis >= 0; --axis)
    if (shape[axis] > 1)
      return axis;
  return -1;
}

} // namespace tl
