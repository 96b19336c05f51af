// Simplify: sums of overlapping windows, and contractions they are made of. The equation stands above its pattern.
#include "compiler/passes/SimplifyPatterns.h"

namespace tl {
namespace {
using namespace mlir;
using namespace tl::ir;

std::vector<int64_t> list(ArrayRef<int64_t> values) { return values.vec(); }
std::vector<int64_t> shapeOf(Value value) { return typeOf(value).shape; }

/// fold x → reshape x                                where they lie side by side: size = stride; where nothing comes from, zeros are padded
struct FoldsSideBySide : ValuePattern<FoldOp> {
  using ValuePattern::ValuePattern;
  Value equal(FoldOp op, Build m) const override {
    if (op.getSize() != op.getStride() || (op.getSize() > 1 && op.getDilation() != 1))
      return {};
    std::vector<int64_t> shape = shapeOf(op.getOut()), zeros(shape.size()), after(shape.size());
    int64_t covered = shapeOf(op.getX())[op.getAxis()] * op.getSize();
    after[op.getAxis()] = shape[op.getAxis()] - covered;
    shape[op.getAxis()] = covered;
    Value x = m.reshape(op.getX(), shape);
    return after == zeros ? x : m.pad(x, zeros, after);
  }
};

/// fold(contract(a, b → .. i u ..)) → contract(window(pad a), b → .. i ..)        where stride = 1, a has loop i, b has u
/// With y = i + u: Σ_{i+u=y} a[.. i ..]·b[.. u ..] = Σ_u a[.. y-u ..]·b[.. u ..], a being 0 outside. The windows are read
/// from their ends.
struct FoldOfContract : ValuePattern<FoldOp> {
  using ValuePattern::ValuePattern;
  Value equal(FoldOp op, Build m) const override {
    auto contract = op.getX().getDefiningOp<ContractOp>();
    if (!contract || !contract->hasOneUse() || op.getStride() != 1)
      return {};
    std::vector<int64_t> out = list(contract.getOutIndices());
    int64_t i = out[op.getAxis()], u = out[op.getAxis() + 1];
    Value a = contract.getLhs(), b = contract.getRhs();
    std::vector<int64_t> aLoops = list(contract.getLhsIndices()), bLoops = list(contract.getRhsIndices());
    bool isSwapped = !llvm::is_contained(aLoops, i);
    if (isSwapped) {
      std::swap(a, b);
      std::swap(aLoops, bLoops);
    }
    if (llvm::is_contained(aLoops, u) || llvm::is_contained(bLoops, i))
      return {};
    int64_t axis = llvm::find(aLoops, i) - aLoops.begin(), reach = (op.getSize() - 1) * std::abs(int64_t(op.getDilation()));
    std::vector<int64_t> around(aLoops.size());
    around[axis] = reach;
    a = m.window(m.pad(a, around, around), axis, op.getSize(), 1, -int64_t(op.getDilation()));
    aLoops.insert(aLoops.begin() + axis + 1, u);
    out.erase(out.begin() + op.getAxis() + 1);
    return isSwapped ? m.contract(b, a, bLoops, aLoops, out) : m.contract(a, b, aLoops, bLoops, out);
  }
};

/// fold(contract(a, b → .. i u ..)) → reshape(contract(window(pad a), reshape(pad b) → .. q r ..))     where stride = s > 1,
///                                                   a has loop i, b has u
/// With y = s·q + r and u = s·t + r: Σ_{s·i+u=y} a[.. i ..]·b[.. u ..] = Σ_t a[.. q-t ..]·b[.. s·t+r ..], a and b being 0
/// outside. No product with what was put around b is made, see compiler/fusion/Borders.h.
struct FoldOfSkippingContract : ValuePattern<FoldOp> {
  using ValuePattern::ValuePattern;
  Value equal(FoldOp op, Build m) const override {
    auto contract = op.getX().getDefiningOp<ContractOp>();
    int64_t stride = op.getStride(), size = op.getSize();
    if (!contract || !contract->hasOneUse() || stride == 1 || size < stride || op.getDilation() != 1)
      return {};
    std::vector<int64_t> out = list(contract.getOutIndices());
    int64_t i = out[op.getAxis()], u = out[op.getAxis() + 1];
    Value a = contract.getLhs(), b = contract.getRhs();
    std::vector<int64_t> aLoops = list(contract.getLhsIndices()), bLoops = list(contract.getRhsIndices());
    bool isSwapped = !llvm::is_contained(aLoops, i);
    if (isSwapped) {
      std::swap(a, b);
      std::swap(aLoops, bLoops);
    }
    int64_t part = 0; // the number of the loop over r
    for (int64_t loop : llvm::concat<int64_t>(aLoops, bLoops))
      part = std::max(part, loop + 1);
    if (llvm::is_contained(aLoops, u) || llvm::is_contained(bLoops, i))
      return {};

    int64_t taps = (size + stride - 1) / stride, places = (shapeOf(op.getOut())[op.getAxis()] + stride - 1) / stride;
    int64_t ofA = llvm::find(aLoops, i) - aLoops.begin(), ofB = llvm::find(bLoops, u) - bLoops.begin();
    std::vector<int64_t> before(aLoops.size()), after(aLoops.size()), behind(bLoops.size()), none(bLoops.size());
    before[ofA] = taps - 1;
    after[ofA] = places - shapeOf(a)[ofA];
    a = m.window(m.pad(a, before, after), ofA, taps, 1, -1);
    aLoops.insert(aLoops.begin() + ofA + 1, u);
    behind[ofB] = taps * stride - size;
    std::vector<int64_t> parts = shapeOf(b);
    parts[ofB] = taps;
    parts.insert(parts.begin() + ofB + 1, stride);
    b = m.reshape(m.pad(b, none, behind), parts);
    bLoops.insert(bLoops.begin() + ofB + 1, part);
    out[op.getAxis() + 1] = part;

    Value sum = isSwapped ? m.contract(b, a, bLoops, aLoops, out) : m.contract(a, b, aLoops, bLoops, out);
    std::vector<int64_t> shape = shapeOf(op.getOut());
    shape[op.getAxis()] = places * stride;
    sum = m.reshape(sum, shape);
    return shape == shapeOf(op.getOut()) ? sum : m.slice(sum, std::vector<int64_t>(shape.size()), shapeOf(op.getOut()));
  }
};

/// fold(slice x) → slice(fold x), along other axes, where x is a reshaped product that may take the fold in
struct FoldOfSlice : ValuePattern<FoldOp> {
  using ValuePattern::ValuePattern;
  Value equal(FoldOp op, Build m) const override {
    auto slice = op.getX().getDefiningOp<SliceOp>();
    int64_t axis = op.getAxis(), size = shapeOf(op.getOut())[axis];
    auto reshape = slice ? slice.getX().getDefiningOp<ReshapeOp>() : ReshapeOp();
    if (!reshape || !reshape.getX().getDefiningOp<ContractOp>() || !llvm::all_of(slice.getStrides(), [](int64_t stride) { return stride == 1; }))
      return {};
    std::vector<int64_t> starts = list(slice.getStarts()), limits = list(slice.getLimits()), whole = shapeOf(slice.getX());
    for (int64_t at : {axis, axis + 1})
      if (starts[at] != 0 || limits[at] != whole[at])
        return {};
    starts.erase(starts.begin() + axis + 1);
    limits.erase(limits.begin() + axis + 1);
    limits[axis] = size;
    return m.slice(m.fold(reshape, size, axis, op.getSize(), op.getStride(), op.getDilation()), starts, limits);
  }
};

/// fold(reshape x) → reshape(fold x)
struct FoldOfReshape : ValuePattern<FoldOp> {
  using ValuePattern::ValuePattern;
  Value equal(FoldOp op, Build m) const override {
    auto reshape = op.getX().getDefiningOp<ReshapeOp>();
    auto place = reshape ? placeOfAxes(shapeOf(op.getX()), op.getAxis(), 2, shapeOf(reshape.getX())) : std::nullopt;
    if (!place)
      return {};
    int64_t size = shapeOf(op.getOut())[op.getAxis()];
    Value sum = m.fold(reshape.getX(), size, *place, op.getSize(), op.getStride(), op.getDilation());
    return m.reshape(sum, shapeOf(op.getOut()));
  }
};

}  // namespace

void addFoldPatterns(RewritePatternSet &patterns) {
  patterns.add<FoldsSideBySide, FoldOfContract, FoldOfSkippingContract, FoldOfSlice, FoldOfReshape>(patterns.getContext());
}

}  // namespace tl
