// How each op that is not elementwise keeps records apart. An op that is missing here mixes them: what is not known to keep them apart
// does not.
#include "compiler/ir/TlDialect.h"
#include "llvm/ADT/STLExtras.h"

namespace tl::ir {
using namespace mlir;
using Operands = ArrayRef<OperandRecords>;

RecordAxes intersection(ArrayRef<RecordAxis> a, ArrayRef<RecordAxis> b) {
  RecordAxes both;
  for (RecordAxis axis : a)
    if (llvm::is_contained(b, axis))
      both.push_back(axis);
  return both;
}

RecordAxes axesOfAll(Operands operands) {
  RecordAxes all = operands.front().axes;
  for (const OperandRecords &operand : operands.drop_front())
    all = intersection(all, operand.axes);
  return all;
}

static int64_t product(ArrayRef<int64_t> sizes) { return llvm::product_of(sizes); }

/// Of a value that depends on nothing: the axes that hold a whole number of rows for each record.
static RecordAxes equalAlong(Value out, int64_t batch, llvm::function_ref<bool(int64_t)> holds) {
  RecordAxes equal;
  for (auto [axis, size] : llvm::enumerate(typeOf(out).shape))
    if (size % batch == 0 && holds(int64_t(axis)))
      equal.push_back({int64_t(axis), size / batch});
  return equal;
}

/// `to` says where an axis of the only operand went; negative: its records do not stay apart.
static RecordAxes moved(const OperandRecords &operand, llvm::function_ref<int64_t(int64_t)> to) {
  RecordAxes result;
  for (RecordAxis each : operand.axes)
    if (int64_t axis = to(each.axis); axis >= 0)
      result.push_back({axis, each.inner});
  return result;
}

static RecordAxes reduced(const OperandRecords &operand, ArrayRef<int64_t> gone) {
  return moved(operand, [&](int64_t axis) {
    return llvm::is_contained(gone, axis) ? -1 : axis - llvm::count_if(gone, [&](int64_t other) { return other < axis; });
  });
}

RecordAxes ConstantOp::recordAxes(Operands, int64_t batch) {
  return equalAlong(getOut(), batch, [](int64_t) { return true; });
}

RecordAxes IotaOp::recordAxes(Operands, int64_t batch) {
  return equalAlong(getOut(), batch, [&](int64_t axis) { return axis != int64_t(getAxis()); });
}

RecordAxes ReduceSumOp::recordAxes(Operands operands, int64_t) { return reduced(operands[0], getAxes()); }
RecordAxes ReduceMaxOp::recordAxes(Operands operands, int64_t) { return reduced(operands[0], getAxes()); }
RecordAxes ArgMaxOp::recordAxes(Operands operands, int64_t) { return reduced(operands[0], {int64_t(getAxis())}); }

RecordAxes ArgSortOp::recordAxes(Operands operands, int64_t) {
  int64_t last = getX().getType().getRank() - 1;
  return moved(operands[0], [&](int64_t axis) { return axis == last ? -1 : axis; });
}

/// A loop of the result over the records of each operand that has any.
RecordAxes ContractOp::recordAxes(Operands operands, int64_t batch) {
  RecordAxes result;
  std::vector<int64_t> out = typeOf(getOut()).shape;
  for (auto [axis, loop] : llvm::enumerate(getOutIndices())) {
    if (out[axis] % batch)
      continue;
    auto isApart = [&, loop = loop, axis = axis](const OperandRecords &operand, ArrayRef<int64_t> loops) {
      auto found = llvm::find(loops, loop);
      return found == loops.end() ? operand.isFixed
                                  : llvm::is_contained(operand.axes, RecordAxis{found - loops.begin(), out[axis] / batch});
    };
    if (isApart(operands[0], getLhsIndices()) && isApart(operands[1], getRhsIndices()))
      result.push_back({int64_t(axis), out[axis] / batch});
  }
  return result;
}

/// The axis may take up the axes behind it or give some of its own away, never mix with one before it.
RecordAxes ReshapeOp::recordAxes(Operands operands, int64_t batch) {
  std::vector<int64_t> in = typeOf(getX()).shape, out = typeOf(getOut()).shape;
  RecordAxes result;
  for (RecordAxis each : operands[0].axes) {
    int64_t before = product(ArrayRef(in).take_front(size_t(each.axis)));
    for (size_t axis = 0; axis < out.size(); ++axis)
      if (product(ArrayRef(out).take_front(axis)) == before && out[axis] % batch == 0)
        result.push_back({int64_t(axis), out[axis] / batch});
  }
  return result;
}

RecordAxes BroadcastOp::recordAxes(Operands operands, int64_t batch) {
  RecordAxes result = moved(operands[0], [&](int64_t axis) { return getAxes()[size_t(axis)]; });
  if (operands[0].isFixed)
    result.append(equalAlong(getOut(), batch, [&](int64_t axis) { return !llvm::is_contained(getAxes(), axis); }));
  return result;
}

RecordAxes TransposeOp::recordAxes(Operands operands, int64_t) {
  return moved(operands[0], [&](int64_t axis) { return llvm::find(getAxes(), axis) - getAxes().begin(); });
}

RecordAxes SliceOp::recordAxes(Operands operands, int64_t) {
  std::vector<int64_t> in = typeOf(getX()).shape, out = typeOf(getOut()).shape;
  return moved(operands[0], [&](int64_t axis) { return out[size_t(axis)] == in[size_t(axis)] ? axis : -1; });
}

RecordAxes PadOp::recordAxes(Operands operands, int64_t) {
  return moved(operands[0], [&](int64_t axis) { return getStarts()[size_t(axis)] + getLimits()[size_t(axis)] ? -1 : axis; });
}

RecordAxes WindowOp::recordAxes(Operands operands, int64_t) {
  int64_t own = int64_t(getAxis());
  return moved(operands[0], [&](int64_t axis) { return axis == own ? -1 : axis + (axis > own); });
}

RecordAxes FoldOp::recordAxes(Operands operands, int64_t) {
  int64_t own = int64_t(getAxis());
  return moved(operands[0], [&](int64_t axis) { return axis == own || axis == own + 1 ? -1 : axis - (axis > own); });
}

RecordAxes ConcatOp::recordAxes(Operands operands, int64_t) {
  RecordAxes kept = axesOfAll(operands);
  llvm::erase_if(kept, [&](RecordAxis each) { return each.axis == int64_t(getAxis()); });
  return kept;
}

RecordAxes GatherOp::recordAxes(Operands operands, int64_t) {
  const OperandRecords &table = operands[0], &ids = operands[1];
  RecordAxes result;
  if (table.isFixed)
    result = ids.axes;
  if (ids.isFixed)
    for (RecordAxis each : table.axes)
      if (each.axis > 0)
        result.push_back({int64_t(typeOf(getIds()).shape.size()) + each.axis - 1, each.inner});
  return result;
}

}  // namespace tl::ir
