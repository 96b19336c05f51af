// Every differentiable op of the dialect as it may be used: shapes, attributes and numbers drawn from a seed.
#pragma once
#include "tests/ir/gradients/Maker.h"
#include <string>
#include <vector>

namespace tl::test {

/// The names of the registered ops with a derivative: "tl.exp", …
std::vector<std::string> differentiableOps(mlir::MLIRContext &context);

/// Draws one use of an op on operands from `m`. Null where no case can be made of it: an op that is not elementwise needs
/// an entry in the table.
mlir::Value drawUse(Maker &m, const std::string &op);

/// Draws 2 to 6 uses, each of what was made before, some of it twice.
mlir::Value drawComposition(Maker &m, const std::vector<std::string> &ops);

} // namespace tl::test
