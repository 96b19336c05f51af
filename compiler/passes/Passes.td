// Passes on `tl`: every gradient explicit, nothing computed for what is frozen, algebra.
#ifndef TL_PASSES
#define TL_PASSES

include "mlir/Pass/PassBase.td"

def RoundProducts : Pass<"tl-round-products", "mlir::ModuleOp"> {
  let summary = "Rounds the factors of products to the few digits that a stage asks for";
  let description = [{
    In a function that says `tl.precision = "bf16"`, both factors of each contraction of f32 that a loss or an output is computed
    from are cast to bf16; what it sums stays f32. A contraction in which no weight has part is left alone, since that counts or
    places something, and so is what depends on a gradient: optimizers compute in f32. The derivatives of a contraction of bf16 are
    such contractions again, by its rule.

    Requires: gradients are not explicit yet.
    Ensures:  no function says `tl.precision`.
  }];
  let dependentDialects = ["tl::ir::TlDialect"];
}

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
  let summary = "Sweeps away what only frozen variables needed";
  let description = [{
    Requires: gradients are explicit (`tl-differentiate` has run).
    Ensures:  every op but an input leads to a write or an output. A function that reads frozen variables says in `tl.pruned`
              what became of them.
  }];
}

def CacheFeatures : Pass<"tl-cache-features", "mlir::ModuleOp"> {
  let summary = "Parts training steps and evaluations from what can be computed once for each record";
  let description = [{
    Looks at functions that say in `tl.batch` how many records one call takes, and in `tl.updates` which functions
    write variables between calls. What depends on one record and on variables that none of these writes, and draws nothing, is the same in every epoch: it may move into a
    function of its own, `STAGE.PHASE.features`, whose outputs are then inputs of the step. Where the two part is the cheapest
    cut: an op left in the step costs its arithmetic, a value that is handed over costs its bytes. The function that a step
    names in `tl.evaluation` is called between its steps, so the same may hold there: then it gets a copy of its own, parted into
    `STAGE.PHASE.evaluate` and `STAGE.PHASE.evaluate.features`, and names that instead.

    Requires: gradients are explicit, and what nobody needs is swept away (`tl-prune-frozen` has run).
    Ensures:  a step that was parted names the other function in `tl.features`; one that reads frozen variables and was
              not says why in `tl.not_cached`, or in `tl.evaluation_not_cached`. Both compute what the step did.
  }];
  let dependentDialects = ["tl::ir::TlDialect"];
  let options = [Option<"always", "always", "bool", "false", "keep whatever can be kept, also where that does not pay">];
}

def PartLogged : Pass<"tl-part-logged", "mlir::ModuleOp"> {
  let summary = "Parts what only a log shows from the functions that would compute it in every step";
  let description = [{
    An output that is `logged` stays where the function computes its value anyway, or from numbers of its own. The others move, with all
    that they need, into `FUNCTION.logged`, which is called in front of the function where a step is logged, with the same input.

    Requires: what nobody needs is swept away (`tl-prune-frozen` has run).
    Ensures:  a function that was parted names the other one in `tl.logged`; together they put out what it did, and both have its
              inputs.
  }];
  let dependentDialects = ["tl::ir::TlDialect"];
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

def SparseRows : Pass<"tl-sparse-rows", "mlir::ModuleOp"> {
  let summary = "Updates tables in the rows that a step names";
  let description = [{
    Where the gradient of a table is sums of rows by number, everything between it and the variables' new values is
    computed for the rows named only, and put into the table by `tl.put_rows`. That is done where the rows are few and the
    algebra proves that all others keep their value; a sum over all rows, such as a norm's, becomes one over those named.

    Requires: gradients are explicit.
    Ensures:  a function with such tables says in `tl.tables` how each is updated and, where all its rows are, why.
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
