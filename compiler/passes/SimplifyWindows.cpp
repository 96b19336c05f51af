// Simplify: windows, pads and slices of them, and of contractions. The equation stands above its pattern.
#include "compiler/passes/SimplifyPatterns.h"

namespace tl {
namespace {
using namespace mlir;
using namespace tl::ir;

std::vector<int64_t> list(ArrayRef<int64_t> values) { return values.vec(); }
std::vector<int64_t> shapeOf(Value value) { return typeOf(value).shape; }
bool areOne(ArrayRef<int64_t> values) {
  return llvm::all_of(values, [](int64_t value) { return value == 1; });
}

/// window x → reshape x                              where windows lie side by side: size = stride; what is left over is
///                                                   sliced off
struct WindowsSideBySide : ValuePattern<WindowOp> {
  using ValuePattern::ValuePattern;
  Value equal(WindowOp op, Build m) const override {
    if (op.getSize() != op.getStride() || (op.getSize() > 1 && op.getDilation() != 1))
      return {};
    std::vector<int64_t> shape = shapeOf(op.getX()), zeros(shape.size());
    shape[op.getAxis()] = shapeOf(op.getOut())[op.getAxis()] * op.getSize();
    Value x = shape == shapeOf(op.getX()) ? Value(op.getX()) : m.slice(op.getX(), zeros, shape);
    return m.reshape(x, shapeOf(op.getOut()));
  }
};

/// pad(window x) → window(pad x), along other axes                pad(pad x) → pad x
struct PadOfWindow : ValuePattern<PadOp> {
  using ValuePattern::ValuePattern;
  Value equal(PadOp op, Build m) const override {
    std::vector<int64_t> before = list(op.getStarts()), after = list(op.getLimits());
    if (auto inner = op.getX().getDefiningOp<PadOp>()) {
      for (size_t axis = 0; axis < before.size(); ++axis) {
        before[axis] += inner.getStarts()[axis];
        after[axis] += inner.getLimits()[axis];
      }
      return m.pad(inner.getX(), before, after);
    }
    auto window = op.getX().getDefiningOp<WindowOp>();
    if (!window)
      return {};
    int64_t axis = window.getAxis();
    if (before[axis] || before[axis + 1] || after[axis] || after[axis + 1])
      return {};
    before.erase(before.begin() + axis);
    after.erase(after.begin() + axis);
    return m.window(m.pad(window.getX(), before, after), axis, window.getSize(), window.getStride(), window.getDilation());
  }
};

// Slices of every element between two places.

/// slice(contract(a, b)) → contract(slice a, slice b), where nothing else uses the product
struct SliceOfContract : ValuePattern<SliceOp> {
  using ValuePattern::ValuePattern;
  Value equal(SliceOp op, Build m) const override {
    auto contract = op.getX().getDefiningOp<ContractOp>();
    if (!contract || !contract->hasOneUse() || !areOne(op.getStrides()))
      return {};
    auto part = [&](Value operand, ArrayRef<int64_t> loops) {
      std::vector<int64_t> starts(loops.size()), limits = shapeOf(operand);
      for (auto [axis, loop] : llvm::enumerate(loops))
        for (auto [place, other] : llvm::enumerate(contract.getOutIndices()))
          if (other == loop) {
            starts[axis] = op.getStarts()[place];
            limits[axis] = op.getLimits()[place];
          }
      return limits == shapeOf(operand) && starts == std::vector<int64_t>(loops.size()) ? operand : m.slice(operand, starts, limits);
    };
    Value a = part(contract.getLhs(), contract.getLhsIndices()), b = part(contract.getRhs(), contract.getRhsIndices());
    return m.contract(a, b, list(contract.getLhsIndices()), list(contract.getRhsIndices()), list(contract.getOutIndices()));
  }
};

/// slice(window x) → window(slice x), where whole windows are left
struct SliceOfWindow : ValuePattern<SliceOp> {
  using ValuePattern::ValuePattern;
  Value equal(SliceOp op, Build m) const override {
    auto window = op.getX().getDefiningOp<WindowOp>();
    if (!window || !areOne(op.getStrides()))
      return {};
    int64_t axis = window.getAxis(), stride = window.getStride();
    std::vector<int64_t> starts = list(op.getStarts()), limits = list(op.getLimits());
    if (starts[axis + 1] != 0 || limits[axis + 1] != int64_t(window.getSize()))
      return {};
    starts.erase(starts.begin() + axis + 1);
    limits.erase(limits.begin() + axis + 1);
    limits[axis] = (limits[axis] - 1) * stride + (window.getSize() - 1) * std::abs(int64_t(window.getDilation())) + 1;
    starts[axis] *= stride;
    return m.window(m.slice(window.getX(), starts, limits), axis, window.getSize(), stride, window.getDilation());
  }
};

/// slice(pad x) → pad(slice x), where something of x is left along every axis                slice(slice x) → slice x
struct SliceOfPad : ValuePattern<SliceOp> {
  using ValuePattern::ValuePattern;
  Value equal(SliceOp op, Build m) const override {
    if (!areOne(op.getStrides()))
      return {};
    std::vector<int64_t> starts = list(op.getStarts()), limits = list(op.getLimits());
    if (auto inner = op.getX().getDefiningOp<SliceOp>()) {
      if (!areOne(inner.getStrides()))
        return {};
      for (size_t axis = 0; axis < starts.size(); ++axis) {
        starts[axis] += inner.getStarts()[axis];
        limits[axis] += inner.getStarts()[axis];
      }
      return m.slice(inner.getX(), starts, limits);
    }
    auto pad = op.getX().getDefiningOp<PadOp>();
    if (!pad)
      return {};
    std::vector<int64_t> size = shapeOf(pad.getX()), before(size.size()), after(size.size());
    for (size_t axis = 0; axis < size.size(); ++axis) {
      int64_t start = starts[axis] - pad.getStarts()[axis], limit = limits[axis] - pad.getStarts()[axis];
      starts[axis] = std::max<int64_t>(start, 0);
      limits[axis] = std::min(limit, size[axis]);
      if (starts[axis] >= limits[axis])
        return {};
      before[axis] = starts[axis] - start;
      after[axis] = limit - limits[axis];
    }
    return m.pad(m.slice(pad.getX(), starts, limits), before, after);
  }
};

// Reshapes that leave the axes of a window or a slice as they are.

/// reshape(window x) → window(reshape x)
struct ReshapeOfWindow : ValuePattern<ReshapeOp> {
  using ValuePattern::ValuePattern;
  Value equal(ReshapeOp op, Build m) const override {
    auto window = op.getX().getDefiningOp<WindowOp>();
    if (!window)
      return {};
    std::vector<int64_t> shape = shapeOf(op.getOut());
    auto place = placeOfAxes(shapeOf(op.getX()), window.getAxis(), 2, shape);
    if (!place)
      return {};
    shape.erase(shape.begin() + *place + 1);
    shape[*place] = shapeOf(window.getX())[window.getAxis()];
    return m.window(m.reshape(window.getX(), shape), *place, window.getSize(), window.getStride(), window.getDilation());
  }
};

/// reshape(contract(a, b → o)) → contract(reshape a, reshape b → o'), where nothing but axes of one element goes, each of them
///                                                   known to one operand: what follows the product then joins it
struct ReshapeOfContract : ValuePattern<ReshapeOp> {
  using ValuePattern::ValuePattern;
  Value equal(ReshapeOp op, Build m) const override {
    auto contract = op.getX().getDefiningOp<ContractOp>();
    if (!contract || !contract->hasOneUse())
      return {};
    std::vector<int64_t> shape = shapeOf(op.getOut()), out, gone;
    for (auto [loop, size] : llvm::zip(contract.getOutIndices(), shapeOf(op.getX())))
      if (out.size() < shape.size() && size == shape[out.size()])
        out.push_back(loop);
      else if (size == 1)
        gone.push_back(loop);
      else
        return {};
    if (out.size() != shape.size())
      return {};
    Value operands[2] = {contract.getLhs(), contract.getRhs()};
    std::vector<int64_t> loops[2] = {list(contract.getLhsIndices()), list(contract.getRhsIndices())};
    for (int64_t loop : gone)
      if (llvm::is_contained(loops[0], loop) == llvm::is_contained(loops[1], loop))
        return {};
    for (int side : {0, 1}) {
      std::vector<int64_t> kept, size;
      for (auto [loop, count] : llvm::zip(loops[side], shapeOf(operands[side])))
        if (!llvm::is_contained(gone, loop)) {
          kept.push_back(loop);
          size.push_back(count);
        }
      if (kept == loops[side])
        continue;
      if (operands[side].getDefiningOp<WindowOp>())
        return {};  // Its elements would be stored.
      operands[side] = m.reshape(operands[side], size);
      loops[side] = kept;
    }
    return m.contract(operands[0], operands[1], loops[0], loops[1], out);
  }
};

/// slice(reshape(contract)) → reshape(slice(contract)), along one axis
struct SliceOfReshape : ValuePattern<SliceOp> {
  using ValuePattern::ValuePattern;
  Value equal(SliceOp op, Build m) const override {
    auto reshape = op.getX().getDefiningOp<ReshapeOp>();
    if (!reshape || !reshape->hasOneUse() || !reshape.getX().getDefiningOp<ContractOp>() || !areOne(op.getStrides()))
      return {};
    std::vector<int64_t> shape = shapeOf(op.getX()), inner = shapeOf(reshape.getX()), starts(inner.size()), limits = inner;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      if (shapeOf(op.getOut())[axis] == shape[axis])
        continue;
      auto place = placeOfAxes(shape, int64_t(axis), 1, inner);
      if (!place)
        return {};
      starts[*place] = op.getStarts()[axis];
      limits[*place] = op.getLimits()[axis];
    }
    return m.reshape(m.slice(reshape.getX(), starts, limits), shapeOf(op.getOut()));
  }
};

}  // namespace

std::optional<int64_t> placeOfAxes(ArrayRef<int64_t> from, int64_t axis, int64_t count, ArrayRef<int64_t> to) {
  int64_t before = llvm::product_of(from.take_front(axis)), elements = 1;
  for (int64_t place = 0; place + count <= int64_t(to.size()); elements *= to[place++])
    if (elements == before && from.slice(axis, count) == to.slice(place, count))
      return place;
  return std::nullopt;
}

void addWindowPatterns(RewritePatternSet &patterns) {
  patterns.add<WindowsSideBySide, PadOfWindow, SliceOfContract, SliceOfWindow, SliceOfPad, ReshapeOfWindow, ReshapeOfContract,
               SliceOfReshape>(patterns.getContext());
}

}  // namespace tl
