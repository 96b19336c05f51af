// Points where parts of a function have kinks, and its slopes on either side: where the function itself has none, the
// gradient must be its slope there too, whatever slope each part takes for its own.
#pragma once
#include "compiler/layertest/Differences.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tl::layertest {

/// Whether its slope, or that of what is made with it, jumps where an operand is 0 or two are equal.
bool hasKink(Op word);

/// The fields at such a point, and which of them were set: to 0, to ± a number that the function compares with, to each other.
struct KinkPoint {
  std::vector<Field> fields;
  std::vector<size_t> changed;
};
std::vector<KinkPoint> kinkPointsOf(mlir::func::FuncOp function, const std::vector<Field> &fields);

struct Sides {
  bool isAtKink = false; // a part decides otherwise on one side than at x
  Slope below, above;
  bool areTold() const { return isAtKink && below.isSmooth && above.isSmooth; }
  /// Whether the function has one slope at x.
  bool agree() const;
  /// What a slope may be off by.
  double allowance() const;
};
/// Slopes of Σ y·r along a direction from what the fields hold. `function` ran there last.
Sides sidesAlong(Interpreted &function, std::vector<Field> fields, const Direction &direction,
                 const std::vector<double> &weights);

} // namespace tl::layertest
