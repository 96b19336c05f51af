// What a function under test takes: a variable or an input with its numbers.
#pragma once
#include "compiler/calculus/Graph.h"

namespace tl::layertest {

struct Field {
  std::string name;
  TensorType type;
  std::vector<double> data;
  bool isVariable = false; // gradients are asked of variables
};

} // namespace tl::layertest
