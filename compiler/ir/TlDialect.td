// The dialect, its tensor types, its interfaces and the base of every op.
#ifndef TL_DIALECT_TD
#define TL_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/CommonTypeConstraints.td"

def Tl_Dialect : Dialect {
  let name = "tl";
  let cppNamespace = "::tl::ir";
  let summary = "The calculus of TL: values are tensors of static shape";
  let description = [{
    One op per line of `compiler/calculus/Ops.def`, under the same name. A function is a `func.func` without arguments
    and results whose body is straight-line code: it reads inputs, scalars and variables, computes, then writes
    variables and outputs. Reads see the values from before the function's writes. Variables and scalars are symbols,
    which the module declares (TlSymbols.td); inputs and outputs are ports of the function.
  }];
  let hasConstantMaterializer = 1;
}

// Tensors --------------------------------------------------------------------

class Tl_TensorOf<list<Type> elements> : StaticShapeTensorOf<elements>;
def Tl_Tensor : Tl_TensorOf<[F32, F64, I32, I1, UI8, BF16, F16]>; // all of runtime/abi/ElementTypes.def
def Tl_Computed : Tl_TensorOf<[F32, F64, I32, I1, UI8]>;
def Tl_Real   : Tl_TensorOf<[F32, F64]>;
def Tl_Factor : Tl_TensorOf<[F32, F64, BF16]>; // of a product
def Tl_Number : Tl_TensorOf<[F32, F64, I32]>;
def Tl_Flags  : Tl_TensorOf<[I1]>;
def Tl_Index  : Tl_TensorOf<[I32]>;

/// One number that fills a tensor, held as a splat so that MLIR's matchers and folders know it.
def Tl_Splat : Attr<CPred<"::llvm::isa<::mlir::DenseElementsAttr>($_self) && "
                          "::llvm::cast<::mlir::DenseElementsAttr>($_self).isSplat()">, "one number for all elements"> {
  let storageType = "::mlir::DenseElementsAttr";
  let returnType = "::mlir::DenseElementsAttr";
  let convertFromStorage = "$_self";
}

// Interfaces: what an op knows that takes its operands or attributes; its plain facts are columns of Ops.def ---------

def Tl_Differentiable : OpInterface<"Differentiable"> {
  let cppNamespace = "::tl::ir";
  let description = "An op with a derivative rule in TlDerivatives.cpp.";
  let methods = [InterfaceMethod<
    "Builds the gradient of each operand from those of the results. A null value: none for this operand.",
    "::llvm::SmallVector<::mlir::Value>", "buildOperandGrads",
    (ins "::mlir::OpBuilder &":$b, "::mlir::ValueRange":$resultGrads)>];
}

def Tl_KeepsRecords : OpInterface<"KeepsRecords"> {
  let cppNamespace = "::tl::ir";
  let description = "An op that may hand records apart from each other to its result: a rule in TlRecords.cpp, or what is elementwise.";
  let methods = [InterfaceMethod<
    "The axes along which the result is made of one slice per record. Each operand is either the same for all records or apart along axes.",
    "::tl::ir::RecordAxes", "recordAxes",
    (ins "::llvm::ArrayRef<::tl::ir::OperandRecords>":$operands, "int64_t":$batch), "", [{
      static_assert(ConcreteOp::template hasTrait<::mlir::OpTrait::Elementwise>(), "an op that is not elementwise has a rule of its own");
      return ::tl::ir::axesOfAll(operands);
    }]>];
}
defvar Tl_RecordRule = DeclareOpInterfaceMethods<Tl_KeepsRecords, ["recordAxes"]>;

// Ops ------------------------------------------------------------------------

/// The verifier asks `tl::inferType`, the one shape rule, and compares: the constraints listed at each op are there.
class Tl_BaseOp<string mnemonic, list<Trait> traits> : Op<Tl_Dialect, mnemonic, traits> {
  let hasVerifier = 1;
}

/// An op with a derivative rule.
class Tl_Op<string mnemonic, list<Trait> traits = []>
    : Tl_BaseOp<mnemonic, traits # [DeclareOpInterfaceMethods<Tl_Differentiable>]>;

/// An op without one; Ops.def says why.
class Tl_StoppingOp<string mnemonic, list<Trait> traits = []> : Tl_BaseOp<mnemonic, traits>;

#endif
