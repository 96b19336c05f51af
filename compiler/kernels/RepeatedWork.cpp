// Pointwise work that is done again by each of its users rather than stored.
#include "compiler/kernels/RepeatedWork.h"
#include "mlir/IR/Block.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tl {

bool isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  return isKind(op, Op::Constant) || (isKind(op, Op::Broadcast) && isConstant(op->getOperand(0)));
}

namespace {

using Set = llvm::DenseSet<Operation *>;

bool isArithmetic(Operation *op) {
  switch (*kindOf(op)) {
  case Op::Cast: case Op::Add: case Op::Sub: case Op::Mul: case Op::Neg: case Op::Max: case Op::Min: case Op::Select: case Op::Gt: case Op::Ge:
  case Op::Lt: case Op::Le: case Op::Eq: case Op::Ne:
    return true;
  default:
    return false;
  }
}

/// The tensors that a value is computed from, and in how many steps.
void sourcesOf(Value value, const Set &repeated, llvm::SmallSetVector<Value, 4> &sources, int64_t &work) {
  Operation *op = value.getDefiningOp();
  if (isConstant(value))
    return;
  if (!repeated.contains(op))
    return void(sources.insert(isKind(op, Op::Broadcast) ? op->getOperand(0) : value));
  ++work;
  for (Value operand : op->getOperands())
    sourcesOf(operand, repeated, sources, work);
}

bool isWorthIt(Operation *op, const Set &repeated) {
  constexpr int64_t leastElements = 4096, mostWork = 6;
  int64_t work = 1, elements = 0, result = elementsOf(op->getResult(0));
  if (!isArithmetic(op) || result < leastElements)
    return false;
  llvm::SmallSetVector<Value, 4> sources;
  for (Value operand : op->getOperands())
    sourcesOf(operand, repeated, sources, work);
  for (Value source : sources)
    elements += elementsOf(source);
  return elements * 2 <= result * 3 && work <= mostWork;
}

} // namespace

Set repeatedWork(Block &block, const Set &stored) {
  Set repeated;
  for (Operation &op : block)
    if (std::optional<Op> kind = kindOf(&op); kind && isElementwise(*kind) && !stored.contains(&op) && isWorthIt(&op, repeated))
      repeated.insert(&op);
  // What has one user is computed with it in any case; but for a sum it would be stored by what it is made from, beside that.
  for (Operation &op : llvm::reverse(block)) {
    if (!repeated.contains(&op) || !op.getResult(0).hasOneUse())
      continue;
    Operation *user = *op.getUsers().begin();
    if (!repeated.contains(user) && !isKind(user, Op::ReduceSum) && !isKind(user, Op::ReduceMax))
      repeated.erase(&op);
  }
  return repeated;
}

} // namespace tl
