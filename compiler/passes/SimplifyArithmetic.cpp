// Simplify: constants, neutral elements, signs. The equation stands above its pattern.
#include "compiler/calculus/Facts.h"
#include "compiler/passes/SimplifyPatterns.h"
#include "mlir/IR/OpDefinition.h"
#include <cmath>

namespace tl {
using namespace mlir;
using namespace tl::ir;

namespace {

/// Whether `value` is exact in a dtype of integers; reals are rounded instead.
bool fits(double value, DType dtype) {
  switch (dtype) {
  case DType::I32: return value >= INT32_MIN && value <= INT32_MAX;
  case DType::U8: return value >= 0 && value <= 255;
  default: return true;
  }
}

/// f(c₁, c₂, …) → c
struct FoldConstants : OpTraitRewritePattern<OpTrait::Elementwise> {
  using OpTraitRewritePattern::OpTraitRewritePattern;
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    SmallVector<double> numbers;
    for (Value operand : op->getOperands()) {
      std::optional<double> number = constantOf(operand);
      if (!number)
        return failure();
      numbers.push_back(*number);
    }
    std::optional<tl::Op> word = wordOf(op);
    tl::TensorType type = typeOf(op->getResult(0));
    if (!word)
      return failure();
    double value = valueOf(*word, numbers, type.dtype);
    if (!fits(value, type.dtype))
      return failure();
    rewriter.replaceOp(op, Build{rewriter, op->getLoc()}.constant(value, type));
    return success();
  }
};

/// f(broadcast x, broadcast s, c) → broadcast f(x, s, c), where s is one number or is repeated along the same axes as x
struct ComputeBeforeBroadcast : OpTraitRewritePattern<OpTrait::Elementwise> {
  using OpTraitRewritePattern::OpTraitRewritePattern;
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    BroadcastOp widest;
    for (Value operand : op->getOperands()) {
      auto broadcast = operand.getDefiningOp<BroadcastOp>();
      if (!broadcast && !constantOf(operand))
        return failure();
      if (broadcast && (!widest || broadcast.getAxes().size() > widest.getAxes().size()))
        widest = broadcast;
    }
    if (!widest || !wordOf(op))
      return failure();
    Build m{rewriter, op->getLoc()};
    std::vector<int64_t> shape = typeOf(widest.getX()).shape;
    for (Value operand : op->getOperands())
      if (auto broadcast = operand.getDefiningOp<BroadcastOp>();
          broadcast && !broadcast.getAxes().empty() && broadcast.getAxes() != widest.getAxes())
        return failure();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      if (auto broadcast = operand.getDefiningOp<BroadcastOp>())
        operands.push_back(broadcast.getAxes().empty() ? m.broadcast(broadcast.getX(), {}, shape) : broadcast.getX());
      else
        operands.push_back(m.constant(*constantOf(operand), {typeOf(operand).dtype, shape}));
    }
    tl::TensorType type = typeOf(op->getResult(0));
    Value value = m.op(*wordOf(op), operands, attributesOf(op), {type.dtype, shape});
    rewriter.replaceOp(op, m.broadcast(value, widest.getAxes().vec(), type.shape));
    return success();
  }
};

/// -(-x) → x        -(a - b) → b - a
struct SimplifyNeg : ValuePattern<NegOp> {
  using ValuePattern::ValuePattern;
  Value equal(NegOp op, Build m) const override {
    if (auto neg = op.getX().getDefiningOp<NegOp>())
      return neg.getX();
    if (auto sub = op.getX().getDefiningOp<SubOp>(); sub && sub->hasOneUse())
      return m.sub(sub.getRhs(), sub.getLhs());
    return {};
  }
};

/// x + 0 → x        a + (-b) → a - b        (-a) + b → b - a
struct SimplifyAdd : ValuePattern<AddOp> {
  using ValuePattern::ValuePattern;
  Value equal(AddOp op, Build m) const override {
    if (constantOf(op.getRhs()) == 0)
      return op.getLhs();
    if (auto neg = op.getRhs().getDefiningOp<NegOp>())
      return m.sub(op.getLhs(), neg.getX());
    if (auto neg = op.getLhs().getDefiningOp<NegOp>())
      return m.sub(op.getRhs(), neg.getX());
    return {};
  }
};

/// x - 0 → x        0 - x → -x        a - (-b) → a + b
struct SimplifySub : ValuePattern<SubOp> {
  using ValuePattern::ValuePattern;
  Value equal(SubOp op, Build m) const override {
    if (constantOf(op.getRhs()) == 0)
      return op.getLhs();
    if (constantOf(op.getLhs()) == 0 && llvm::isa<FloatType>(op.getType().getElementType()))
      return m.neg(op.getRhs());
    if (auto neg = op.getRhs().getDefiningOp<NegOp>())
      return m.add(op.getLhs(), neg.getX());
    return {};
  }
};

/// x·1 → x        x·0 → 0        x·(-1) → -x        (-x)·c → x·(-c)
/// A constant is the right factor: the commutative ops move it there. Infinities and NaN times 0 become 0 on purpose:
/// only gradients that nothing depends on are multiplied by a constant 0.
struct SimplifyMul : ValuePattern<MulOp> {
  using ValuePattern::ValuePattern;
  Value equal(MulOp op, Build m) const override {
    std::optional<double> c = constantOf(op.getRhs());
    bool isReal = llvm::isa<FloatType>(op.getType().getElementType());
    if (c == 1)
      return op.getLhs();
    if (c == 0)
      return op.getRhs();
    if (c == -1 && isReal)
      return m.neg(op.getLhs());
    if (auto neg = op.getLhs().getDefiningOp<NegOp>(); neg && c)
      return m.mul(neg.getX(), m.fill(-*c, op.getRhs()));
    return {};
  }
};

/// x / 1 → x        x / 2ⁿ → x·2⁻ⁿ
struct SimplifyDiv : ValuePattern<DivOp> {
  using ValuePattern::ValuePattern;
  Value equal(DivOp op, Build m) const override {
    std::optional<double> c = constantOf(op.getRhs());
    if (c == 1)
      return op.getLhs();
    int exponent = 0;
    // Reciprocals of powers of two are exact as long as neither is subnormal.
    bool isPower = c && std::abs(std::frexp(*c, &exponent)) == 0.5 && std::abs(exponent) < 120;
    if (isPower && llvm::isa<FloatType>(op.getType().getElementType()))
      return m.mul(op.getLhs(), m.fill(1 / *c, op.getRhs()));
    return {};
  }
};

/// x^1 → x        x^2 → x·x        x^-1 → 1 / x        x^½ → √x
struct SimplifyPow : ValuePattern<PowOp> {
  using ValuePattern::ValuePattern;
  Value equal(PowOp op, Build m) const override {
    std::optional<double> c = constantOf(op.getRhs());
    Value x = op.getLhs();
    if (c == 1)
      return x;
    if (c == 2)
      return m.mul(x, x);
    if (c == -1)
      return m.div(m.fill(1, x), x);
    if (c == 0.5)
      return m.op(tl::Op::Sqrt, {x});
    return {};
  }
};

/// true ? a : b → a        c ? a : a → a        (not c) ? a : b → c ? b : a
struct SimplifySelect : ValuePattern<SelectOp> {
  using ValuePattern::ValuePattern;
  Value equal(SelectOp op, Build m) const override {
    if (std::optional<double> c = constantOf(op.getCond()))
      return *c != 0 ? op.getLhs() : op.getRhs();
    if (op.getLhs() == op.getRhs())
      return op.getLhs();
    if (auto negated = op.getCond().getDefiningOp<NotOp>())
      return m.select(negated.getX(), op.getRhs(), op.getLhs());
    return {};
  }
};

/// cast x → x to the same dtype        cast cast x → x by way of a wider real: f64, or what x is computed in
struct SimplifyCast : ValuePattern<CastOp> {
  using ValuePattern::ValuePattern;
  Value equal(CastOp op, Build) const override {
    if (op.getX().getType() == op.getType())
      return op.getX();
    auto inner = op.getX().getDefiningOp<CastOp>();
    if (!inner || inner.getX().getType() != op.getType())
      return {};
    DType between = typeOf(inner.getOut()).dtype, dtype = typeOf(op.getOut()).dtype;
    if (between == DType::F64 || (isNarrow(dtype) && between == computedIn(dtype)))
      return inner.getX();
    return {};
  }
};

}  // namespace

void addArithmeticPatterns(RewritePatternSet &patterns) {
  patterns.add<FoldConstants, ComputeBeforeBroadcast, SimplifyNeg, SimplifyAdd, SimplifySub, SimplifyMul, SimplifyDiv,
               SimplifyPow, SimplifySelect, SimplifyCast>(patterns.getContext());
}

}  // namespace tl
