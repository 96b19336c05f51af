// Reverse-mode differentiation of `tl.gradient` into explicit ops.
#include "compiler/ir/Build.h"
#include "compiler/passes/Passes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"

namespace tl {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "compiler/passes/Passes.h.inc"

namespace {
using namespace mlir;
using namespace tl::ir;

bool isReal(Value value) { return llvm::isa<FloatType>(getElementTypeOrSelf(value.getType())); }

/// The values that depend on `roots` through real numbers and ops that hand gradients on, in a block in order.
DenseSet<Value> valuesThatDependOn(ValueRange roots, Operation *end) {
  DenseSet<Value> values(roots.begin(), roots.end());
  for (Operation &op : *end->getBlock()) {
    if (&op == end)
      break;
    if (llvm::isa<NoDerivative>(op) || llvm::none_of(op.getOperands(), [&](Value v) { return values.contains(v); }))
      continue;
    for (Value result : op.getResults())
      if (isReal(result))
        values.insert(result);
  }
  return values;
}

/// Whether `value` is computed from `root` at all, gradient or not.
bool isComputedFrom(Value value, Value root) {
  SetVector<Value> seen;
  seen.insert(value);
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] == root)
      return true;
    if (Operation *op = seen[i].getDefiningOp())
      seen.insert(op->operand_begin(), op->operand_end());
  }
  return false;
}

/// The gradients of one loss, while they are being built in front of the `tl.gradient` they replace.
class ReverseWalk {
public:
  ReverseWalk(GradientOp gradient)
      : gradient(gradient), b(gradient), active(valuesThatDependOn(gradient.getWrt(), gradient)) {}

  LogicalResult run() {
    Value loss = gradient.getLoss();
    add(loss, Build{b, gradient.getLoc()}.fill(1, loss));
    // Operands stand above their users, so when an op is met all uses of its results have contributed.
    Operation *first = &gradient->getBlock()->front();
    for (Operation *op = lastBefore; op; op = op == first ? nullptr : op->getPrevNode())
      if (failed(step(op)))
        return failure();
    for (auto [value, grad] : llvm::zip(gradient.getWrt(), gradient.getGrads())) {
      Value found = grads.lookup(value);
      if (!found && !isComputedFrom(loss, value))
        return gradient.emitOpError("the loss does not depend on ") << value;
      grad.replaceAllUsesWith(found ? found : Build{b, gradient.getLoc()}.fill(0, value));
    }
    return success();
  }

private:
  /// Hands the gradients of the results of `op` on to its operands.
  LogicalResult step(Operation *op) {
    bool reached = llvm::any_of(op->getResults(), [&](Value v) { return grads.contains(v) && active.contains(v); });
    bool needed = llvm::any_of(op->getOperands(), [&](Value v) { return active.contains(v); });
    if (!reached || !needed || llvm::isa<NoDerivative>(op))
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

  void add(Value value, Value grad) {
    Value &sum = grads[value];
    sum = sum ? Build{b, grad.getLoc()}.add(sum, grad) : grad;
  }

  GradientOp gradient;
  OpBuilder b;
  DenseSet<Value> active;
  DenseMap<Value, Value> grads;
  Operation *lastBefore = gradient->getPrevNode();
};

/// Names of the frozen variables that `op` takes, as they are or rearranged.
void collectFrozenOperands(Operation *op, llvm::SetVector<StringAttr> &names) {
  for (Value operand : op->getOperands()) {
    Operation *source = operand.getDefiningOp();
    while (llvm::isa_and_present<TransposeOp, ReshapeOp, BroadcastOp, CastOp, SliceOp>(source))
      source = source->getOperand(0).getDefiningOp();
    if (auto read = llvm::dyn_cast_if_present<ReadOp>(source); read && read.getFrozen())
      names.insert(read.getNameAttr());
  }
}

/// Replaces one `tl.gradient`; what its ops need of frozen variables goes to `onPath`.
LogicalResult differentiate(GradientOp gradient, llvm::SetVector<StringAttr> &onPath) {
  Operation *before = gradient->getPrevNode();
  if (failed(ReverseWalk(gradient).run()))
    return failure();
  // Rules build the gradients of all operands; those that nobody asked for are unused.
  for (Operation *op = gradient->getPrevNode(), *previous; op != before; op = previous) {
    previous = op->getPrevNode();
    if (isOpTriviallyDead(op))
      op->erase();
    else
      collectFrozenOperands(op, onPath);
  }
  gradient.erase();
  return success();
}

struct Differentiate : impl::DifferentiateBase<Differentiate> {
  void runOnOperation() override {
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>()) {
      llvm::SetVector<StringAttr> onPath;
      // In program order: a loss that contains a gradient finds it explicit already.
      for (GradientOp gradient : llvm::make_early_inc_range(function.getOps<GradientOp>()))
        if (failed(differentiate(gradient, onPath)))
          return signalPassFailure();
      for (StopGradientOp stop : llvm::make_early_inc_range(function.getOps<StopGradientOp>())) {
        stop.getOut().replaceAllUsesWith(stop.getX());
        stop.erase();
      }
      if (!onPath.empty()) {
        SmallVector<Attribute> names(onPath.begin(), onPath.end());
        function->setAttr("tl.gradient_path", ArrayAttr::get(&getContext(), names));
      }
    }
  }
};

}  // namespace
}  // namespace tl
