// The factors of products rounded to the few digits that a stage asks for.
#include "compiler/ir/Build.h"
#include "compiler/passes/Passes.h"
#include "llvm/ADT/SetVector.h"

namespace tl {
#define GEN_PASS_DEF_ROUNDPRODUCTS
#include "compiler/passes/Passes.h.inc"

namespace {
using namespace mlir;
using namespace tl::ir;

/// What the losses and the outputs of a function are computed from: nothing of an optimizer, which writes.
SetVector<Operation *> beforeGradients(func::FuncOp function) {
  SetVector<Operation *> needed;
  auto need = [&](ValueRange values) {
    for (Value value : values)
      if (Operation *op = value.getDefiningOp())
        needed.insert(op);
  };
  for (Operation &op : function.front())
    if (auto gradient = llvm::dyn_cast<GradientOp>(op))
      need(gradient.getLoss());
    else if (auto output = llvm::dyn_cast<OutputOp>(op))
      need(output->getOperands());
  for (size_t i = 0; i < needed.size(); ++i)
    need(needed[i]->getOperands());
  return needed;
}

/// The ops that have part in a weight, in the order in which they stand.
SetVector<Operation *> afterWeights(func::FuncOp function) {
  SetVector<Operation *> after;
  for (Operation &op : function.front()) {
    auto read = llvm::dyn_cast<ReadOp>(op);
    auto variable = read ? SymbolTable::lookupNearestSymbolFrom<VariableOp>(read, read.getVariable()) : VariableOp();
    bool isWeight = variable && (variable.getKind() == VariableKind::Parameter || variable.getKind() == VariableKind::Live);
    auto isAfter = [&](Value operand) { return operand.getDefiningOp() && after.contains(operand.getDefiningOp()); };
    if (isWeight || llvm::any_of(op.getOperands(), isAfter))
      after.insert(&op);
  }
  return after;
}

/// a · b → cast a · cast b
void roundFactors(ContractOp product, DType dtype) {
  if (!product.getType().getElementType().isF32())
    return;
  OpBuilder b(product);
  for (OpOperand &factor : product->getOpOperands())
    factor.set(Build{b, product.getLoc()}.cast(factor.get(), dtype));
}

struct RoundProducts : impl::RoundProductsBase<RoundProducts> {
  void runOnOperation() override {
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>()) {
      auto precision = function->getAttrOfType<StringAttr>("tl.precision");
      if (!precision)
        continue;
      std::optional<DType> dtype = dtypeNamed(precision.getValue());
      if (dtype != DType::BF16) {
        function.emitOpError("has products of `") << precision.getValue() << "`, and there are none but those of bf16";
        return signalPassFailure();
      }
      SetVector<Operation *> needed = beforeGradients(function);
      for (Operation *op : afterWeights(function))
        if (needed.contains(op))
          op->walk([&](ContractOp product) { roundFactors(product, *dtype); });
      function->removeAttr("tl.precision");
    }
  }
};

} // namespace
} // namespace tl
