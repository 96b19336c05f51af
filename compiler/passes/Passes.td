// Passes on `tl`: every gradient explicit, nothing computed for what is frozen, algebra.
#ifndef TL_PASSES
#define TL_PASSES

include "mlir/Pass/PassBase.td"

def Differentiate : Pass<"tl-differentiate", "mlir::ModuleOp"> {
  let summary = "Replaces every gradient by the ops that compute it";
  let description = [{
    Reverse mode: walks back from the loss through the values that depend on what the gradient is taken with respect to,
    and through no others, asking each op for its rule. Contributions to one value are added in the order in which the
    walk meets them.

    Requires: nothing.
    Ensures:  there is no `tl.gradient` and no `tl.stop_gradient`; `tl.gradient_path` on a function names the frozen
              variables that its gradients still need.
  }];
  let dependentDialects = ["tl::ir::TlDialect"];
}

def PruneFrozen : Pass<"tl-prune-frozen", "mlir::ModuleOp"> {
  let summary = "Sweeps away what only frozen variables needed, and makes sure none is written";
  let description = [{
    Requires: gradients are explicit (`tl-differentiate` has run).
    Ensures:  no `tl.write` names a variable that is read as `frozen`, no variable is written twice, and every op leads
              to a write or an output. A function that reads frozen variables says in `tl.pruned` what became of them.
  }];
  let options = [Option<"onlyVerifies", "only-verify", "bool", "false", "sweep nothing away">];
}

def Simplify : Pass<"tl-simplify", "mlir::ModuleOp"> {
  let summary = "Applies the algebra of the calculus";
  let description = [{
    Rewrites by the equations above the patterns, merges equal ops and drops unused ones, until nothing changes. Sums of
    reals keep their order: what a program computes changes by no more than the rounding of a product.

    Requires: nothing.
    Ensures:  no two ops are equal; transposes of a contraction's operands and result are in its indices.
  }];
  let dependentDialects = ["tl::ir::TlDialect"];
}

def ListOps : Pass<"tl-list-ops", "mlir::ModuleOp"> {
  let summary = "Lists the ops with their derivatives; fails when one lacks an entry";
  let description = [{
    Prints a line for each word of the calculus: its op, and the derivative or the reason for none. An error when a word
    has no op, an op is no word, or an op has neither a derivative nor a reason or both.
  }];
  let dependentDialects = ["tl::ir::TlDialect"];
}

#endif
