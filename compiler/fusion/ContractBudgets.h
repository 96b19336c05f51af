// What a contraction's plans, of vectors and of tile registers, both give to its operands.
#pragma once
#include "compiler/fusion/Calculus.h"
#include "compiler/fusion/Target.h"

namespace tl {

/// Plans count in numbers of f32, which products are of.
inline const int64_t floatBytes = bytesOf(DType::F32);
/// What panels that are packed together may take of the second cache, and rows that are copied together.
inline int64_t panelMostBytes(const Target &target) { return target.secondCache / 8 * 5; }
inline int64_t copiedBytes(const Target &target) { return target.secondCache / 8; }
/// Of how many tiles rows are copied together at the most.
inline constexpr int64_t copiedTiles = 8;

inline int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

} // namespace tl
