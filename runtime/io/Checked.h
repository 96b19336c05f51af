// Arithmetic on sizes that a file declares: every reader computes with these, so no declared size can wrap around.
#pragma once
#include "runtime/io/Error.h"
#include <cstdint>
#include <span>

namespace tl::io {

/// a · b; an error naming `what` where a factor is negative or the product does not fit.
inline int64_t checkedMultiply(int64_t a, int64_t b, const std::string &what) {
  int64_t product;
  if (a < 0 || b < 0 || __builtin_mul_overflow(a, b, &product))
    throw badData(what + ": the size " + std::to_string(a) + " x " + std::to_string(b) + " is impossible");
  return product;
}

/// a + b, likewise.
inline int64_t checkedAdd(int64_t a, int64_t b, const std::string &what) {
  int64_t sum;
  if (a < 0 || b < 0 || __builtin_add_overflow(a, b, &sum))
    throw badData(what + ": the size " + std::to_string(a) + " + " + std::to_string(b) + " is impossible");
  return sum;
}

/// Number of elements of a shape; [] has one.
inline int64_t checkedElements(std::span<const int64_t> shape, const std::string &what) {
  int64_t elements = 1;
  for (int64_t dim : shape)
    elements = checkedMultiply(elements, dim, what);
  return elements;
}

} // namespace tl::io
