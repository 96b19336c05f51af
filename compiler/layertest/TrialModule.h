// From a trial to functions of `tl`: its results, and the gradients of Σ results·r.
#pragma once
#include "compiler/layertest/Trial.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace tl::layertest {

/// Adds the function NAME to the module. Of the value: it outputs "y", all results flattened and joined. Of the gradient:
/// "g0", "g1", … for the fields that are variables, in order. Marks those among the trial's fields, and
/// gives r as the last field, an input. `real`: what f32 becomes; numbers are exact to it. Returns r.
std::vector<double> addFunctions(mlir::ModuleOp module, const std::string &valueName, const std::string &gradientName,
                                 Trial &trial, const SourceFiles &sources, DType real);

} // namespace tl::layertest
