// Every word of the calculus has its op, its verifier, and a derivative or a reason for none: checks it and lists them.
#include "compiler/passes/Passes.h"
#include "llvm/ADT/StringSet.h"

namespace tl {
#define GEN_PASS_DEF_LISTOPS
#include "compiler/passes/Passes.h.inc"

namespace {
using namespace mlir;

struct ListOps : impl::ListOpsBase<ListOps> {
  void runOnOperation() override {
    llvm::StringSet<> words;
#define OP(Id, name, operands, meaning) words.insert("tl." name);
#include "compiler/calculus/Ops.def"
    // Not getRegisteredOperationsByDialect, which finds nothing where other dialects are registered too.
    for (RegisteredOperationName op : getContext().getRegisteredOperations())
      if (op.getDialectNamespace() == "tl" && !op.hasInterface<SymbolOpInterface>() && !words.contains(op.getStringRef()))
        fail(op.getStringRef(), "is no word of the calculus");
#define OP(Id, name, operands, meaning) list("tl." name, meaning);
#include "compiler/calculus/Ops.def"
  }

  void list(StringRef name, StringRef meaning) {
    auto op = RegisteredOperationName::lookup(name, &getContext());
    if (!op)
      return fail(name, "is not registered");
    auto *none = op->getInterface<ir::NoDerivative>();
    if (bool(none) == bool(op->hasInterface<ir::Differentiable>()))
      return fail(name,
                  none ? "has a derivative and a reason for none" : "has neither a derivative nor a reason for none");
    llvm::outs() << name << ": " << meaning << "\n  derivative: " << (none ? "none, " : "rule")
                 << (none ? none->whyNoDerivative() : "") << "\n";
  }

  void fail(StringRef name, const char *what) {
    getOperation().emitError() << name << " " << what;
    signalPassFailure();
  }
};

}  // namespace
}  // namespace tl
