// Ops that move elements: layout, windows, rows by number.
#ifndef TL_LAYOUT_TD
#define TL_LAYOUT_TD

include "compiler/ir/TlElementwise.td"

// Layout ---------------------------------------------------------------------

def Tl_ReshapeOp : Tl_Op<"reshape", [Pure, Tl_RecordRule]> {
  let summary = "Gives the same elements another shape";
  let description = [{
    `out` has the elements of `x` in the same row-major order.

    Constraints:
    - (C1) `out` has as many elements as `x`, of the same type

    Example:

    ```mlir
    %y = tl.reshape %x : tensor<64x28x28xf32> -> tensor<64x784xf32>
    ```
  }];
  let arguments = (ins Tl_Tensor:$x);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($out)";
}

def Tl_TransposeOp : Tl_Op<"transpose", [Pure, Tl_RecordRule]> {
  let summary = "Permutes the axes";
  let description = [{
    Axis `i` of `out` is axis `axes[i]` of `x`.

    Constraints:
    - (C1) `axes` is a permutation of the axes of `x`

    Example:

    ```mlir
    %y = tl.transpose %x [1, 0] : tensor<64x128xf32> -> tensor<128x64xf32>
    ```
  }];
  let arguments = (ins Tl_Tensor:$x, DenseI64ArrayAttr:$axes);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat = "$x $axes attr-dict `:` type($x) `->` type($out)";
}

def Tl_BroadcastOp : Tl_Op<"broadcast", [Pure, Tl_RecordRule]> {
  let summary = "Repeats a tensor along new axes";
  let description = [{
    Axis `i` of `x` becomes axis `axes[i]` of `out`; along the other axes of `out` the values repeat.

    Constraints:
    - (C1) `axes` has one entry per axis of `x`, strictly increasing
    - (C2) the sizes of `x` and `out` are equal along them

    Example:

    ```mlir
    %y = tl.broadcast %b [1] : tensor<128xf32> -> tensor<64x128xf32>
    ```
  }];
  let arguments = (ins Tl_Tensor:$x, DenseI64ArrayAttr:$axes);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat = "$x $axes attr-dict `:` type($x) `->` type($out)";
}

def Tl_SliceOp : Tl_Op<"slice", [Pure, Tl_RecordRule]> {
  let summary = "Takes a regular part";
  let description = [{
    `out[i] = x[starts + i * strides]` up to `limits`, which are excluded.

    Constraints:
    - (C1) `starts`, `limits`, `strides` have one entry per axis of `x`
    - (C2) `0 <= starts < limits <= size` and `strides >= 1`
    - (C3) `out` has `ceil((limits - starts) / strides)` elements along each axis

    Example:

    ```mlir
    %y = tl.slice %x starts [0, 2] limits [64, 10] strides [1, 4] : tensor<64x128xf32> -> tensor<64x2xf32>
    ```
  }];
  let arguments = (ins Tl_Tensor:$x, DenseI64ArrayAttr:$starts, DenseI64ArrayAttr:$limits, DenseI64ArrayAttr:$strides);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat = "$x `starts` $starts `limits` $limits `strides` $strides attr-dict `:` type($x) `->` type($out)";
}

def Tl_PadOp : Tl_Op<"pad", [Pure, Tl_RecordRule]> {
  let summary = "Puts zeros around a tensor";
  let description = [{
    `out[starts + i] = x[i]`, and 0 in the `starts` elements before and the `limits` elements after, per axis.

    Constraints:
    - (C1) `starts` and `limits` have one entry per axis of `x`, none negative
    - (C2) `out` has `starts + size + limits` elements along each axis

    Example:

    ```mlir
    %y = tl.pad %x before [0, 2] after [0, 2] : tensor<64x28xf32> -> tensor<64x32xf32>
    ```
  }];
  let arguments = (ins Tl_Tensor:$x, DenseI64ArrayAttr:$starts, DenseI64ArrayAttr:$limits);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat = "$x `before` $starts `after` $limits attr-dict `:` type($x) `->` type($out)";
}

def Tl_ConcatOp : Tl_Op<"concat", [Pure, Tl_RecordRule]> {
  let summary = "Joins tensors along an axis";
  let description = [{
    `out` is `parts` one after the other along `axis`.

    Constraints:
    - (C1) `axis` is an axis of each part; there is at least one part
    - (C2) the parts agree in element type and in all other sizes
    - (C3) the size of `out` along `axis` is the sum of theirs

    Example:

    ```mlir
    %y = tl.concat axis 0 %a, %b : tensor<4x8xf32>, tensor<2x8xf32> -> tensor<6x8xf32>
    ```
  }];
  let arguments = (ins I64Attr:$axis, Variadic<Tl_Tensor>:$parts);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat = "`axis` $axis $parts attr-dict `:` type($parts) `->` type($out)";
}

// Windows --------------------------------------------------------------------

def Tl_WindowOp : Tl_Op<"window", [Pure, Tl_RecordRule]> {
  let summary = "Takes an axis apart into overlapping windows";
  let description = [{
    `out[.., i, j, ..] = x[.., i * stride + j * dilation, ..]` for `0 <= j < size`: axis `axis` becomes two, the number of the
    window and the place inside it. Two of them and a contraction are a convolution, two and a maximum a pooling.

    Constraints:
    - (C1) `axis` is an axis of `x`; `size`, `stride` are at least 1, `dilation` is not 0 (below 0: places `j` count from a window's end)
    - (C2) a window fits: `(size - 1) * |dilation| + 1 <= n`, the size of the axis
    - (C3) `out` has `(n - (size - 1) * |dilation| - 1) / stride + 1` windows

    Example:

    ```mlir
    %y = tl.window %x axis 1 size 3 stride 2 dilation 1 : tensor<8x11x16xf32> -> tensor<8x5x3x16xf32>
    ```
  }];
  let arguments = (ins Tl_Tensor:$x, I64Attr:$axis, I64Attr:$size, I64Attr:$stride, I64Attr:$dilation);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat =
      "$x `axis` $axis `size` $size `stride` $stride `dilation` $dilation attr-dict `:` type($x) `->` type($out)";
}

def Tl_FoldOp : Tl_Op<"fold", [Pure, Tl_RecordRule]> {
  let summary = "Adds overlapping windows up where they came from";
  let description = [{
    `out[.., n, ..] = sum of x[.., i, j, ..] over all i, j with i * stride + j * dilation = n`, in the order of `j`: the transpose of
    `tl.window`.

    Constraints:
    - (C1) `tl.window` of `out` with the same attributes has the type of `x`
    - (C2) its elements are real numbers

    Example:

    ```mlir
    %x = tl.fold %y axis 1 size 3 stride 2 dilation 1 : tensor<8x5x3x16xf32> -> tensor<8x11x16xf32>
    ```
  }];
  let arguments = (ins Tl_Tensor:$x, I64Attr:$axis, I64Attr:$size, I64Attr:$stride, I64Attr:$dilation);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat =
      "$x `axis` $axis `size` $size `stride` $stride `dilation` $dilation attr-dict `:` type($x) `->` type($out)";
}

// Rows -----------------------------------------------------------------------

def Tl_GatherOp : Tl_Op<"gather", [Pure, Tl_RecordRule]> {
  let summary = "Takes rows of a table by number";
  let description = [{
    `out[i.., r..] = table[ids[i..], r..]`; where the table has no such row, NaN, or whole numbers with all bits set.

    Constraints:
    - (C1) `table` has at least one axis
    - (C2) the shape of `out` is that of `ids` followed by that of a row

    Example:

    ```mlir
    %y = tl.gather %table, %ids : tensor<1000x64xf32>, tensor<8x16xi32> -> tensor<8x16x64xf32>
    ```
  }];
  let arguments = (ins Tl_Tensor:$table, Tl_Index:$ids);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat = "$table `,` $ids attr-dict `:` type($table) `,` type($ids) `->` type($out)";
}

def Tl_ScatterAddOp : Tl_Op<"scatter_add", [Pure]> {
  let summary = "Adds rows into a table of zeros by number";
  let description = [{
    `out[n, r..] = sum of updates[i.., r..] over all i.. with ids[i..] = n`, in the order of `i`; an id of no row adds nothing.

    Constraints:
    - (C1) the shape of `updates` is that of `ids` followed by that of a row
    - (C2) `out` has rows of that shape

    Example:

    ```mlir
    %g = tl.scatter_add %ids, %dy : tensor<8x16xi32>, tensor<8x16x64xf32> -> tensor<1000x64xf32>
    ```
  }];
  let arguments = (ins Tl_Index:$ids, Tl_Number:$updates);
  let results = (outs Tl_Number:$out);
  let assemblyFormat = "$ids `,` $updates attr-dict `:` type($ids) `,` type($updates) `->` type($out)";
}

#endif
