// The header of an array of NumPy: a text in Python's words, `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
#pragma once
#include "runtime/abi/ElementTypes.h"
#include <string>
#include <vector>

namespace tl::weights {

struct NumpyHeader {
  const FileElementType *type = nullptr;
  bool isByColumns = false; // the first index moves fastest
  std::vector<int64_t> shape;
};

/// An error that begins with `what` where the text says anything else, or a type that no weight has.
NumpyHeader parseNumpyHeader(const std::string &text, const std::string &what);

} // namespace tl::weights
