// Handing gradients back from op to op within a block.
#include "compiler/ir/ReverseWalk.h"
#include "compiler/calculus/Facts.h"
#include "compiler/ir/Build.h"

namespace tl::ir {
using namespace mlir;

/// Words that hand no gradient on, and say why.
static bool isStopped(Operation *op) {
  std::optional<tl::Op> word = wordOf(op);
  return word && factsOf(*word).whyNoDerivative;
}

ReverseWalk::ReverseWalk(Block &block, Operation *last, ValueRange roots, OpBuilder &b)
    : block(block), last(last), b(b), active(roots.begin(), roots.end()) {
  if (!last)
    return;
  for (Operation *op = &block.front(), *end = last->getNextNode(); op != end; op = op->getNextNode()) {
    if (isStopped(op) || llvm::none_of(op->getOperands(), [&](Value v) { return active.contains(v); }))
      continue;
    for (Value result : op->getResults())
      if (carriesGradient(result))
        active.insert(result);
  }
}

void ReverseWalk::add(Value value, Value grad) {
  Value &sum = grads[value];
  sum = sum ? Build{b, grad.getLoc()}.add(sum, grad) : grad;
}

LogicalResult ReverseWalk::run() {
  Operation *first = last ? &block.front() : nullptr;
  for (Operation *op = last; op; op = op == first ? nullptr : op->getPrevNode())
    if (failed(step(op)))
      return failure();
  return success();
}

/// Hands the gradients of the results of `op` on to its operands.
LogicalResult ReverseWalk::step(Operation *op) {
  bool reached = llvm::any_of(op->getResults(), [&](Value v) { return grads.contains(v) && active.contains(v); });
  bool needed = llvm::any_of(op->getOperands(), [&](Value v) { return active.contains(v); });
  if (!reached || !needed || isStopped(op))
    return success();
  auto differentiable = llvm::dyn_cast<Differentiable>(op);
  if (!differentiable)
    return op->emitOpError("has no derivative rule, and a gradient needs one");
  SmallVector<Value> resultGrads;
  for (Value result : op->getResults())
    resultGrads.push_back(grads.lookup(result));
  SmallVector<Value> operandGrads = differentiable.buildOperandGrads(b, resultGrads);
  for (auto [operand, grad] : llvm::zip_equal(op->getOperands(), operandGrads))
    if (grad && active.contains(operand))
      add(operand, grad);
  return success();
}

} // namespace tl::ir
