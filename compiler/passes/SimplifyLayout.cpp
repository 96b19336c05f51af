// Simplify: layout, reductions and contractions. The equation stands above its pattern.
#include "compiler/passes/SimplifyPatterns.h"

namespace tl {
namespace {
using namespace mlir;
using namespace tl::ir;

std::vector<int64_t> list(ArrayRef<int64_t> values) { return values.vec(); }

bool isIdentity(ArrayRef<int64_t> axes) {
  return llvm::all_of(llvm::enumerate(axes), [](auto it) { return int64_t(it.index()) == it.value(); });
}

/// reshape c → c, and the same for transpose, broadcast, slice, maximum; not for a gather, which is NaN where there is no row
template <typename OpTy> struct OfConstant : ValuePattern<OpTy> {
  using ValuePattern<OpTy>::ValuePattern;
  Value equal(OpTy op, Build m) const override {
    std::optional<double> c = constantOf(op->getOperand(0));
    return c ? m.fill(*c, op.getOut()) : Value();
  }
};

/// reshape x → x of the same shape        reshape reshape x → reshape x
struct SimplifyReshape : ValuePattern<ReshapeOp> {
  using ValuePattern::ValuePattern;
  Value equal(ReshapeOp op, Build m) const override {
    if (op.getX().getType() == op.getType())
      return op.getX();
    if (auto inner = op.getX().getDefiningOp<ReshapeOp>())
      return m.reshape(inner.getX(), typeOf(op.getOut()).shape);
    return {};
  }
};

/// transpose(x, identity) → x                    transpose(transpose(x, p), q) → transpose(x, p∘q)
/// transpose(x, p) → reshape x, where p only moves axes of one element
struct SimplifyTranspose : ValuePattern<TransposeOp> {
  using ValuePattern::ValuePattern;
  Value equal(TransposeOp op, Build m) const override {
    if (isIdentity(op.getAxes()))
      return op.getX();
    if (auto inner = op.getX().getDefiningOp<TransposeOp>()) {
      std::vector<int64_t> axes;
      for (int64_t axis : op.getAxes())
        axes.push_back(inner.getAxes()[axis]);
      return m.transpose(inner.getX(), axes);
    }
    std::vector<int64_t> longAxes;
    for (int64_t axis : op.getAxes())
      if (op.getX().getType().getDimSize(axis) != 1)
        longAxes.push_back(axis);
    return llvm::is_sorted(longAxes) ? m.reshape(op.getX(), typeOf(op.getOut()).shape) : Value();
  }
};

/// broadcast x → x of the same shape        broadcast broadcast x → broadcast x
struct SimplifyBroadcast : ValuePattern<BroadcastOp> {
  using ValuePattern::ValuePattern;
  Value equal(BroadcastOp op, Build m) const override {
    if (op.getX().getType() == op.getType())
      return op.getX();
    auto inner = op.getX().getDefiningOp<BroadcastOp>();
    if (!inner)
      return {};
    std::vector<int64_t> axes;
    for (int64_t axis : inner.getAxes())
      axes.push_back(op.getAxes()[axis]);
    return m.broadcast(inner.getX(), axes, typeOf(op.getOut()).shape);
  }
};

/// slice x → x of all of it        pad x → x by nothing        concat x → x of one part
template <typename OpTy> struct SameTypeLayout : ValuePattern<OpTy> {
  using ValuePattern<OpTy>::ValuePattern;
  Value equal(OpTy op, Build) const override {
    return op->getOperand(0).getType() == op.getType() ? op->getOperand(0) : Value();
  }
};

/// pad 0 → 0
struct SimplifyPad : ValuePattern<PadOp> {
  using ValuePattern::ValuePattern;
  Value equal(PadOp op, Build m) const override {
    return constantOf(op.getX()) == 0 ? m.fill(0, op.getOut()) : Value();
  }
};

/// Σ x → x over no axis                       Σ x → reshape x over axes of one element
/// Σ -x → -Σ x                                Σ c → n·c
/// Σ broadcast x → broadcast n·Σ x            where n counts the repetitions along the axes summed over
struct SimplifyReduceSum : ValuePattern<ReduceSumOp> {
  using ValuePattern::ValuePattern;
  Value equal(ReduceSumOp op, Build m) const override {
    Value x = op.getX();
    std::vector<int64_t> shape = typeOf(x).shape, resultShape = typeOf(op.getOut()).shape;
    if (llvm::all_of(op.getAxes(), [&](int64_t axis) { return shape[axis] == 1; }))
      return m.reshape(x, resultShape);
    if (std::optional<double> c = constantOf(x)) {
      int64_t terms = typeOf(x).elements() / typeOf(op.getOut()).elements();
      return m.fill(*c * double(terms), op.getOut());
    }
    if (auto neg = x.getDefiningOp<NegOp>(); neg && neg->hasOneUse())
      return m.neg(m.reduceSum(neg.getX(), list(op.getAxes())));
    auto broadcast = x.getDefiningOp<BroadcastOp>();
    if (!broadcast)
      return {};
    double repetitions = 1;
    for (int64_t axis : op.getAxes())
      if (!llvm::is_contained(broadcast.getAxes(), axis))
        repetitions *= double(shape[axis]);
    std::vector<int64_t> kept = otherAxes(op.getAxes(), int64_t(shape.size())), summed, axes;
    for (auto [from, axis] : llvm::enumerate(broadcast.getAxes())) {
      auto place = llvm::find(kept, axis);
      if (place == kept.end())
        summed.push_back(int64_t(from));
      else
        axes.push_back(place - kept.begin());
    }
    if (summed.size() == op.getAxes().size())
      return {};  // no repetition is summed over
    Value sum = m.reduceSum(broadcast.getX(), summed);
    return m.broadcast(m.mul(sum, m.fill(repetitions, sum)), axes, resultShape);
  }
};

/// cast f(x) → f(cast x) to few digits, where f only moves elements, repeats them or puts zeros beside them
/// Then the forward pass and both gradients round a tensor once, however each of them reads it, and windows stay views.
struct RoundBeforeLayout : ValuePattern<CastOp> {
  using ValuePattern::ValuePattern;
  Value equal(CastOp op, Build m) const override {
    Operation *f = op.getX().getDefiningOp();
    DType narrow = typeOf(op.getOut()).dtype;
    if (!isNarrow(narrow) || !llvm::isa_and_present<ReshapeOp, TransposeOp, BroadcastOp, SliceOp, PadOp, WindowOp>(f))
      return {};
    // A product or another transpose takes a transpose in.
    Value x = f->getOperand(0);
    if (llvm::isa<TransposeOp>(f) && llvm::isa_and_present<ContractOp, TransposeOp>(x.getDefiningOp()))
      return {};
    return m.op(*wordOf(f), {m.cast(x, narrow)}, attributesOf(f), typeOf(op.getOut()));
  }
};

// Contractions -------------------------------------------------------------------

/// A contraction with other operands and loops.
Value contractAgain(Build m, ContractOp op, Value lhs, std::vector<int64_t> lhsLoops, Value rhs,
                    std::vector<int64_t> rhsLoops) {
  return m.contract(lhs, rhs, std::move(lhsLoops), std::move(rhsLoops), list(op.getOutIndices()));
}

/// Reads through one operand of a contraction: the value below a transpose or broadcast and its loops.
///   contract(transpose(x, p), …)  → contract(x, …) with the loops of x
///   contract(broadcast x, b)      → contract(x, b), where b and the result have the loops along which x repeats
bool readThrough(Value &operand, std::vector<int64_t> &loops, ArrayRef<int64_t> otherLoops,
                 ArrayRef<int64_t> outLoops) {
  if (auto transpose = operand.getDefiningOp<TransposeOp>()) {
    std::vector<int64_t> inner(loops.size());
    for (auto [i, axis] : llvm::enumerate(transpose.getAxes()))
      inner[axis] = loops[i];
    operand = transpose.getX();
    loops = inner;
    return true;
  }
  if (auto broadcast = operand.getDefiningOp<BroadcastOp>()) {
    // A loop that is summed over stays: without it the sum would be one product, or run over one operand alone.
    for (int64_t axis : otherAxes(broadcast.getAxes(), int64_t(loops.size())))
      if (!llvm::is_contained(otherLoops, loops[axis]) || !llvm::is_contained(outLoops, loops[axis]))
        return false;
    std::vector<int64_t> inner;
    for (int64_t axis : broadcast.getAxes())
      inner.push_back(loops[axis]);
    operand = broadcast.getX();
    loops = inner;
    return true;
  }
  return false;
}

struct FoldIntoContract : ValuePattern<ContractOp> {
  using ValuePattern::ValuePattern;
  Value equal(ContractOp op, Build m) const override {
    Value lhs = op.getLhs(), rhs = op.getRhs();
    std::vector<int64_t> lhsLoops = list(op.getLhsIndices()), rhsLoops = list(op.getRhsIndices());
    if (readThrough(lhs, lhsLoops, rhsLoops, op.getOutIndices()) ||
        readThrough(rhs, rhsLoops, lhsLoops, op.getOutIndices()))
      return contractAgain(m, op, lhs, lhsLoops, rhs, rhsLoops);
    return {};
  }
};

/// transpose(contract(a, b → o), p) → contract(a, b → o∘p), where nothing else uses the product
struct FoldTransposeOfContract : ValuePattern<TransposeOp> {
  using ValuePattern::ValuePattern;
  Value equal(TransposeOp op, Build m) const override {
    auto contract = op.getX().getDefiningOp<ContractOp>();
    if (!contract || !contract->hasOneUse())
      return {};
    std::vector<int64_t> loops;
    for (int64_t axis : op.getAxes())
      loops.push_back(contract.getOutIndices()[axis]);
    return m.contract(contract.getLhs(), contract.getRhs(), list(contract.getLhsIndices()),
                      list(contract.getRhsIndices()), loops);
  }
};

/// transpose f(x, y) → f(transpose x, transpose y), where nothing else uses f and a product or transpose takes it in
struct ComputeAfterTranspose : ValuePattern<TransposeOp> {
  using ValuePattern::ValuePattern;
  Value equal(TransposeOp op, Build m) const override {
    Operation *f = op.getX().getDefiningOp();
    if (!f || !f->hasTrait<OpTrait::Elementwise>() || !f->hasOneUse() || !wordOf(f))
      return {};
    bool helps = false;
    for (Value operand : f->getOperands()) {
      auto contract = operand.getDefiningOp<ContractOp>();
      bool takesIn = (contract && contract->hasOneUse()) || operand.getDefiningOp<TransposeOp>();
      if (!takesIn && !operand.getDefiningOp<BroadcastOp>() && !constantOf(operand))
        return {};
      helps |= takesIn;
    }
    if (!helps)
      return {};
    SmallVector<Value> operands;
    for (Value operand : f->getOperands())
      operands.push_back(m.transpose(operand, list(op.getAxes())));
    return m.op(*wordOf(f), operands, attributesOf(f), typeOf(op.getOut()));
  }
};

/// pad x + pad y + … → concat(x, y, …), where they lie side by side along one axis and fill it
struct JoinPads : ValuePattern<AddOp> {
  using ValuePattern::ValuePattern;
  static bool collect(Value value, AddOp root, SmallVectorImpl<PadOp> &parts) {
    if (auto pad = value.getDefiningOp<PadOp>()) {
      parts.push_back(pad);
      return true;
    }
    auto add = value.getDefiningOp<AddOp>();
    return add && (add == root || add->hasOneUse()) && collect(add.getLhs(), root, parts) &&
           collect(add.getRhs(), root, parts);
  }
  Value equal(AddOp op, Build m) const override {
    SmallVector<PadOp> parts;
    if (!collect(op.getOut(), op, parts))
      return {};
    std::vector<int64_t> shape = typeOf(op.getOut()).shape;
    size_t axis = 0;
    while (axis < shape.size() && typeOf(parts[0].getX()).shape[axis] == shape[axis])
      ++axis;
    if (axis == shape.size())
      return {};
    llvm::sort(parts, [&](PadOp a, PadOp b) { return a.getStarts()[axis] < b.getStarts()[axis]; });
    int64_t end = 0;
    SmallVector<Value> values;
    for (PadOp part : parts) {
      std::vector<int64_t> own = typeOf(part.getX()).shape;
      if (part.getStarts()[axis] != end)
        return {};
      end += std::exchange(own[axis], shape[axis]);
      if (own != shape)
        return {};
      values.push_back(part.getX());
    }
    tl::Attributes attributes;
    attributes.axis = int64_t(axis);
    return end == shape[axis] ? m.op(tl::Op::Concat, values, attributes) : Value();
  }
};

}  // namespace

void addLayoutPatterns(RewritePatternSet &patterns) {
  patterns.add<OfConstant<ReshapeOp>, OfConstant<TransposeOp>, OfConstant<BroadcastOp>, OfConstant<SliceOp>,
               OfConstant<ReduceMaxOp>, SimplifyReshape, SimplifyTranspose, SimplifyBroadcast,
               SameTypeLayout<SliceOp>, SameTypeLayout<PadOp>, SameTypeLayout<ConcatOp>, SimplifyPad, SimplifyReduceSum, RoundBeforeLayout,
               FoldIntoContract, FoldTransposeOfContract, ComputeAfterTranspose, JoinPads>(patterns.getContext());
}

}  // namespace tl
