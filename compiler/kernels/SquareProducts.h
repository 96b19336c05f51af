// Products of small matrices that lie in memory, of which tiles of a square are made.
#pragma once
#include "compiler/kernels/LoopNest.h"

namespace tl {

/// A matrix of which numbers are read one by one: element (row, step) lies at `at + row·rowStride + step·stepStride`.
struct Numbers {
  mlir::Value buffer, at;
  int64_t rowStride, stepStride;
};

/// A matrix whose rows are read and written as vectors: row i begins at `at + i·stride`.
struct Lines {
  mlir::Value buffer, at;
  int64_t stride;
};

/// out[r, c] = Σ_s left[r, s]·right[s, c], on top of what lies there where it `adds`, for `rows` by `columns`. `mostSteps` bounds `steps`. Each
/// element is added up in the order of steps.
void multiply(LoopNest &nest, const Numbers &left, const Lines &right, const Lines &out, int64_t rows, int64_t columns, mlir::Value steps,
              int64_t mostSteps, bool adds);

/// out[c, r] = in[r, c] for `rows` by `columns`; of each row of `out`, whole vectors are written where they are `padded` with zeros.
void turn(LoopNest &nest, const Lines &in, const Lines &out, int64_t rows, int64_t columns, bool padded);

/// Calls `body` for each full vector of `length` and for the cut one, with where it begins and how long it is.
void forVectors(LoopNest &nest, int64_t length, llvm::function_ref<void(mlir::Value start, int64_t lanes)> body);

} // namespace tl
