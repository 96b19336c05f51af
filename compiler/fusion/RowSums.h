// Sums along the rows of a square that a product of rows tells as well.
#pragma once
#include "compiler/fusion/Squares.h"

namespace tl {

/// Is `square` made of `shares` by numbers, masks and what else is multiplied with each of them?
bool isOfShares(mlir::Value square, mlir::Value shares);

/// Σ_u P[t, u]·(Σ_f G[t, f]·V[u, f]) = Σ_f G[t, f]·(Σ_u P[t, u]·V[u, f]), a product of rows with the means that are there anyway: what
/// the derivative of softmax adds up. Times what else each row is multiplied with. Null where `sum` is no such sum.
/// `mean`: the product of P, which is made of `shares`, with V. `unrounded`: what it is where P is not rounded, as the sum's is not.
mlir::Value sumOfMeans(ir::ReduceSumOp sum, mlir::Value shares, const SquareProduct &mean, mlir::Value unrounded, const SquareAxes &axes);

} // namespace tl
