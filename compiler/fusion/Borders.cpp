// Looks through windows for what was padded.
#include "compiler/fusion/Borders.h"
#include "mlir/IR/Builders.h"
#include <map>

using namespace mlir;

namespace tl {
namespace {

constexpr StringRef noted = "tl.borders";

/// The axes of a tensor as steps along those of a padded one that it is a view of; -1: along none.
struct Steps {
  Operation *pad;
  SmallVector<int64_t> axes, strides;
  SmallVector<int64_t> offsets; // by axis of the padded tensor
};

/// Each part of an axis that is parted has a stride of its own; false where axes are joined.
bool reshape(Steps &steps, ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  SmallVector<int64_t> axes, strides(to.size());
  size_t next = 0;
  for (size_t axis = 0; axis < from.size(); ++axis) {
    size_t begin = next;
    for (int64_t size = 1; size < from[axis] || (axis + 1 == from.size() && next < to.size()); ++next) {
      if (next == to.size())
        return false;
      size *= to[next];
      if (from[axis] % size != 0)
        return false;
    }
    axes.append(next - begin, steps.axes[axis]);
    for (int64_t part = int64_t(next) - 1, stride = steps.strides[axis]; part >= int64_t(begin); stride *= to[part--])
      strides[part] = stride;
  }
  steps.axes = axes, steps.strides = strides;
  return next == to.size();
}

/// Through windows and their like down to every tensor that was padded, also within another.
SmallVector<Steps> stepsOf(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  std::optional<Op> kind = op ? kindOf(op) : std::nullopt;
  auto change = [&](auto make) {
    SmallVector<Steps> all = stepsOf(op->getOperand(0));
    llvm::erase_if(all, [&](Steps &steps) { return !make(steps); });
    return all;
  };
  auto choose = [&](Steps &steps, const auto &pairs) { // of axes behind and before
    Steps before = steps;
    steps.axes.assign(shapeOf(tensor).size(), -1);
    steps.strides.assign(shapeOf(tensor).size(), 0);
    for (auto [out, in] : pairs)
      steps.axes[out] = before.axes[in], steps.strides[out] = before.strides[in];
    return true;
  };
  switch (kind.value_or(Op::Input)) {
  case Op::Pad: {
    SmallVector<int64_t> starts = integers(op, "starts");
    SmallVector<Steps> all = change([&](Steps &steps) {
      for (auto [axis, start] : llvm::enumerate(starts))
        if (steps.axes[axis] >= 0)
          steps.offsets[steps.axes[axis]] -= start * steps.strides[axis];
      return true;
    });
    int64_t rank = std::ssize(starts);
    all.push_back({op, llvm::to_vector(llvm::seq<int64_t>(rank)), SmallVector<int64_t>(rank, 1), SmallVector<int64_t>(rank, 0)});
    return all;
  }
  case Op::Transpose:
    return change([&](Steps &steps) { return choose(steps, llvm::enumerate(integers(op, "axes"))); });
  case Op::Broadcast: {
    SmallVector<int64_t> axes = integers(op, "axes");
    return change([&](Steps &steps) { return choose(steps, llvm::zip(axes, llvm::seq<int64_t>(std::ssize(axes)))); });
  }
  case Op::Cast: // 0 stays 0
    return stepsOf(op->getOperand(0));
  case Op::Reshape:
    return change([&](Steps &steps) { return reshape(steps, shapeOf(op->getOperand(0)), shapeOf(tensor)); });
  case Op::Slice:
    return change([&](Steps &steps) {
      for (auto [axis, start, step] : llvm::zip(llvm::seq<size_t>(0, steps.axes.size()), integers(op, "starts"), integers(op, "strides")))
        if (steps.axes[axis] >= 0) {
          steps.offsets[steps.axes[axis]] += start * steps.strides[axis];
          steps.strides[axis] *= step;
        }
      return true;
    });
  case Op::Window: {
    int64_t axis = integer(op, "axis"), size = integer(op, "size"), step = integer(op, "stride"), dilation = integer(op, "dilation");
    return change([&](Steps &steps) {
      int64_t of = steps.axes[axis], stride = steps.strides[axis];
      if (of >= 0) // a negative dilation counts from the end of a window
        steps.offsets[of] += std::max<int64_t>(0, -dilation) * (size - 1) * stride;
      steps.strides[axis] *= step;
      steps.axes.insert(steps.axes.begin() + axis + 1, of);
      steps.strides.insert(steps.strides.begin() + axis + 1, stride * dilation);
      return true;
    });
  }
  default:
    return {};
  }
}

int64_t floorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
int64_t ceilDiv(int64_t a, int64_t b) { return -floorDiv(-a, b); }

} // namespace

std::pair<int64_t, int64_t> Border::range(int64_t x) const {
  int64_t from = low - x * outerStride, to = high - x * outerStride, first, end;
  if (summedStride > 0)
    first = ceilDiv(from, summedStride), end = ceilDiv(to, summedStride);
  else
    first = floorDiv(to, summedStride) + 1, end = floorDiv(from, summedStride) + 1;
  first = std::clamp<int64_t>(first, 0, summedSize);
  return {first, std::clamp(end, first, summedSize)};
}

double Border::share() const {
  int64_t kept = 0;
  for (int64_t x = 0; x < outerSize; ++x) {
    auto [first, end] = range(x);
    kept += end - first;
  }
  return double(kept) / double(outerSize * summedSize);
}

static void addBorders(Operation *contract, int side, const Steps &steps, SmallVector<Border> &into) {
  auto indices = contractIndices(contract);
  SmallVector<int64_t> starts = integers(steps.pad, "starts");
  ArrayRef<int64_t> inside = shapeOf(steps.pad->getOperand(0)), whole = shapeOf(steps.pad->getResult(0)), sizes = shapeOf(contract->getOperand(side));
  auto isSummed = [&](size_t axis) { return !llvm::is_contained(indices[2], indices[side][axis]); };
  for (int64_t padded = 0; padded < std::ssize(whole); ++padded) {
    SmallVector<size_t> along;
    for (auto [axis, of] : llvm::enumerate(steps.axes))
      if (of == padded)
        along.push_back(axis);
    if (whole[padded] == inside[padded] || along.size() != 2 || isSummed(along[0]) == isSummed(along[1]))
      continue;
    auto [outer, summed] = isSummed(along[1]) ? std::pair(along[0], along[1]) : std::pair(along[1], along[0]);
    int64_t low = starts[padded] - steps.offsets[padded];
    if (steps.strides[summed] != 0)
      into.push_back({indices[side][outer], indices[side][summed], sizes[outer], sizes[summed], steps.strides[outer], steps.strides[summed], low, low + inside[padded]});
  }
}

SmallVector<Border> bordersOf(Operation *contract) {
  SmallVector<Border> borders;
  if (auto attribute = contract->getAttrOfType<DenseI64ArrayAttr>(noted)) {
    ArrayRef<int64_t> all = attribute.asArrayRef();
    for (; !all.empty(); all = all.drop_front(8))
      borders.push_back({all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7]});
    return borders;
  }
  for (int side : {0, 1})
    for (const Steps &steps : stepsOf(contract->getOperand(side)))
      addBorders(contract, side, steps, borders);
  return borders;
}

void noteBorders(Operation *contract, ArrayRef<Border> borders) {
  SmallVector<int64_t> all;
  for (const Border &each : borders)
    all.append({each.outer, each.summed, each.outerSize, each.summedSize, each.outerStride, each.summedStride, each.low, each.high});
  if (!all.empty())
    contract->setAttr(noted, DenseI64ArrayAttr::get(contract->getContext(), all));
}

} // namespace tl
