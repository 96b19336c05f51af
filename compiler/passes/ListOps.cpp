// Every word of the calculus has its op, its verifier, and a derivative or a reason for none: checks it and lists them.
#include "compiler/calculus/Facts.h"
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
#define OP(Id, name, ...) words.insert("tl." name);
#include "compiler/calculus/Ops.def"
    // Not getRegisteredOperationsByDialect, which finds nothing where other dialects are registered too.
    for (RegisteredOperationName op : getContext().getRegisteredOperations())
      if (op.getDialectNamespace() == "tl" && !op.hasInterface<SymbolOpInterface>() && !words.contains(op.getStringRef()))
        fail(op.getStringRef(), "is no word of the calculus");
#define OP(Id, name, operands, form, cost, rounding, derivative, meaning) list("tl." name, factsOf(Op::Id), meaning);
#include "compiler/calculus/Ops.def"
  }

  void list(StringRef name, const Facts &facts, StringRef meaning) {
    auto op = RegisteredOperationName::lookup(name, &getContext());
    if (!op)
      return fail(name, "is not registered");
    const char *none = facts.whyNoDerivative;
    if (bool(none) == bool(op->hasInterface<ir::Differentiable>()))
      return fail(name, none ? "has a derivative and a reason for none" : "has neither a derivative nor a reason for none");
    if (op->hasTrait<OpTrait::Elementwise>() != (facts.form == Form::Pointwise))
      return fail(name, "is elementwise in the dialect or in Ops.def, not in both");
    llvm::outs() << name << ": " << meaning << "\n  derivative: " << (none ? "none, " : "rule") << (none ? none : "") << "\n";
  }

  void fail(StringRef name, const char *what) {
    getOperation().emitError() << name << " " << what;
    signalPassFailure();
  }
};

}  // namespace
}  // namespace tl
