// Where variables, inputs, outputs and scalars lie: decided here and nowhere else.
#pragma once
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include <map>
#include <string>

namespace tl {

/// Gives each variable, port and scalar of a module its offset. Of variables, fitted values come first, at the same place in all
/// stages of the data, for the one function that fits them; then parameters, side by side, so that gradients and weights are
/// ranges; then slots, those of one state side by side in the order of the parameters; then accumulators, those of one range side by
/// side and all ranges in the same place, since a phase has one of them; then the rest.
/// Stages carry the `bytes` of their variables; functions `tl.input_bytes` and `tl.output_bytes`.
void layOutArenas(mlir::ModuleOp module);

/// What a function takes and gives, and where, once memory is planned: bytes from the start of its arena, by name.
struct Arenas {
  std::map<std::string, int64_t> variables, inputs, outputs;
  int64_t variablesBytes = 0, inputBytes = 0, outputBytes = 0, workBytes = 0;
};
Arenas arenasOf(mlir::func::FuncOp planned);

} // namespace tl
