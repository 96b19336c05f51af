// Which part of a picture an epoch of training sees.
#pragma once
#include "runtime/pictures/Picture.h"

namespace tl::pictures {

/// Numbers drawn for one picture, one after the other: a function of `seed` alone.
class Chance {
public:
  explicit Chance(uint64_t seed) : seed(seed) {}
  /// Evenly from `low` to below `high`; `low` where they are equal.
  double between(double low, double high);
  /// A whole number, evenly among 0 … count - 1.
  int64_t below(int64_t count);

private:
  uint64_t next();
  uint64_t seed;
  uint32_t drawn = 0;
};

/// How a part is drawn: its area as a share of the picture's, its width over its height evenly by logarithm.
struct PartRange {
  double least = 0.08, most = 1, narrow = 3.0 / 4, wide = 4.0 / 3;
  bool operator==(const PartRange &) const = default;
};

/// A part at any place of a picture of that size. One that does not fit is drawn again, ten times in all; then it is the middle of the picture, as large as can
/// be with a ratio between `narrow` and `wide`. As `RandomResizedCrop` of torchvision.
Window randomPart(const PartRange &range, Size size, Chance &chance);

} // namespace tl::pictures
