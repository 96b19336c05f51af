// Brings contractions and large reductions into the forms the kernels know.
#include "compiler/ir/TlDialect.h"
#include "compiler/fusion/ContractPlan.h"
#include "compiler/fusion/Factors.h"
#include "compiler/fusion/KernelDialect.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/passes/Flops.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;

namespace tl {
#define GEN_PASS_DEF_NORMALIZEFORKERNELS
#include "compiler/fusion/Passes.h.inc"

namespace {

using Loops = SmallVector<int64_t>;

class Contraction {
public:
  Contraction(Operation *op, Factors &factors) : op(op), b(op), factors(factors) {
    auto lists = contractIndices(op);
    lhs = {op->getOperand(0), lists[0]};
    rhs = {op->getOperand(1), lists[1]};
    out = lists[2];
  }
  Value normalize(bool onlyProducts);

private:
  struct Operand {
    Value tensor;
    Loops loops;
    bool has(int64_t loop) const { return llvm::is_contained(loops, loop); }
  };
  RankedTensorType typeOf(const Loops &loops) {
    SmallVector<int64_t> shape;
    for (int64_t loop : loops)
      shape.push_back(sizeOf(loop));
    return RankedTensorType::get(shape, elementOf(op->getResult(0)));
  }
  int64_t sizeOf(int64_t loop) {
    const Operand &owner = lhs.has(loop) ? lhs : rhs;
    return shapeOf(owner.tensor)[llvm::find(owner.loops, loop) - owner.loops.begin()];
  }
  bool isOut(int64_t loop) const { return llvm::is_contained(out, loop); }
  void sumPrivateLoops(Operand &operand, const Operand &other);
  void reorder(Operand &operand, const Loops &order);
  Value spread(Operand operand, const Loops &loops);
  Value asProduct(const Loops &summed, bool isAlongResult = false);
  Value lanewise(const Loops &summed, int64_t lane);
  int64_t ownRows(const Operand &operand, const Operand &other);

  Value product();
  Value productOfPairs();

  Operation *op;
  OpBuilder b;
  Factors &factors;
  Operand lhs, rhs;
  Loops out;
};

/// Σ_k a[m, k]·b[m] = (Σ_k a[m, k])·b[m]
void Contraction::sumPrivateLoops(Operand &operand, const Operand &other) {
  Loops axes, kept;
  for (auto [axis, loop] : llvm::enumerate(operand.loops))
    (isOut(loop) || other.has(loop) ? kept : axes).push_back(isOut(loop) || other.has(loop) ? loop : int64_t(axis));
  if (axes.empty())
    return;
  RankedTensorType type = typeOf(kept);
  operand = {ir::ReduceSumOp::create(b, op->getLoc(), type, operand.tensor, axes), kept};
}

void Contraction::reorder(Operand &operand, const Loops &order) {
  if (operand.loops == order)
    return;
  Loops axes;
  for (int64_t loop : order)
    axes.push_back(llvm::find(operand.loops, loop) - operand.loops.begin());
  RankedTensorType type = typeOf(order);
  auto turn = [&](ir::Build at, Value x) -> Value { return ir::TransposeOp::create(at.b, at.loc, type, x, axes); };
  operand = {madeOnce(b, op->getLoc(), operand.tensor, turn), order};
}

/// The operand repeated along the loops it lacks.
Value Contraction::spread(Operand operand, const Loops &loops) {
  Loops own, axes;
  for (auto [axis, loop] : llvm::enumerate(loops))
    if (operand.has(loop)) {
      own.push_back(loop);
      axes.push_back(axis);
    }
  reorder(operand, own);
  RankedTensorType type = typeOf(loops);
  return operand.tensor.getType() == type ? operand.tensor : ir::BroadcastOp::create(b, op->getLoc(), type, operand.tensor, axes);
}

/// Σ_k a·b as a sum of a product, for contractions that are no matrix product. Lanes go along the last axis of the product:
/// one that is summed, or the result's where the operands have that one last.
Value Contraction::asProduct(const Loops &summed, bool isAlongResult) {
  Loops all = isAlongResult ? summed : out;
  llvm::append_range(all, isAlongResult ? out : summed);
  Value left = spread(lhs, all), right = spread(rhs, all);
  Value product = ir::MulOp::create(b, op->getLoc(), left.getType(), left, right);
  if (summed.empty())
    return product;
  SmallVector<int64_t> axes;
  for (size_t axis = isAlongResult ? 0 : out.size(); axes.size() < summed.size(); ++axis)
    axes.push_back(axis);
  return ir::ReduceSumOp::create(b, op->getLoc(), op->getResult(0).getType(), product, axes);
}

/// Elements of the result for which `operand` alone has loops.
int64_t Contraction::ownRows(const Operand &operand, const Operand &other) {
  int64_t rows = 1;
  for (int64_t loop : operand.loops)
    rows *= isOut(loop) && !other.has(loop) ? sizeOf(loop) : 1;
  return rows;
}

/// A contraction whose last axis both operands have: a sum for each lane. Where one of them serves several rows of the
/// result, it is a kernel of tiles, of which the other gives the rows, and each is read along the lanes.
Value Contraction::lanewise(const Loops &summed, int64_t lane) {
  auto isLast = [&](const Operand &operand) {
    StridedView view = stridedView(operand.tensor);
    return view.strides[llvm::find(operand.loops, lane) - operand.loops.begin()] == 1;
  };
  auto isView = [&](const Operand &operand) { return elementsOf(stridedView(operand.tensor).base) < elementsOf(operand.tensor); };
  if (ownRows(lhs, rhs) < ownRows(rhs, lhs))
    std::swap(lhs, rhs);
  bool isTiled = ownRows(lhs, rhs) > 1;
  for (Operand *operand : {&lhs, &rhs})
    isTiled &= isLast(*operand) || !isView(*operand); // What is larger than its tensor is not stored.
  if (!isTiled)
    return asProduct(summed, isLast(lhs) || isLast(rhs));
  for (Operand *operand : {&lhs, &rhs})
    if (!isLast(*operand)) {
      Loops order = operand->loops;
      llvm::erase(order, lane);
      order.push_back(lane);
      reorder(*operand, order);
    }
  return product();
}

Value Contraction::product() {
  return ir::ContractOp::create(b, op->getLoc(), op->getResult(0).getType(), lhs.tensor, rhs.tensor, lhs.loops, rhs.loops, out);
}

/// The contraction of factors of bf16 as one of pairs of them, where tiles of its result are worth it; null where they are not. The loop of the
/// pairs is the one for which the fewest numbers must be moved.
Value Contraction::productOfPairs() {
  constexpr int64_t leastRows = 4, leastOdd = 31; // A shorter sum is not filled up with a zero.
  auto last = llvm::find_if(llvm::reverse(out), [&](int64_t loop) { return sizeOf(loop) > 1; });
  auto isPrivate = [&](const Operand &operand, const Operand &other) {
    return llvm::any_of(operand.loops, [&](int64_t loop) { return !isOut(loop) && !other.has(loop); });
  };
  if (last == out.rend() || (lhs.has(*last) && rhs.has(*last)) || isPrivate(lhs, rhs) || isPrivate(rhs, lhs))
    return {};
  const Operand left = lhs.has(*last) ? rhs : lhs, right = lhs.has(*last) ? lhs : rhs;
  if (ownRows(left, right) < leastRows)
    return {};
  auto axisOf = [](const Operand &operand, int64_t loop) { return llvm::find(operand.loops, loop) - operand.loops.begin(); };
  int64_t best = -1, least = 0;
  for (int64_t loop : left.loops) {
    if (isOut(loop) || sizeOf(loop) < (sizeOf(loop) % 2 ? leastOdd : 4))
      continue;
    auto ofLeft = Factors::movedForPairs(left.tensor, axisOf(left, loop)), ofRight = Factors::movedForPairs(right.tensor, axisOf(right, loop));
    if (ofLeft && ofRight && (best < 0 || *ofLeft + *ofRight < least))
      best = loop, least = *ofLeft + *ofRight;
  }
  if (best < 0)
    return {};
  const int64_t ofPairs = std::max(*llvm::max_element(left.loops), *llvm::max_element(right.loops)) + 1;
  lhs = {factors.inPairs(left.tensor, axisOf(left, best)), left.loops}, rhs = {factors.inPairs(right.tensor, axisOf(right, best)), right.loops};
  lhs.loops.push_back(ofPairs);
  rhs.loops.push_back(ofPairs);
  Value result = product();
  ContractPlan plan(result.getDefiningOp());
  if (plan.target.multipliesTiles ? plan.isInTileRegisters : plan.column.right == 1 || plan.packed)
    return result;
  result.getDefiningOp()->erase();
  lhs = left, rhs = right;
  return {};
}

Value Contraction::normalize(bool onlyProducts) {
  if (isNarrowFloat(elementOf(lhs.tensor))) {
    if (Value made = onlyProducts || !Target::of(op).multipliesPairs ? Value() : productOfPairs())
      return made;
    for (Operand *factor : {&lhs, &rhs})
      factor->tensor = factors.wide(factor->tensor);
  }
  sumPrivateLoops(lhs, rhs);
  sumPrivateLoops(rhs, lhs);
  Loops summed;
  for (int64_t loop : lhs.loops)
    if (!isOut(loop))
      summed.push_back(loop);
  // The contiguous axis of the result: its last one that is more than one long.
  auto last = llvm::find_if(llvm::reverse(out), [&](int64_t loop) { return sizeOf(loop) > 1; });
  if (onlyProducts || summed.empty() || last == out.rend())
    return asProduct(summed);
  if (lhs.has(*last) && rhs.has(*last))
    return lanewise(summed, *last);
  if (lhs.has(*last))
    std::swap(lhs, rhs);
  bool contiguous = rhs.loops.back() == *last;
  bool isVector = llvm::none_of(lhs.loops, [&](int64_t loop) { return isOut(loop) && !rhs.has(loop) && sizeOf(loop) > 1; });
  if (!contiguous && isVector) // Matrix times vector: each row is a sum along memory.
    return asProduct(summed);
  Value result = product();
  // A panel of the right side that is copied anyway is turned on the way; else its columns must lie side by side.
  if (ContractPlan plan(result.getDefiningOp()); plan.column.right == 1 || plan.packed)
    return result;
  result.getDefiningOp()->erase();
  Loops order = rhs.loops;
  llvm::erase(order, *last);
  order.push_back(*last);
  reorder(rhs, order);
  return product();
}

bool isZero(Value value) {
  Operation *op = value.getDefiningOp();
  return isKind(op, Op::Constant) && constantValue(op) == 0;
}

/// x > 0  =  max(x, 0) > 0: the right side is stored anyway, x need not be.
void compareAfterMax(Operation *greater) {
  if (!isZero(greater->getOperand(1)))
    return;
  for (Operation *user : greater->getOperand(0).getUsers())
    if (isKind(user, Op::Max) && user->getOperand(0) == greater->getOperand(0) && isZero(user->getOperand(1)) &&
        user->isBeforeInBlock(greater)) {
      greater->setOperand(0, user->getResult(0));
      return;
    }
}

struct NormalizeForKernels : impl::NormalizeForKernelsBase<NormalizeForKernels> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> contractions, comparisons;
    getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<kernel::RunOp>(op)) // a kernel already
        return WalkResult::skip();
      if (isKind(op, Op::Contract))
        contractions.push_back(op);
      if (isKind(op, Op::Gt))
        comparisons.push_back(op);
      return WalkResult::advance();
    });
    Factors factors;
    for (Operation *op : contractions) {
      Value value = Contraction(op, factors).normalize(onlyProducts);
      if (Attribute more = op->getAttr(standsFor); more && isKind(value.getDefiningOp(), Op::Contract))
        value.getDefiningOp()->setAttr(standsFor, more);
      op->getResult(0).replaceAllUsesWith(value);
      op->erase();
    }
    if (onlyProducts)
      return;
    llvm::for_each(comparisons, compareAfterMax);
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isDeclaration())
        normalizeLayout(function);
  }
};

} // namespace

} // namespace tl
