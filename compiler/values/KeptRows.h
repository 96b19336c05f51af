// Weights that are kept in 8 bits: the bytes are the weight's own variable, the steps of its rows one beside it. See runtime/abi/KeptRows.h.
#pragma once
#include "compiler/values/Library.h"
#include "runtime/abi/KeptRows.h"

namespace tl {

/// No weight is declared u8.
inline bool isKeptInBytes(const TensorType &weight) { return weight.dtype == DType::U8; }

/// One for each row, so that they repeat along the last axis.
inline TensorType stepsOf(const TensorType &weight) {
  TensorType steps{DType::F32, weight.shape};
  steps.shape.back() = 1;
  return steps;
}

} // namespace tl
