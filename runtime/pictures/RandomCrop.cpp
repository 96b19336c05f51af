// Draws parts of pictures.
#include "runtime/pictures/RandomCrop.h"
#include "runtime/data/Philox.h"
#include <algorithm>
#include <cmath>

namespace tl::pictures {

uint64_t Chance::next() {
  constexpr uint32_t purpose = 0x70617274; // "part"
  auto bits = data::philox({drawn++, 0, 0, purpose}, {uint32_t(seed), uint32_t(seed >> 32)});
  return uint64_t{bits[1]} << 32 | bits[0];
}

double Chance::between(double low, double high) { return low + (high - low) * (double(next() >> 11) * 0x1p-53); }

int64_t Chance::below(int64_t count) { return int64_t((static_cast<unsigned __int128>(next()) * uint64_t(count)) >> 64); }

/// In the middle, as wide and high as the nearest ratio allows.
static Window middlePart(const PartRange &range, Size size) {
  const double ratio = double(size.width) / double(size.height);
  Size part = size;
  if (ratio < range.narrow)
    part.height = std::clamp<int64_t>(std::llrint(double(size.width) / range.narrow), 1, size.height);
  else if (ratio > range.wide)
    part.width = std::clamp<int64_t>(std::llrint(double(size.height) * range.wide), 1, size.width);
  return {(size.height - part.height) / 2, (size.width - part.width) / 2, part};
}

Window randomPart(const PartRange &range, Size size, Chance &chance) {
  constexpr int tries = 10;
  for (int i = 0; i < tries; ++i) {
    const double area = double(size.pixels()) * chance.between(range.least, range.most);
    const double ratio = std::exp(chance.between(std::log(range.narrow), std::log(range.wide)));
    const Size part{std::llrint(std::sqrt(area / ratio)), std::llrint(std::sqrt(area * ratio))};
    if (part.height < 1 || part.width < 1 || part.height > size.height || part.width > size.width)
      continue;
    const int64_t top = chance.below(size.height - part.height + 1), left = chance.below(size.width - part.width + 1);
    return {top, left, part};
  }
  return middlePart(range, size);
}

} // namespace tl::pictures
