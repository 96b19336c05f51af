// Slopes of y·r by central differences in double, with what they may be off by.
#pragma once
#include "compiler/layertest/Interpreted.h"

namespace tl::layertest {

/// A step of one field: by how much each element moves.
struct Direction {
  size_t field = 0; // its number
  std::vector<std::pair<size_t, double>> moves;
};

struct Slope {
  double value = 0;
  double terms = 0; // Σ |r·dy/dx|: what the slope is a sum of; slopes are compared relative to it
  double error = 0; // what the difference itself may be off by: rounding and the rest of the series
  double size = 0;  // of the largest r·y around x
  bool isSmooth = false; // false: every step crosses a kink or leaves the domain
};

/// Some elements of a field one by one, and all together along a drawn direction.
std::vector<Direction> directionsOf(const Field &field, size_t index, uint64_t seed);

/// d(Σ y·r) along a direction at what the fields hold. y is differenced element by element before it is weighed, so that
/// large elements which do not move hide nothing.
Slope slopeAlong(Interpreted &function, std::vector<Field> fields, const Direction &direction,
                 const std::vector<double> &weights);

} // namespace tl::layertest
