// Walks from effects to what they need.
#include "compiler/passes/Effects.h"

namespace tl {

llvm::SmallVector<mlir::Operation *> effectsOf(mlir::Block &body) {
  llvm::SmallVector<mlir::Operation *> effects;
  for (mlir::Operation &op : body) {
    auto output = llvm::dyn_cast<ir::OutputOp>(op);
    if (output ? !output.getLogged() : llvm::isa<ir::WriteOp>(op))
      effects.push_back(&op);
  }
  return effects;
}

llvm::SetVector<mlir::Operation *> neededBy(llvm::ArrayRef<mlir::Operation *> ops) {
  llvm::SetVector<mlir::Operation *> needed(ops.begin(), ops.end());
  for (size_t next = 0; next < needed.size(); ++next)
    for (mlir::Value operand : needed[next]->getOperands())
      needed.insert(operand.getDefiningOp());
  return needed;
}

void keepBudget(mlir::Operation *whole, mlir::Operation *parted) {
  if (mlir::Attribute budget = whole->getAttr("tl.budget"))
    parted->setAttr("tl.budget", budget);
}

} // namespace tl
