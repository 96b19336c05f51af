// What a search tries, as a cube: each setting has an edge, and a place on it is a value of its param.
#pragma once
#include "runtime/abi/Descriptor.h"

namespace tl::tune {

/// A place in the cube: of each setting a number from 0 to below 1.
using Point = std::vector<double>;

class Space {
public:
  Space(const abi::Program &program, const abi::Search &search);

  size_t size() const { return edges.size(); }
  const abi::Setting &setting(size_t edge) const { return *edges[edge].setting; }
  /// How many values it has where no two of them are near each other; 0: they are between two bounds.
  int64_t choices(size_t edge) const { return std::ssize(edges[edge].setting->values); }
  /// The value at place `u` of an edge. Real numbers have four digits, so that what is printed of a trial is all there is of it.
  double value(size_t edge, double u) const;
  std::vector<double> values(const Point &point) const;
  /// How many points a grid has.
  int64_t gridSize() const;

private:
  struct Edge {
    const abi::Setting *setting;
    bool isWhole;
  };
  std::vector<Edge> edges;
};

} // namespace tl::tune
