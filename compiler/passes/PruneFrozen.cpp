// Sweeps away what only frozen variables needed, and makes sure none is written.
#include "compiler/passes/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

namespace tl {
#define GEN_PASS_DEF_PRUNEFROZEN
#include "compiler/passes/Passes.h.inc"

namespace {
using namespace mlir;
using namespace tl::ir;

using ReadsByName = llvm::MapVector<StringAttr, ReadOp>;

/// The backstop behind `check`, which lets none of these through.
LogicalResult verifyWrites(func::FuncOp function, ReadsByName &frozen) {
  llvm::MapVector<StringAttr, WriteOp> written;
  for (Operation &op : function.front()) {
    if (llvm::isa<GradientOp>(op))
      return op.emitOpError("is not explicit yet");
    auto write = llvm::dyn_cast<WriteOp>(op);
    if (!write)
      continue;
    if (auto read = frozen.find(write.getNameAttr()); read != frozen.end()) {
      InFlightDiagnostic error = write.emitOpError("writes ") << write.getNameAttr() << ", which is frozen";
      error.attachNote(read->second.getLoc()) << "it is read as frozen here";
      return error;
    }
    if (auto [other, isNew] = written.insert({write.getNameAttr(), write}); !isNew) {
      InFlightDiagnostic error = write.emitOpError("writes ") << write.getNameAttr() << " a second time";
      error.attachNote(other->second.getLoc()) << "the first is here";
      return error;
    }
  }
  return success();
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
    ReadsByName frozen;
    for (ReadOp read : function.getOps<ReadOp>())
      if (read.getFrozen())
        frozen.insert({read.getNameAttr(), read});
    if (failed(verifyWrites(function, frozen)))
      return failure();
    if (onlyVerifies)
      return success();
    std::vector<StringRef> names;
    for (auto &[name, read] : frozen)
      names.push_back(name);
    size_t before = function.front().getOperations().size();
    // From the end, so that a dead op's operands are met after it.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.front())))
      if (isOpTriviallyDead(&op))
        op.erase();
    if (!names.empty())
      report(function, names, before);
    return success();
  }

  /// `tl.pruned`: for `tlc explain` and for tests.
  void report(func::FuncOp function, ArrayRef<StringRef> frozen, size_t before) {
    std::string text = std::to_string(function.front().getOperations().size()) + " of " + std::to_string(before) +
                       " ops stay; frozen: " + llvm::join(frozen, ", ");
    if (auto onPath = function->getAttrOfType<ArrayAttr>("tl.gradient_path")) {
      std::vector<StringRef> names;
      for (auto name : onPath.getAsRange<StringAttr>())
        names.push_back(name);
      text += "; frozen but still on the gradient path: " + llvm::join(names, ", ");
    }
    function->setAttr("tl.pruned", StringAttr::get(&getContext(), text));
  }
};

}  // namespace
}  // namespace tl
