// Where a function has a kink, its documented choice of slope: the cases that differences cannot decide.
#pragma once
#include "tests/ir/gradients/GradientCase.h"

namespace tl::test {

/// The ops with a documented slope at kinks.
std::vector<std::string> opsWithTies();
/// A use of one on whole numbers, so that many are equal.
mlir::Value drawTie(Maker &m, const std::string &op);
/// The gradient of each operand by the rule as documented, given the operands and dy.
std::vector<std::vector<double>> documentedSlopes(const GradientCase &one);

} // namespace tl::test
