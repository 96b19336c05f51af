// What rounding may do to a value: each result is off by chance, by a few units of what it was rounded from.
#pragma once
#include "compiler/reference/Evaluate.h"
#include <random>

namespace tl::layertest {

/// A function run several times with different noise tells of each element how much of it rounding may change, also where terms
/// cancel to an exact 0 that one rounding alone would happen to leave.
class Noise {
public:
  explicit Noise(uint64_t seed) : random(seed) {}
  /// Disturbs `y`, the result of an op: relative to the sum of the sizes of its terms where it is a sum, else to itself.
  void add(mlir::Operation *op, const std::vector<reference::Tensor> &operands, reference::Tensor &y);

private:
  std::mt19937_64 random;
};

} // namespace tl::layertest
