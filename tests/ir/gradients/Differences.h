// Slopes of y·r by central differences in double, with what they may be off by.
#pragma once
#include "tests/ir/gradients/Interpreted.h"

namespace tl::test {

/// A step of the variables: by how much each element of one moves.
struct Direction {
  size_t field;
  std::vector<std::pair<size_t, double>> moves;
};

struct Slope {
  double value = 0;
  double terms = 0; // Σ |r·dy/dx|: what the slope is a sum of; slopes are compared relative to it
  double error = 0; // what the difference itself may be off by: rounding and the rest of the series
  double size = 0;  // of the largest r·y around x
  bool isSmooth = false; // false: every step crosses a kink or leaves the domain
};

/// d(Σ y·r) along a direction at what the fields hold. y is differenced element by element before it is weighed, so that
/// large elements which do not move hide nothing.
Slope slopeAlong(Interpreted &function, std::vector<Maker::Field> fields, const Direction &direction,
                 const std::vector<double> &weights);

} // namespace tl::test
