// Parts from steps what they would compute for the log alone.
#include "compiler/passes/Effects.h"
#include "compiler/passes/Passes.h"
#include "mlir/IR/IRMapping.h"

namespace tl {
#define GEN_PASS_DEF_PARTLOGGED
#include "compiler/passes/Passes.h.inc"

namespace {
using namespace mlir;
using namespace tl::ir;

/// Numbers cost a step nothing.
bool isOfNumbers(Operation *op) {
  auto isNumber = [](Value value) { return typeOf(value).elements() == 1; };
  return llvm::all_of(op->getOperands(), isNumber) && llvm::all_of(op->getResults(), isNumber);
}

struct PartLogged : impl::PartLoggedBase<PartLogged> {
  using Base::Base;

  void runOnOperation() override {
    for (func::FuncOp function : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (!function.empty())
        part(function);
  }

  void part(func::FuncOp function) {
    SmallVector<Operation *> parted;
    llvm::SetVector<Operation *> needed = neededBy(effectsOf(function.front()));
    auto isAtHand = [&](Operation *op) { return needed.contains(op) || isOfNumbers(op); };
    for (OutputOp output : function.getOps<OutputOp>())
      if (output.getLogged() && !llvm::all_of(neededBy(output.getOperation()), isAtHand))
        parted.push_back(output);
    if (parted.empty())
      return;
    makeLogged(function, neededBy(parted));
    for (Operation *output : parted)
      output->erase();
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.front())))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  void makeLogged(func::FuncOp function, const llvm::SetVector<Operation *> &needed) {
    OpBuilder b(function);
    b.setInsertionPointAfter(function);
    auto made = func::FuncOp::create(b, function.getLoc(), (function.getName() + ".logged").str(), b.getFunctionType({}, {}));
    keepBudget(function, made);
    b.setInsertionPointToStart(made.addEntryBlock());
    IRMapping copies;
    // It is called with the input of the function, so it has the same ports there.
    for (Operation &op : function.front())
      if (llvm::isa<InputOp>(op) || needed.contains(&op))
        b.clone(op, copies);
    func::ReturnOp::create(b, function.getLoc());
    function->setAttr("tl.logged", FlatSymbolRefAttr::get(made));
  }
};

} // namespace
} // namespace tl
