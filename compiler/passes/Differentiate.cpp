// Reverse-mode differentiation of `tl.gradient` into explicit ops.
#include "compiler/calculus/Facts.h"
#include "compiler/ir/Build.h"
#include "compiler/ir/ReverseWalk.h"
#include "compiler/passes/Passes.h"
#include "llvm/ADT/SetVector.h"

namespace tl {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "compiler/passes/Passes.h.inc"

namespace {
using namespace mlir;
using namespace tl::ir;

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

/// The same scan, which stacks besides what its derivative may need of each step: the states it began with, and what is
/// costly. What turns out not to be needed is dropped by the algebra.
void stackWhatDerivativeNeeds(ScanOp scan) {
  SmallVector<Value> yields(scan.yield().getValues());
  auto stack = [&](Value value) {
    if (!scan.stackOf(value))
      yields.push_back(value);
  };
  llvm::for_each(scan.stateArguments(), stack);
  for (Operation &op : scan.getBody().front().without_terminator())
    if (isCostly(factsOf(*wordOf(&op)).cost))
      stack(op.getResult(0));
  SmallVector<Type> types(scan.getResultTypes());
  if (yields.size() == types.size())
    return;
  for (Value value : ArrayRef(yields).drop_front(types.size())) {
    tl::TensorType type = typeOf(value);
    type.shape.insert(type.shape.begin(), scan.steps());
    types.push_back(typeOf(scan.getContext(), type));
  }
  scan.yield()->setOperands(yields);
  OpBuilder b(scan);
  auto made = ScanOp::create(b, scan.getLoc(), types, scan.getInit(), scan.getXs(), scan.getConstants(), scan.getReverse());
  made.getBody().takeBody(scan.getBody());
  scan->replaceAllUsesWith(made.getResults().take_front(scan.getNumResults()));
  scan.erase();
}

/// Builds the gradients of one loss in front of the `tl.gradient` they replace.
LogicalResult makeExplicit(GradientOp gradient) {
  OpBuilder b(gradient);
  Value loss = gradient.getLoss();
  ReverseWalk walk(*gradient->getBlock(), gradient->getPrevNode(), gradient.getWrt(), b);
  walk.add(loss, Build{b, gradient.getLoc()}.fill(1, loss));
  if (failed(walk.run()))
    return failure();
  for (auto [value, grad] : llvm::zip(gradient.getWrt(), gradient.getGrads())) {
    Value found = walk.gradientOf(value);
    if (!found && !isComputedFrom(loss, value))
      return gradient.emitOpError("the loss does not depend on ") << value;
    grad.replaceAllUsesWith(found ? found : Build{b, gradient.getLoc()}.fill(0, value));
  }
  return success();
}

/// Names of the frozen variables that `op` takes, as they are or rearranged.
void collectFrozenOperands(Operation *op, llvm::SetVector<SymbolRefAttr> &names) {
  for (Value operand : op->getOperands()) {
    Operation *source = operand.getDefiningOp();
    while (llvm::isa_and_present<TransposeOp, ReshapeOp, BroadcastOp, CastOp, SliceOp>(source))
      source = source->getOperand(0).getDefiningOp();
    if (auto read = llvm::dyn_cast_if_present<ReadOp>(source); read && read.getFrozen())
      names.insert(read.getVariable());
  }
}

/// Replaces one `tl.gradient`; what its ops need of frozen variables goes to `onPath`.
LogicalResult differentiate(GradientOp gradient, llvm::SetVector<SymbolRefAttr> &onPath) {
  for (Operation &op : llvm::make_early_inc_range(llvm::make_range(gradient->getBlock()->begin(), Block::iterator(gradient))))
    if (auto scan = llvm::dyn_cast<ScanOp>(op))
      stackWhatDerivativeNeeds(scan);
  Operation *before = gradient->getPrevNode();
  if (failed(makeExplicit(gradient)))
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
      llvm::SetVector<SymbolRefAttr> onPath;
      // In program order: a loss that contains a gradient finds it explicit already.
      for (GradientOp gradient : llvm::make_early_inc_range(function.getOps<GradientOp>()))
        if (failed(differentiate(gradient, onPath)))
          return signalPassFailure();
      function.walk([](StopGradientOp stop) {
        stop.getOut().replaceAllUsesWith(stop.getX());
        stop.erase();
      });
      if (!onPath.empty()) {
        SmallVector<Attribute> names(onPath.begin(), onPath.end());
        function->setAttr("tl.gradient_path", ArrayAttr::get(&getContext(), names));
      }
    }
  }
};

}  // namespace
}  // namespace tl
