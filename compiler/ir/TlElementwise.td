// The elementwise ops: one formula for every element. All are `Elementwise` with operands and result of one shape.
#ifndef TL_ELEMENTWISE_TD
#define TL_ELEMENTWISE_TD

include "compiler/ir/TlDialect.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

defvar Tl_Pointwise = [Pure, Elementwise, SameOperandsAndResultShape, Tl_KeepsRecords];

// x -> y ---------------------------------------------------------------------

/// What a map of one operand to a result of the same type says of itself.
class Tl_UnaryText<string mnemonic, string formula> {
  string text = "`out[i] = " # formula # [{`.

    Constraints:
    - (C1) `out` has the type of `x`

    Example:

    ```mlir
    %y = tl.}] # mnemonic # [{ %x : tensor<64x128xf32>
    ```
  }];
}

class Tl_Unary<string mnemonic, string sentence, string formula, Type type = Tl_Real>
    : Tl_Op<mnemonic, Tl_Pointwise # [SameOperandsAndResultType]> {
  let summary = sentence;
  let description = Tl_UnaryText<mnemonic, formula>.text;
  let arguments = (ins type:$x);
  let results = (outs type:$out);
  let assemblyFormat = "$x attr-dict `:` type($out)";
}

class Tl_StoppingUnary<string mnemonic, string sentence, string formula, Type type = Tl_Real>
    : Tl_StoppingOp<mnemonic, Tl_Pointwise # [SameOperandsAndResultType]> {
  let summary = sentence;
  let description = Tl_UnaryText<mnemonic, formula>.text;
  let arguments = (ins type:$x);
  let results = (outs type:$out);
  let assemblyFormat = "$x attr-dict `:` type($out)";
}

def Tl_NegOp     : Tl_Unary<"neg", "Negates", "-x[i]">;
def Tl_ExpOp     : Tl_Unary<"exp", "Raises e to a power", "e^x[i]">;
def Tl_LogOp     : Tl_Unary<"log", "Takes the natural logarithm", "ln x[i]">;
def Tl_Log1pOp   : Tl_Unary<"log1p", "Takes the logarithm of one more", "ln (1 + x[i])">;
def Tl_Expm1Op   : Tl_Unary<"expm1", "Raises e to a power and takes one off", "e^x[i] - 1">;
def Tl_SqrtOp    : Tl_Unary<"sqrt", "Takes the square root", "x[i]^(1/2)">;
def Tl_RsqrtOp   : Tl_Unary<"rsqrt", "Takes the reciprocal of the square root", "x[i]^(-1/2)">;
def Tl_TanhOp    : Tl_Unary<"tanh", "Takes the hyperbolic tangent", "tanh x[i]">;
def Tl_ErfOp     : Tl_Unary<"erf", "Takes the error function", "erf x[i]">;
def Tl_SigmoidOp : Tl_Unary<"sigmoid", "Takes the logistic function", "1 / (1 + e^-x[i])">;
def Tl_SinOp     : Tl_Unary<"sin", "Takes the sine", "sin x[i]">;
def Tl_CosOp     : Tl_Unary<"cos", "Takes the cosine", "cos x[i]">;
def Tl_AbsOp     : Tl_Unary<"abs", "Drops the sign", "|x[i]|">;
def Tl_FloorOp   : Tl_StoppingUnary<"floor", "Rounds down", "largest integer <= x[i]">;
def Tl_SignOp    : Tl_StoppingUnary<"sign", "Tells the sign", "-1, 0 or 1">;
def Tl_NotOp     : Tl_StoppingUnary<"not", "Negates a truth value", "not x[i]", Tl_Flags>;
def Tl_StopGradientOp : Tl_StoppingUnary<"stop_gradient", "Passes values on but no gradient", "x[i]">;

def Tl_CastOp : Tl_Op<"cast", Tl_Pointwise> {
  let summary = "Changes the element type";
  let description = [{
    `out[i] = x[i]` in the element type of `out`: reals to integers toward zero; truth values become 0 or 1; a number is
    true where it is not 0; to bf16 and f16 rounded to the nearest, ties to even.

    Constraints:
    - (C1) `out` has the shape of `x`
    - (C2) bf16 and f16 are cast from and to f32 alone: what another type becomes goes by way of it

    Example:

    ```mlir
    %y = tl.cast %x : tensor<64xui8> -> tensor<64xf32>
    ```
  }];
  let arguments = (ins Tl_Tensor:$x);
  let results = (outs Tl_Tensor:$out);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($out)";
}

// a, b -> y ------------------------------------------------------------------

class Tl_Binary<string mnemonic, string sentence, string formula, Type type = Tl_Number, list<Trait> traits = []>
    : Tl_Op<mnemonic, Tl_Pointwise # [SameOperandsAndResultType] # traits> {
  let summary = sentence;
  let description = "`out[i] = " # formula # [{`.

    Constraints:
    - (C1) `lhs`, `rhs` and `out` have one type

    Example:

    ```mlir
    %y = tl.}] # mnemonic # [{ %a, %b : tensor<64x128xf32>
    ```
  }];
  let arguments = (ins type:$lhs, type:$rhs);
  let results = (outs type:$out);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($out)";
}

def Tl_AddOp : Tl_Binary<"add", "Adds", "lhs[i] + rhs[i]", Tl_Number, [Commutative]>;
def Tl_SubOp : Tl_Binary<"sub", "Subtracts", "lhs[i] - rhs[i]">;
def Tl_MulOp : Tl_Binary<"mul", "Multiplies", "lhs[i] * rhs[i]", Tl_Number, [Commutative]>;
def Tl_DivOp : Tl_Binary<"div", "Divides; integers toward zero", "lhs[i] / rhs[i]">;
def Tl_MaxOp : Tl_Binary<"max", "Takes the larger; NaN if either is", "max(lhs[i], rhs[i])">;
def Tl_MinOp : Tl_Binary<"min", "Takes the smaller; NaN if either is", "min(lhs[i], rhs[i])">;
def Tl_PowOp : Tl_Binary<"pow", "Raises to a power", "lhs[i]^rhs[i]", Tl_Real>;

class Tl_Logic<string mnemonic, string sentence, string formula>
    : Tl_StoppingOp<mnemonic, Tl_Pointwise # [SameOperandsAndResultType, Commutative]> {
  let summary = sentence;
  let description = "`out[i] = " # formula # [{`.

    Constraints:
    - (C1) `lhs`, `rhs` and `out` have one shape

    Example:

    ```mlir
    %y = tl.}] # mnemonic # [{ %a, %b : tensor<64xi1>
    ```
  }];
  let arguments = (ins Tl_Flags:$lhs, Tl_Flags:$rhs);
  let results = (outs Tl_Flags:$out);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($out)";
}

def Tl_AndOp : Tl_Logic<"and", "Holds where both hold", "lhs[i] and rhs[i]">;
def Tl_OrOp  : Tl_Logic<"or", "Holds where one holds", "lhs[i] or rhs[i]">;

class Tl_Compare<string mnemonic, string relation, list<Trait> traits = []>
    : Tl_StoppingOp<mnemonic, Tl_Pointwise # [
        AllTypesMatch<["lhs", "rhs"]>,
        TypesMatchWith<"out tells truth values of the operands' shape", "lhs", "out", "::tl::ir::flagsLike($_self)">
      ] # traits> {
  let summary = "Tells where lhs " # relation # " rhs";
  let description = "`out[i] = lhs[i] " # relation # [{ rhs[i]`. Where either is NaN, only `!=` holds.

    Constraints:
    - (C1) `lhs` and `rhs` have one type
    - (C2) `out` is i1 of their shape

    Example:

    ```mlir
    %y = tl.}] # mnemonic # [{ %a, %b : tensor<64xf32>
    ```
  }];
  let arguments = (ins Tl_Number:$lhs, Tl_Number:$rhs);
  let results = (outs Tl_Flags:$out);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs)";
}

def Tl_EqOp : Tl_Compare<"eq", "==", [Commutative]>;
def Tl_NeOp : Tl_Compare<"ne", "!=", [Commutative]>;
def Tl_LtOp : Tl_Compare<"lt", "<">;
def Tl_LeOp : Tl_Compare<"le", "<=">;
def Tl_GtOp : Tl_Compare<"gt", ">">;
def Tl_GeOp : Tl_Compare<"ge", ">=">;

// cond, a, b -> y ------------------------------------------------------------

def Tl_SelectOp : Tl_Op<"select", Tl_Pointwise # [
    AllTypesMatch<["lhs", "rhs", "out"]>,
    TypesMatchWith<"cond holds truth values of out's shape", "out", "cond", "::tl::ir::flagsLike($_self)">]> {
  let summary = "Chooses between two values";
  let description = [{
    `out[i] = cond[i] ? lhs[i] : rhs[i]`. The value that is not chosen has no effect, NaN or not.

    Constraints:
    - (C1) `cond` is i1 of the shape of `out`
    - (C2) `lhs`, `rhs` and `out` have one type

    Example:

    ```mlir
    %y = tl.select %c, %a, %b : tensor<64xf32>
    ```
  }];
  let arguments = (ins Tl_Flags:$cond, Tl_Computed:$lhs, Tl_Computed:$rhs);
  let results = (outs Tl_Computed:$out);
  let assemblyFormat = "$cond `,` $lhs `,` $rhs attr-dict `:` type($out)";
}

#endif
