// Weights that are kept in fewer bits, as the numbers that they are read as.
#include "compiler/fusion/Widened.h"
#include "compiler/fusion/ContractPlan.h"
#include "compiler/fusion/RepeatedWork.h"
#include "compiler/ir/TlDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace tl {

/// Products of at most so many terms are done again: an adapter's, which take less than the product with the weight that they adapt.
constexpr int64_t fewTerms = 64;

/// Of what a function reads, in the steps that train others and in those that train nothing.
static bool isStored(Value value) {
  return isa_and_present<ir::ReadOp>(withoutReshapes(value).getDefiningOp()) && (elementOf(value).isUnsignedInteger(8) || isNarrowFloat(elementOf(value)));
}

bool isWidening(Operation *op) {
  if (isKind(op, Op::Cast))
    return isStored(op->getOperand(0)) || isWidening(op->getOperand(0).getDefiningOp());
  if (isKind(op, Op::Sub) || isKind(op, Op::Add))
    return isWidening(op->getOperand(0).getDefiningOp()) && isConstant(op->getOperand(1));
  for (int side : {0, 1})
    if (isKind(op, Op::Mul) && isWidening(op->getOperand(side).getDefiningOp()) && isKind(op->getOperand(1 - side).getDefiningOp(), Op::Broadcast))
      return true;
  return false;
}

bool widensInPanel(Operation *contract, Value operand) {
  if (operand != contract->getOperand(1) || operand == contract->getOperand(0))
    return false;
  ContractPlan plan(contract);
  Operation *made = plan.right.base.getDefiningOp();
  if (plan.isPaired || !plan.packed || !plan.slabs.empty() || !isWidening(made) || isStored(plan.right.base))
    return false;
  // Vectors are rows of the weight, or parts of them.
  const ContractPlan::Loop &along = plan.column.right == 1 ? plan.column : plan.summed.back();
  return along.right == 1 && along.size <= shapeOf(plan.right.base).back();
}

namespace {

/// A weight that the function does not train, and that is kept in fewer bits.
bool isKeptIn(Value value) {
  auto read = llvm::dyn_cast_if_present<ir::ReadOp>(withoutReshapes(value).getDefiningOp());
  return read && read.getFrozen() && isStored(value);
}

class Widening {
public:
  explicit Widening(Operation *reader) : b(reader) {}

  /// The value as one of its own, where it is made of what is kept in fewer bits; else itself.
  Value made(Value value) {
    if (!isMadeOfKept(value))
      return value;
    return anew(value);
  }

private:
  static bool isRepeated(Operation *op) {
    return op && kindOf(op) && (isElementwise(*kindOf(op)) || isOf(op, Form::View) || isOf(op, Form::Renamed));
  }

  bool isMadeOfKept(Value value) {
    auto [known, isFirst] = kept.try_emplace(value, false);
    if (!isFirst)
      return known->second;
    Operation *op = value.getDefiningOp();
    bool is = isKind(op, Op::Cast) && isKeptIn(op->getOperand(0));
    bool isSpread = isKind(op, Op::Broadcast) && elementsOf(value) > elementsOf(op->getOperand(0)); // over what is no weight
    if (!is && !isSpread && isRepeated(op))
      is = llvm::any_of(op->getOperands(), [&](Value operand) { return isMadeOfKept(operand); });
    return kept[value] = is;
  }

  /// What an adapter adds to a weight is as large as the weight.
  static bool isSmallProduct(Operation *op) {
    if (!isKind(op, Op::Contract))
      return false;
    auto indices = contractIndices(op);
    int64_t terms = 1;
    for (auto [loop, size] : llvm::zip(indices[0], shapeOf(op->getOperand(0))))
      terms *= llvm::is_contained(indices[2], loop) ? 1 : size;
    return terms <= fewTerms;
  }

  bool isAddedTo(Value value) {
    Operation *op = value.getDefiningOp();
    return isSmallProduct(op) || (isRepeated(op) && llvm::any_of(op->getOperands(), [&](Value operand) { return isAddedTo(operand); }));
  }

  Value anew(Value value) {
    if (Value known = map.lookupOrNull(value))
      return known;
    Operation *op = value.getDefiningOp();
    if (!isMadeOfKept(value) && !isAddedTo(value))
      return value;
    if (isRepeated(op) && !(isKind(op, Op::Cast) && isKeptIn(op->getOperand(0))))
      for (Value operand : op->getOperands())
        map.map(operand, anew(operand));
    return b.clone(*op, map)->getResult(0);
  }

  OpBuilder b;
  IRMapping map;
  DenseMap<Value, bool> kept;
};

} // namespace

void widenForEachProduct(Block &block) {
  bool any = false;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (!isKind(&op, Op::Contract) && !isKind(&op, Op::Scan))
      continue;
    Widening widening(&op);
    for (OpOperand &operand : op.getOpOperands()) {
      Value before = operand.get();
      operand.set(widening.made(before));
      any |= operand.get() != before;
    }
  }
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (any && isOpTriviallyDead(&op)) // nobody reads it any more
      op.erase();
}

} // namespace tl
