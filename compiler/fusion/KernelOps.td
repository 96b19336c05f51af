// The `kernel` dialect: groups of tl ops that run as one loop nest.
#ifndef TL_KERNEL_OPS
#define TL_KERNEL_OPS

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::tl::kernel";
  let summary = "Groups of tl ops that run as one loop nest";
  let useDefaultAttributePrinterParser = 1;
}

def Kernel_TargetAttr : AttrDef<Kernel_Dialect, "Target"> {
  let mnemonic = "target";
  let summary = "The processor that kernels are written for; compiler/fusion/Target.h says what each number is";
  let parameters = (ins "int64_t":$lanes, "int64_t":$registers, "int64_t":$tileRegisters, "int64_t":$vectorsACycle, "int64_t":$latency,
                        "int64_t":$scalarCost, "int64_t":$farScalarCost, "int64_t":$farVectorCost, "int64_t":$firstCache, "int64_t":$ways,
                        "int64_t":$secondCache, "int64_t":$sharedWork, "int64_t":$arenaSpace,
                        DefaultValuedParameter<"bool", "false">:$multipliesPairs, DefaultValuedParameter<"bool", "false">:$multipliesTiles);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Kernel_RunOp : Op<Kernel_Dialect, "run", [IsolatedFromAbove, SingleBlock]> {
  let summary = "Computes its results in one loop nest";
  let description = [{
    The region holds tl ops on whole tensors; its arguments are tensors in memory. At most one op of the region, the
    root, is not computed point by point: a contraction, a reduction, an argmax, an argsort, a concatenation, or an op on rows by number. With
    `kernel.columns` it has several: those that make a square and take it up, tile by tile (see Squares.h).

    Constraints:
    - (C1) the region's arguments are the operands, its yielded values the results, type by type

    `places` is absent until memory is planned; then it holds, for each result, the arena and the byte offset. `scratch` is the
    byte offset in the work arena of what the kernel needs for itself, if anything.

    Example:

    ```mlir
    %y = kernel.run (%x, %w) {
    ^bb0(%a: tensor<64x784xf32>, %b: tensor<784x256xf32>):
      %0 = tl.contract %a, %b [[0, 2], [2, 1], [0, 1]] : …
      kernel.yield %0 : tensor<64x256xf32>
    } : (tensor<64x784xf32>, tensor<784x256xf32>) -> tensor<64x256xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs, OptionalAttr<ArrayAttr>:$places,
                       OptionalAttr<I64Attr>:$scratch);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`(` $inputs `)` attr-dict-with-keyword $body `:` functional-type($inputs, results)";
  let hasVerifier = 1;
}

def Kernel_YieldOp : Op<Kernel_Dialect, "yield", [Pure, Terminator, HasParent<"RunOp">]> {
  let summary = "Ends a kernel with its results";
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

#endif
