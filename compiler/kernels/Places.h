// Where tensors between kernels live.
#pragma once
#include "mlir/IR/Value.h"

namespace tl {

enum class Arena { Variables, Work, Input, Output, Scalars };
const char *nameOf(Arena arena);

struct Place {
  Arena arena;
  int64_t offset; // bytes
  bool operator==(const Place &) const = default;
  bool operator<(const Place &other) const { return std::tie(arena, offset) < std::tie(other.arena, other.offset); }
};

/// The place of a tensor between kernels, once memory is planned: of an input, a variable, a scalar, a kernel's result, or
/// a reshape of these.
Place placeOf(mlir::Value value);

} // namespace tl
