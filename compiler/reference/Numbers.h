// How numbers lie in bytes, and what is left of them in types that have fewer digits: made from the formats alone.
#pragma once
#include "compiler/calculus/Graph.h"
#include "compiler/reference/Tensor.h"

namespace tl::reference {

/// Elements of `dtype` one after the other.
Tensor decoded(DType dtype, const Shape &shape, const char *bytes);

/// A number computed in f32 and kept in `dtype`, bf16 or f16: rounded to f32 first, then to the nearest there is, of two as near the
/// even one.
double narrowed(DType dtype, double number);
/// The same, but where computing in f32 may have decided which of two it is, it is the other one: within some units of f32 of the
/// border between them.
double narrowedOtherwise(DType dtype, double number);

}  // namespace tl::reference
