// Simplify: sums whose terms share a factor, and sums of parts beside each other. The equation stands above its pattern.
#include "compiler/passes/SimplifyPatterns.h"

namespace tl {
namespace {
using namespace mlir;
using namespace tl::ir;

/// The factors of a product, looking into products that nothing else uses.
void collectFactors(MulOp product, SmallVectorImpl<Value> &factors) {
  for (Value factor : {product.getLhs(), product.getRhs()})
    if (auto inner = factor.getDefiningOp<MulOp>(); inner && inner->hasOneUse())
      collectFactors(inner, factors);
    else
      factors.push_back(factor);
}

Value productOf(Build m, ArrayRef<Value> factors, Value like) {
  Value product;
  for (Value factor : factors)
    product = product ? m.mul(product, factor) : factor;
  return product ? product : m.fill(1, like);
}

/// x·a ± x·b → x·(a ± b), where the terms are real and nothing else uses them
/// Of several common factors the last to be computed is taken out: in a derivative that is the gradient from above, and what is
/// left is known when the values are, instead of a, b and their parts being kept until then.
template <typename OpTy> struct TakeOutFactor : ValuePattern<OpTy> {
  using ValuePattern<OpTy>::ValuePattern;
  Value equal(OpTy op, Build m) const override {
    auto left = op.getLhs().template getDefiningOp<MulOp>(), right = op.getRhs().template getDefiningOp<MulOp>();
    if (!left || !right || !left->hasOneUse() || !right->hasOneUse() || op.getType().getRank() == 0 ||
        !op.getType().getElementType().isF32())
      return {};
    SmallVector<Value> ofLeft, ofRight;
    collectFactors(left, ofLeft);
    collectFactors(right, ofRight);
    Value common;
    for (Value factor : ofLeft)
      if (Operation *made = factor.getDefiningOp(); made && !constantOf(factor) && llvm::is_contained(ofRight, factor))
        if (!common || common.getDefiningOp()->isBeforeInBlock(made))
          common = factor;
    if (!common)
      return {};
    ofLeft.erase(llvm::find(ofLeft, common));
    ofRight.erase(llvm::find(ofRight, common));
    Value a = productOf(m, ofLeft, common), b = productOf(m, ofRight, common);
    return m.mul(common, m.op(*wordOf(op), {a, b}));
  }
};

/// pad x₁ + … + pad xₙ → concat x₁ … xₙ, where they lie beside each other along one axis and cover it
struct JoinPads : ValuePattern<AddOp> {
  using ValuePattern::ValuePattern;

  static bool collectPads(Value sum, bool isWhole, SmallVectorImpl<PadOp> &pads) {
    if (auto add = sum.getDefiningOp<AddOp>(); add && (isWhole || add->hasOneUse()))
      return collectPads(add.getLhs(), false, pads) && collectPads(add.getRhs(), false, pads);
    pads.push_back(sum.getDefiningOp<PadOp>());
    return pads.back() != nullptr;
  }

  Value equal(AddOp op, Build m) const override {
    SmallVector<PadOp> pads;
    if (!collectPads(op.getOut(), true, pads))
      return {};
    std::vector<int64_t> whole = typeOf(op.getOut()).shape, part = typeOf(pads[0].getX()).shape;
    int64_t axis = 0, next = 0;
    while (axis < int64_t(whole.size()) && part[axis] == whole[axis])
      ++axis;
    if (axis == int64_t(whole.size()))
      return {};
    llvm::sort(pads, [&](PadOp a, PadOp b) { return a.getStarts()[axis] < b.getStarts()[axis]; });
    SmallVector<Value> parts;
    for (PadOp pad : pads) {
      std::vector<int64_t> shape = typeOf(pad.getX()).shape;
      if (pad.getStarts()[axis] != next)
        return {};
      next += shape[axis];
      shape[axis] = whole[axis];
      if (shape != whole)
        return {};
      parts.push_back(pad.getX());
    }
    tl::Attributes attributes;
    attributes.axis = axis;
    return next == whole[axis] ? m.op(tl::Op::Concat, parts, attributes) : Value();
  }
};

}  // namespace

void addSumPatterns(RewritePatternSet &patterns) {
  patterns.add<TakeOutFactor<AddOp>, TakeOutFactor<SubOp>, JoinPads>(patterns.getContext());
}

}  // namespace tl
