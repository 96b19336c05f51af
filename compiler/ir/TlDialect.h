// The `tl` dialect: the calculus of compiler/calculus/Ops.def as MLIR ops, one to one.
#pragma once
#include "compiler/calculus/Graph.h"
#include "compiler/ir/Records.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include <optional>

namespace tl::ir {

/// i1 with the shape of a tensor type.
mlir::Type flagsLike(mlir::Type tensor);

/// The same type on either side. Types outside the calculus have none here.
std::optional<tl::TensorType> typeOf(mlir::Type type);
mlir::RankedTensorType typeOf(mlir::MLIRContext *context, const tl::TensorType &type);
inline tl::TensorType typeOf(mlir::Value value) { return *typeOf(value.getType()); }

/// The word of the calculus that an op of the dialect is, and its attributes.
std::optional<tl::Op> wordOf(mlir::Operation *op);
tl::Attributes attributesOf(mlir::Operation *op);

/// The name of the port, variable or scalar that an op takes or gives; "" for any other op. A variable's is unique in its stage.
llvm::StringRef namedBy(mlir::Operation *op);

/// Makes the op for a word of the calculus; the result type comes from `tl::inferType`, which must accept. `extra`:
/// what only the dialect knows (the stage of a variable, `frozen`).
mlir::Operation *make(mlir::OpBuilder &b, mlir::Location loc, tl::Op op, mlir::ValueRange operands,
                      const tl::Attributes &attributes = {}, const tl::TensorType &hint = {},
                      llvm::ArrayRef<mlir::NamedAttribute> extra = {});

}  // namespace tl::ir

#include "compiler/ir/TlDialect.h.inc"
#include "compiler/ir/TlEnums.h.inc"
#include "compiler/ir/TlInterfaces.h.inc"
#define GET_OP_CLASSES
#include "compiler/ir/TlOps.h.inc"

namespace tl::ir {

/// `@stage::@variable`, or `@variable` of one that stands in the module.
mlir::SymbolRefAttr symbolOf(VariableOp variable);
/// Declares a parameter and reads it.
mlir::Value readParameter(mlir::OpBuilder &b, mlir::Location loc, StageOp stage, llvm::StringRef name, const tl::TensorType &type);

}  // namespace tl::ir
