// Weights that are kept in fewer bits, as the numbers that they are read as.
#pragma once
#include "compiler/fusion/Calculus.h"

namespace tl {

/// Pointwise work that makes numbers of a weight's bytes or of its few digits: a cast, (byte - 128), and that times the step of a row.
bool isWidening(mlir::Operation *op);

/// Whether a product makes the numbers of its right side where it packs them into panels, so that they lie nowhere else.
bool widensInPanel(mlir::Operation *contract, mlir::Value operand);

/// Gives each product of the block that reads a weight which is kept in fewer bits numbers of its own, made from the weight, or from what an adapter
/// makes of it, in front of the product. So they lie in memory for that product alone, and not from the forward pass to the backward pass.
void widenForEachProduct(mlir::Block &block);

} // namespace tl
