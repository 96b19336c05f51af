// Where in an arena things lie that are needed for a while, so that those needed at different times share bytes.
#pragma once
#include "llvm/ADT/ArrayRef.h"
#include <cstdint>

namespace tl {

/// Bytes that are taken from one unit to another, both included.
struct Stretch {
  int64_t from, until, bytes;
  int64_t offset = 0;
};

/// The most that is taken at once: no arena is smaller.
int64_t mostAtOnce(llvm::ArrayRef<Stretch> stretches);

/// Gives each its offset, so that no two that are taken at once overlap, and returns the bytes of the arena. `stretches` are in the order of `from`.
int64_t placeStretches(llvm::MutableArrayRef<Stretch> stretches);

} // namespace tl
