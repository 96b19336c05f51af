// Sweeps away what only frozen variables needed.
#include "compiler/passes/Passes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

namespace tl {
#define GEN_PASS_DEF_PRUNEFROZEN
#include "compiler/passes/Passes.h.inc"

namespace {
using namespace mlir;
using namespace tl::ir;

template <typename Symbols> std::string namesOf(const Symbols &symbols) {
  return llvm::join(llvm::map_range(symbols, [](SymbolRefAttr symbol) { return symbol.getLeafReference().strref(); }), ", ");
}

struct PruneFrozen : impl::PruneFrozenBase<PruneFrozen> {
  using Base::Base;

  void runOnOperation() override {
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>())
      if (failed(prune(function)))
        return signalPassFailure();
  }

  LogicalResult prune(func::FuncOp function) {
    if (function.empty())
      return success();
    for (GradientOp gradient : function.getOps<GradientOp>())
      return gradient.emitOpError("is not explicit yet");
    llvm::SetVector<SymbolRefAttr> frozen;
    for (ReadOp read : function.getOps<ReadOp>())
      if (read.getFrozen())
        frozen.insert(read.getVariable());
    size_t before = function.front().getOperations().size();
    // From the end, so that a dead op's operands are met after it.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.front())))
      if (isOpTriviallyDead(&op))
        op.erase();
    if (!frozen.empty())
      report(function, namesOf(frozen), before);
    return success();
  }

  /// `tl.pruned`: for `tlc explain` and for tests.
  void report(func::FuncOp function, const std::string &frozen, size_t before) {
    std::string text = std::to_string(function.front().getOperations().size()) + " of " + std::to_string(before) +
                       " ops stay; frozen: " + frozen;
    if (auto onPath = function->getAttrOfType<ArrayAttr>("tl.gradient_path"))
      text += "; frozen but still on the gradient path: " + namesOf(onPath.getAsRange<SymbolRefAttr>());
    function->setAttr("tl.pruned", StringAttr::get(&getContext(), text));
  }
};

}  // namespace
}  // namespace tl
