// From explicit gradients to kernels that have a place: normalize, fuse, plan memory.
#ifndef TL_FUSION_PASSES
#define TL_FUSION_PASSES

include "mlir/Pass/PassBase.td"

def NormalizeForKernels : Pass<"tl-normalize", "mlir::ModuleOp"> {
  let summary = "Brings contractions and large reductions into the forms the kernels know";
  let description = [{
    Requires: gradients are explicit.
    Ensures:  the last axis of a contraction's result is the last axis of its right operand or is made so when a panel is
              packed, or both operands have it last and one serves several rows of the result, or the contraction has become a product and a sum; contractions without a summed index are products; a sum of a large tensor
              over all its axes is done in two steps, so that both can be split; what every step of a scan would turn or copy of a
              constant is turned and laid out in panels before the first.
  }];
  let dependentDialects = ["tl::kernel::KernelDialect"];
  let options = [Option<"onlyProducts", "only-products", "bool", "false",
                        "make every contraction a product and a sum, and nothing else">];
}

def Winograd : Pass<"tl-winograd", "mlir::ModuleOp"> {
  let summary = "Makes convolutions of three by three taps, and their gradients, of fewer products";
  let description = [{
    Looks for contractions of f32 with what an image has in windows of three by three places, one apart: for each result with taps, or for each
    tap with what results are multiplied by. Where that takes less time, tiles, taps and results are transformed (Winograd), and one product of
    matrices stands for each place of a tile: 36 for 4 x 4 results instead of 144, or 16 for 2 x 2 instead of 36.

    Requires: gradients are explicit.
    Ensures:  sums of such a contraction are rounded otherwise: with 4 x 4 results two to three times as much. A function that has
              any says in `tl.winograd` how many with 4 x 4 and with 2 x 2 results.
  }];
  let dependentDialects = ["tl::ir::TlDialect"];
}

def TileSquares : Pass<"tl-tile-squares", "mlir::ModuleOp"> {
  let summary = "Makes kernels of products whose square of rows and columns need not be stored";
  let description = [{
    Looks for means that each row makes of the columns, weighed by softmax of a product of the two, and for what their derivative
    makes of that square. Where the second cache does not hold the square, the means become one kernel, which keeps the greatest score
    and the sum of each row, and all products of the derivative another, which makes the square again, tile by tile.
    Nothing is changed where anything else reads the square. Of products of bf16 the means are a kernel of their own behind that of the
    greatest scores and sums; kernels multiply the rounded factors as f32, and round those of the square themselves.

    Requires: gradients are explicit.
    Ensures:  such a kernel says in `kernel.columns` which axis of its square the columns are (see Squares.h), and a function that has any
              in `tl.flops_of_tiles` how many operations more they take than what they stand for, or, as a negative number, less.
  }];
  let dependentDialects = ["tl::kernel::KernelDialect"];
}

def FuseKernels : Pass<"tl-fuse", "mlir::ModuleOp"> {
  let summary = "Groups ops into kernels";
  let description = [{
    Requires: `tl-normalize` has run.
    Ensures:  every op that computes stands in a `kernel.run`; between kernels there are only inputs, reads, scalars,
              reshapes, writes, outputs and scans, whose bodies are of the same kind.
  }];
  let dependentDialects = ["tl::kernel::KernelDialect"];
  let options = [Option<"isApart", "apart", "bool", "false", "give each op a kernel of its own, constants excepted">];
}

def Recompute : Pass<"tl-recompute", "mlir::ModuleOp"> {
  let summary = "Computes values again rather than keep them, where a function has a budget of bytes";
  let description = [{
    A function that says `tl.budget` is to get by with so many bytes: variables of its stage, batch, results and work. Where it
    does not, kernels run a second time where their results are read late, those that cost the fewest operations for the bytes that are
    held less (see Timeline.h). How many are needed is tried on plans of memory, so that what is found has room as `tl-plan-memory`
    will place it.

    Requires: `tl-fuse` has run.
    Ensures:  kernels that run again say `kernel.again`; a function with a budget says in `tl.work_bytes_kept` what its work would
              take without them. It takes as little as was found, where nothing found has room.
  }];
  let dependentDialects = ["tl::kernel::KernelDialect"];
}

def PlanMemory : Pass<"tl-plan-memory", "mlir::ModuleOp"> {
  let summary = "Orders kernels and gives every tensor between them a place";
  let description = [{
    Requires: `tl-fuse` has run.
    Ensures:  variables, inputs, outputs and scalars say where they lie, stages and functions how long their arenas are (see
              Arenas.h); each `kernel.run` has `places`; a kernel whose result becomes a variable's new value runs after the last
              reader of the old one and writes in place; scans have `kernel.places`, those of their stacks; functions carry
              `tl.work_bytes`.
  }];
  let dependentDialects = ["tl::kernel::KernelDialect"];
  let options = [Option<"isSpacious", "spacious", "bool", "false",
                        "write nothing in place and use no byte of the work arena twice">];
}

#endif
