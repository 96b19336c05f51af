// What functions name: the variables of a stage, and the values of a run.
#ifndef TL_SYMBOLS_TD
#define TL_SYMBOLS_TD

include "compiler/ir/TlDialect.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/SymbolInterfaces.td"

/// The names are those of `abi::Variable::kind`.
def Tl_VariableKind : I32EnumAttr<"VariableKind", "what a variable is for", [
    I32EnumAttrCase<"Parameter", 0, "parameter">, I32EnumAttrCase<"Buffer", 1, "buffer">,
    I32EnumAttrCase<"Slot", 2, "slot">, I32EnumAttrCase<"Counter", 3, "counter">,
    I32EnumAttrCase<"Fitted", 4, "fitted">, I32EnumAttrCase<"Accumulator", 5, "accumulator">,
    I32EnumAttrCase<"Table", 6, "table">, I32EnumAttrCase<"Live", 7, "live">]> {
  let cppNamespace = "::tl::ir";
}

/// The names are those of `abi::Scalar::changes`.
def Tl_Period : I32EnumAttr<"Period", "with what a value changes", [
    I32EnumAttrCase<"Step", 0, "step">, I32EnumAttrCase<"Phase", 1, "phase">, I32EnumAttrCase<"Stage", 2, "stage">]> {
  let cppNamespace = "::tl::ir";
}

/// A declaration in the module: no word of the calculus.
class Tl_SymbolOp<string mnemonic, list<Trait> traits = []> : Op<Tl_Dialect, mnemonic, [Symbol] # traits>;

def Tl_StageOp : Tl_SymbolOp<"stage", [SymbolTable, IsolatedFromAbove, NoRegionArguments, NoTerminator, SingleBlock]> {
  let summary = "Holds the variables of a stage";
  let description = [{
    Functions of the stage name them `@stage::@variable`. `bytes` is absent until memory is planned; then it is the size of
    the variables arena.

    Example:

    ```mlir
    tl.stage @cls {
      tl.variable @"enc.net[0].w" parameter : tensor<784x256xf32>
      tl.variable @"enc.net[0].w/m" slot "m" of @"enc.net[0].w" : tensor<784x256xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<I64Attr>:$bytes);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name), [{
    $_state.addAttribute(getSymNameAttrName($_state.name), $_builder.getStringAttr(name));
    $_state.addRegion()->emplaceBlock();
  }]>];
}

def Tl_VariableOp : Tl_SymbolOp<"variable", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Declares a tensor that lives through a stage";
  let description = [{
    It stands in a `tl.stage`, or in the module where there is only one. A slot says which `state` of an optimizer it is,
    and `of` which parameter; an accumulator `of` which parameter it holds the gradient, and `in` which range of gradients it
    lies beside the others. The byte offset `at` which it lies in the variables arena is absent until memory is planned.

    Constraints:
    - (C1) `of` is a variable beside it, of kind `parameter`
    - (C2) a slot has a `state` and is `of` one; nothing else has a `state`
    - (C3) only an accumulator is `in` a range

    Example:

    ```mlir
    tl.variable @"head.w/m" slot "m" of @head.w : tensor<64x10xf32>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Tl_VariableKind:$kind, OptionalAttr<StrAttr>:$state,
                       OptionalAttr<FlatSymbolRefAttr>:$of, OptionalAttr<StrAttr>:$range, TypeAttrOf<Tl_Tensor>:$type, OptionalAttr<I64Attr>:$offset);
  let assemblyFormat = "$sym_name $kind ($state^)? (`of` $of^)? (`in` $range^)? (`at` $offset^)? attr-dict `:` $type";
}

def Tl_RuntimeScalarOp : Tl_SymbolOp<"runtime_scalar"> {
  let summary = "Declares a number that is known when the program runs";
  let description = [{
    A parameter of the script, which a run is given once; or, with `each`, what changes with each step, phase or stage.
    Its place among the scalars, `at`, is absent until memory is planned.

    Example:

    ```mlir
    tl.runtime_scalar @lr
    tl.runtime_scalar @phase.step each step
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<Tl_Period>:$each, OptionalAttr<I64Attr>:$index);
  let assemblyFormat = "$sym_name (`each` $each^)? (`at` $index^)? attr-dict";
}

#endif
