// From a checked program to the `tl` dialect, one op per node.
#pragma once
#include "compiler/sema/CheckedProgram.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace tl {

/// The symbols of the program, then one `func.func` per function of it, in order. Every op has the place in the script that it
/// comes from. A variable is read as frozen in the steps of the phases that freeze it.
mlir::OwningOpRef<mlir::ModuleOp> emit(mlir::MLIRContext &context, const CheckedProgram &checked, const SourceFiles &sources);

}  // namespace tl
