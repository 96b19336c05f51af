// Terms of a contraction that are zero, as they read what was put around a tensor: the taps of a convolution beyond the border of an image.
#pragma once
#include "compiler/fusion/Calculus.h"

namespace tl {

/// With index x of loop `outer`, which is not summed over, and y of loop `summed`, all terms are zero but those with
/// low <= x · outerStride + y · summedStride < high.
struct Border {
  int64_t outer, summed; // numbers of loops, as contractIndices() has them
  int64_t outerSize, summedSize, outerStride, summedStride, low, high;

  /// The first y whose term may not be zero, and the one behind the last; equal where there is none.
  std::pair<int64_t, int64_t> range(int64_t x) const;
  /// Of all terms those that may not be zero.
  double share() const;
};

/// Those of a contraction. In a kernel, which does not see where its tensors come from, what `noteBorders` has noted.
llvm::SmallVector<Border> bordersOf(mlir::Operation *contract);
void noteBorders(mlir::Operation *contract, llvm::ArrayRef<Border> borders);

} // namespace tl
