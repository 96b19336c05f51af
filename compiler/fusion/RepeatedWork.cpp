// Pointwise work that is done again by each of its users rather than stored.
#include "compiler/fusion/RepeatedWork.h"
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

bool isReduction(Operation *op) { return isKind(op, Op::ReduceSum) || isKind(op, Op::ReduceMax); }

/// Read by a sum and at most one more: to store it and read it again takes as much as to read two tensors of its size twice.
bool isForSum(Operation *op) {
  SmallVector<Operation *> users(op->getUsers());
  return users.size() <= 2 && llvm::any_of(users, isReduction);
}

bool isWorthIt(Operation *op, const Set &repeated) {
  constexpr int64_t leastElements = 4096;
  bool isSummed = isForSum(op);
  int64_t work = 1, mostWork = isSummed ? 8 : 6, elements = 0, result = elementsOf(op->getResult(0));
  if (factsOf(*kindOf(op)).cost != Cost::Instruction || result < leastElements)
    return false;
  llvm::SmallSetVector<Value, 4> sources;
  for (Value operand : op->getOperands())
    sourcesOf(operand, repeated, sources, work);
  for (Value source : sources)
    elements += elementsOf(source);
  return elements * 2 <= result * (isSummed ? 5 : 3) && work <= mostWork;
}

/// Would what a sum or maximum is taken of be stored beside what it is made of, which others read as it is? A kernel has one
/// root: such work joins the first it can.
bool wouldBeStoredBeside(Operation *op, const Set &repeated) {
  llvm::SmallSetVector<Value, 4> sources;
  int64_t work = 0;
  sourcesOf(op->getResult(0), repeated, sources, work);
  return isReduction(*op->getUsers().begin()) && llvm::none_of(sources, [&](Value source) {
           return source.hasOneUse() && elementsOf(source) * 2 > elementsOf(op->getResult(0));
         });
}

} // namespace

Set repeatedWork(Block &block, const Set &stored) {
  Set repeated;
  for (Operation &op : block)
    if (std::optional<Op> kind = kindOf(&op); kind && isElementwise(*kind) && !stored.contains(&op) && isWorthIt(&op, repeated))
      repeated.insert(&op);
  // What has one user is computed with it in any case.
  for (Operation &op : llvm::reverse(block))
    if (repeated.contains(&op) && op.getResult(0).hasOneUse() && !repeated.contains(*op.getUsers().begin()) &&
        !wouldBeStoredBeside(&op, repeated))
      repeated.erase(&op);
  return repeated;
}

} // namespace tl
