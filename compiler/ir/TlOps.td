// The ops that are not elementwise: here sources, contraction, reductions, recurrence, effects.
#ifndef TL_OPS_TD
#define TL_OPS_TD

include "compiler/ir/TlElementwise.td"
include "compiler/ir/TlLayout.td"
include "compiler/ir/TlSymbols.td"

// Sources --------------------------------------------------------------------

def Tl_ConstantOp : Tl_StoppingOp<"constant", [Pure, Tl_RecordRule, ConstantLike]> {
  let summary = "Fills a tensor with one number";
  let description = [{
    `out[i] = value`.

    Example:

    ```mlir
    %c = tl.constant 0.5 : tensor<64x128xf32>
    ```
  }];
  let arguments = (ins Tl_Splat:$value);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat = "custom<Splat>($value, type($out)) attr-dict";
  let hasFolder = 1;
  let extraClassDeclaration = [{
    /// The number, whatever its element type; true is 1.
    double number();
  }];
}

def Tl_IotaOp : Tl_StoppingOp<"iota", [Pure, Tl_RecordRule]> {
  let summary = "Counts along an axis";
  let description = [{
    `out[.., i, ..] = i`, where `i` is the index along `axis`.

    Constraints:
    - (C1) `axis` is an axis of `out`

    Example:

    ```mlir
    %i = tl.iota axis 1 : tensor<64x10xi32>
    ```
  }];
  let arguments = (ins I64Attr:$axis);
  let results = (outs Tl_Index:$out);
  let assemblyFormat = "`axis` $axis attr-dict `:` type($out)";
}

def Tl_RandomOp : Tl_StoppingOp<"random", [Pure]> {
  let summary = "Draws uniform numbers";
  let description = [{
    `out[i]` is uniform in (0, 1), a function of the seed, the step, `site` and `i` alone: two ops with one site and one
    type are the same value. With `goesOn`, batch m of the step draws what elements i + m * elements of a longer
    tensor would be: batches of a step that accumulates go on from one to the next.

    Example:

    ```mlir
    %u = tl.random site 123 : tensor<64x128xf32>
    ```
  }];
  let arguments = (ins I64Attr:$site, UnitAttr:$goesOn);
  let results = (outs Tl_TensorOf<[F32]>:$out);
  let assemblyFormat = "`site` $site attr-dict `:` type($out)";
}

/// Not `Pure`: a port stays though nothing computed needs it any more, since what is fed decides which records are counted.
def Tl_InputOp : Tl_StoppingOp<"input"> {
  let summary = "Takes a field of the batch";
  let description = [{
    `out` is what the input port `name` is fed. The byte offset `at` which it lies in the input arena is absent until
    memory is planned.

    Constraints:
    - (C1) a function has one input of a name

    Example:

    ```mlir
    %x = tl.input "image" : tensor<64x784xui8>
    ```
  }];
  let arguments = (ins StrAttr:$name, OptionalAttr<I64Attr>:$offset);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat = "$name (`at` $offset^)? attr-dict `:` type($out)";
}

def Tl_ScalarOp : Tl_StoppingOp<"scalar", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Takes a run-time value";
  let description = [{
    `out[]` is the value of a `tl.runtime_scalar`.

    Constraints:
    - (C1) `scalar` is one

    Example:

    ```mlir
    %lr = tl.scalar @lr : tensor<f64>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$scalar);
  let results = (outs Tl_TensorOf<[F64]>:$out);
  let assemblyFormat = "$scalar attr-dict `:` type($out)";
}

def Tl_ReadOp : Tl_StoppingOp<"read", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Takes the value of a variable";
  let description = [{
    `out` is the variable as it was before this function's writes. `frozen`: it is constant for the whole phase; no
    gradient is taken with respect to it and nothing writes it.

    Constraints:
    - (C1) `variable` is a `tl.variable`
    - (C2) `out` has its type

    Example:

    ```mlir
    %w = tl.read @cls::@"enc.net[0].w" frozen : tensor<784x256xf32>
    ```
  }];
  let arguments = (ins SymbolRefAttr:$variable, UnitAttr:$frozen);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat = "$variable (`frozen` $frozen^)? attr-dict `:` type($out)";
}

// Contraction ----------------------------------------------------------------

def Tl_ContractOp : Tl_Op<"contract", [Pure, Tl_RecordRule]> {
  let summary = "Multiplies two tensors and sums over loops";
  let description = [{
    `out[o] = sum over the loops not in o of lhs[l] * rhs[r]`, where `lhsIndices`, `rhsIndices` and `outIndices` give
    the loop of each axis. Products of matrices, batched and outer and inner products are all this op.

    Constraints:
    - (C1) each list has one loop per axis of its tensor
    - (C2) a loop stands at most once in each list
    - (C3) axes of one loop have one size
    - (C4) each loop of `outIndices` stands in `lhsIndices` or `rhsIndices`
    - (C5) `lhs` and `rhs` have one element type, f32, f64 or bf16; `out` has it too, or f32 where it is bf16: there products are
      exact, and summed in f32

    Example:

    ```mlir
    // y[i, j] = sum_k x[i, k] * w[k, j]
    %y = tl.contract %x, %w [[0, 2], [2, 1], [0, 1]] : tensor<64x784xf32>, tensor<784x128xf32> -> tensor<64x128xf32>
    ```
  }];
  let arguments = (ins Tl_Factor:$lhs, Tl_Factor:$rhs, DenseI64ArrayAttr:$lhsIndices, DenseI64ArrayAttr:$rhsIndices,
                       DenseI64ArrayAttr:$outIndices);
  let results = (outs Tl_Real:$out);
  let assemblyFormat = [{
    $lhs `,` $rhs ` ` `[` $lhsIndices `,` $rhsIndices `,` $outIndices `]` attr-dict
    `:` type($lhs) `,` type($rhs) `->` type($out)
  }];
}

// Reductions -----------------------------------------------------------------

def Tl_ReduceSumOp : Tl_Op<"reduce_sum", [Pure, Tl_RecordRule]> {
  let summary = "Sums over axes";
  let description = [{
    `out[o] = sum over axes of x[i]`; the axes disappear.

    Constraints:
    - (C1) `axes` are distinct axes of `x`
    - (C2) `out` has the other axes, in order

    Example:

    ```mlir
    %s = tl.reduce_sum %x [0] : tensor<64x128xf32> -> tensor<128xf32>
    ```
  }];
  let arguments = (ins Tl_Real:$x, DenseI64ArrayAttr:$axes);
  let results = (outs Tl_Real:$out);
  let assemblyFormat = "$x $axes attr-dict `:` type($x) `->` type($out)";
}

def Tl_ReduceMaxOp : Tl_Op<"reduce_max", [Pure, Tl_RecordRule]> {
  let summary = "Takes the maximum over axes";
  let description = [{
    `out[o] = max over axes of x[i]`; the axes disappear. Equal maxima share the gradient evenly.

    Constraints:
    - (C1) `axes` are distinct axes of `x`
    - (C2) `out` has the other axes, in order

    Example:

    ```mlir
    %m = tl.reduce_max %x [1] : tensor<64x128xf32> -> tensor<64xf32>
    ```
  }];
  let arguments = (ins Tl_Real:$x, DenseI64ArrayAttr:$axes);
  let results = (outs Tl_Real:$out);
  let assemblyFormat = "$x $axes attr-dict `:` type($x) `->` type($out)";
}

def Tl_ArgMaxOp : Tl_StoppingOp<"argmax", [Pure, Tl_RecordRule]> {
  let summary = "Tells where the first maximum is";
  let description = [{
    `out[o] = smallest i with x[.., i, ..] = max over axis`, or -1 where one of them is NaN; the axis disappears.

    Constraints:
    - (C1) `axis` is an axis of `x`
    - (C2) `out` is i32 and has the other axes, in order

    Example:

    ```mlir
    %i = tl.argmax %x axis 1 : tensor<64x10xf32> -> tensor<64xi32>
    ```
  }];
  let arguments = (ins Tl_Number:$x, I64Attr:$axis);
  let results = (outs Tl_Index:$out);
  let assemblyFormat = "$x `axis` $axis attr-dict `:` type($x) `->` type($out)";
}

def Tl_ArgSortOp : Tl_StoppingOp<"argsort", [Pure, Tl_RecordRule]> {
  let summary = "Tells the order of numbers";
  let description = [{
    `out[.., k]` is the index along the last axis of the element of `x[.., :]` that comes k-th: of the k-th smallest, or of the
    k-th greatest where it is `descending`. Equal elements stay in their order, 0 and -0 are equal, and NaN is greater than every number.

    Constraints:
    - (C1) `x` has an axis
    - (C2) `out` is i32 and has the shape of `x`

    Example:

    ```mlir
    %i = tl.argsort %x descending : tensor<64x10xf32> -> tensor<64x10xi32>
    ```
  }];
  let arguments = (ins Tl_Number:$x, UnitAttr:$descending);
  let results = (outs Tl_Index:$out);
  let assemblyFormat = "$x (`descending` $descending^)? attr-dict `:` type($x) `->` type($out)";
}

// Recurrence -----------------------------------------------------------------

def Tl_ScanOp : Tl_Op<"scan", [Pure, IsolatedFromAbove, AttrSizedOperandSegments, SingleBlock]> {
  let summary = "Hands states from step to step along the first axis of tensors";
  let description = [{
    For `t` from 0 to `T - 1`, or with `reverse` from `T - 1` to 0, the body takes the states, row `t` of each of `xs`
    and the constants, and yields the new states and further values. The results are the last states, then the further
    values stacked: row `t` is what step `t` yielded.

    Constraints:
    - (C1) there is at least one of `xs`; all have a first axis, of one size `T`
    - (C2) the body's arguments are the states, a row of each of `xs` and the constants, type by type
    - (C3) the body yields the states, type by type, then any number of further values
    - (C4) the results have the types of the states, then of the further values with an axis of size `T` in front
    - (C5) the body holds no source, effect, random number, gradient or scan

    Example:

    ```mlir
    // s' = s + x[t];  y[t] = s'
    %sum, %sums = tl.scan (%zero) over (%x) with () {
    ^bb0(%s: tensor<8xf32>, %row: tensor<8xf32>):
      %next = tl.add %s, %row : tensor<8xf32>
      tl.yield %next, %next : tensor<8xf32>, tensor<8xf32>
    } : (tensor<8xf32>, tensor<5x8xf32>) -> (tensor<8xf32>, tensor<5x8xf32>)
    ```
  }];
  let arguments = (ins Variadic<Tl_Computed>:$init, Variadic<Tl_Tensor>:$xs, Variadic<Tl_Tensor>:$constants, UnitAttr:$reverse);
  let results = (outs Variadic<Tl_Tensor>:$out);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`reverse` $reverse^)? `(` $init `)` `over` `(` $xs `)` `with` `(` $constants `)` attr-dict-with-keyword $body
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    int64_t steps();
    YieldOp yield();
    /// The body's arguments that stand for states, rows and constants.
    ::llvm::ArrayRef<::mlir::BlockArgument> stateArguments();
    ::llvm::ArrayRef<::mlir::BlockArgument> rowArguments();
    ::llvm::ArrayRef<::mlir::BlockArgument> constantArguments();
    /// The result that stacks a value of the body; null: none does.
    ::mlir::Value stackOf(::mlir::Value inBody);
  }];
}

def Tl_YieldOp : Tl_StoppingOp<"yield", [Pure, Terminator, HasParent<"ScanOp">]> {
  let summary = "Ends the body of a scan";
  let description = [{
    The new states, then the values that are stacked.

    Example:

    ```mlir
    tl.yield %next, %next : tensor<8xf32>, tensor<8xf32>
    ```
  }];
  let arguments = (ins Variadic<Tl_Tensor>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

def Tl_FirstOp : Tl_StoppingOp<"first", [Pure, SameOperandsAndResultType]> {
  let summary = "Tells where a number stands first";
  let description = [{
    `out[i] = smallest j with x[j] = x[i]`: equal numbers have one place between them.

    Constraints:
    - (C1) `x` is a list

    Example:

    ```mlir
    %f = tl.first %ids : tensor<2048xi32>
    ```
  }];
  let arguments = (ins Tl_Index:$x);
  let results = (outs Tl_Index:$out);
  let assemblyFormat = "$x attr-dict `:` type($out)";
}

def Tl_PutRowsOp : Tl_StoppingOp<"put_rows", [
    Pure, AllTypesMatch<["table", "out"]>]> {
  let summary = "Replaces rows of a table by number";
  let description = [{
    `out[ids[i], r..] = rows[i, r..]`, and `out = table` elsewhere; an id of no row changes nothing. No two ids name the same
    row. Where `table` is a variable and `out` its new value, only the rows named are touched.

    Constraints:
    - (C1) `ids` is a list
    - (C2) the shape of `rows` is that of `ids` followed by that of a row

    Example:

    ```mlir
    %t = tl.put_rows %table, %ids, %rows : tensor<1000x64xf32>, tensor<16xi32>, tensor<16x64xf32>
    ```
  }];
  let arguments = (ins Tl_Tensor:$table, Tl_Index:$ids, Tl_Tensor:$rows);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat = "$table `,` $ids `,` $rows attr-dict `:` type($table) `,` type($ids) `,` type($rows)";
}

// Effects --------------------------------------------------------------------

def Tl_WriteOp : Tl_StoppingOp<"write", [
    MemoryEffects<[MemWrite]>, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Gives a variable its new value";
  let description = [{
    The variable becomes `value` when the function ends.

    Constraints:
    - (C1) `variable` is a `tl.variable`
    - (C2) `value` has its type
    - (C3) a function writes a variable at most once
    - (C4) and none that it reads as `frozen`

    Example:

    ```mlir
    tl.write @cls::@"enc.net[0].w", %v : tensor<784x256xf32>
    ```
  }];
  let arguments = (ins SymbolRefAttr:$variable, Tl_Tensor:$value);
  let assemblyFormat = "$variable `,` $value attr-dict `:` type($value)";
}

def Tl_OutputOp : Tl_StoppingOp<"output", [MemoryEffects<[MemWrite]>]> {
  let summary = "Makes a value a named result";
  let description = [{
    `value` is what the output port `name` gives. The byte offset `at` which it lies in the output arena is absent until
    memory is planned. `logged`: it is looked at only where a step is logged, so `tl-part-logged` may move it into a function
    of its own.

    Constraints:
    - (C1) a function has one output of a name

    Example:

    ```mlir
    tl.output "loss.sum", %v : tensor<f32>
    ```
  }];
  let arguments = (ins StrAttr:$name, OptionalAttr<I64Attr>:$offset, Tl_Tensor:$value, UnitAttr:$logged);
  let assemblyFormat = "$name (`at` $offset^)? `,` $value (`logged` $logged^)? attr-dict `:` type($value)";
}

// Gradient -------------------------------------------------------------------

def Tl_GradientOp : Tl_StoppingOp<"gradient", [
    Pure, RangedTypesMatchWith<"each gradient has the type of its value", "wrt", "grads", "$_self">]> {
  let summary = "Differentiates a loss";
  let description = [{
    `grads[n][i] = d loss / d wrt[n][i]`. `tl-differentiate` replaces it by ops that compute it.

    Constraints:
    - (C1) `loss` is one real number
    - (C2) there is at least one `wrt`

    Example:

    ```mlir
    %g:2 = tl.gradient %loss wrt %w, %b : tensor<f32>, tensor<784x256xf32>, tensor<256xf32>
    ```
  }];
  let arguments = (ins Tl_Real:$loss, Variadic<Tl_Real>:$wrt);
  let results = (outs Variadic<Tl_Real>:$grads);
  let assemblyFormat = "$loss `wrt` $wrt attr-dict `:` type($loss) `,` type($wrt)";
}

#endif
