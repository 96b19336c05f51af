// The one entry of EXIF that pixels depend on.
#include "runtime/pictures/Header.h"

namespace tl::pictures {

/// A directory of entries of 12 bytes: tag, type, count, value. Bytes are in the order that the first two of them say.
Orientation orientationIn(std::string_view exif) {
  bool isLittle = exif.starts_with("II");
  auto number = [&](size_t at, size_t width) -> uint32_t {
    if (at > exif.size() || width > exif.size() - at)
      return 0; // a block that is cut off says nothing
    uint32_t value = 0;
    for (size_t i = 0; i < width; ++i)
      value = value << 8 | uint8_t(exif[isLittle ? at + width - 1 - i : at + i]);
    return value;
  };
  if ((!isLittle && !exif.starts_with("MM")) || number(2, 2) != 42)
    return 1;
  constexpr uint32_t tag = 0x0112, shortType = 3, longType = 4;
  const size_t directory = number(4, 4), entries = number(directory, 2);
  for (size_t entry = 0; entry < entries; ++entry) {
    size_t at = directory + 2 + 12 * entry;
    if (at >= exif.size())
      break;
    if (number(at, 2) != tag)
      continue;
    uint32_t type = number(at + 2, 2), value = type == shortType ? number(at + 8, 2) : type == longType ? number(at + 8, 4)
                                                                                                        : 1;
    return value >= 1 && value <= 8 ? Orientation(value) : 1;
  }
  return 1;
}

} // namespace tl::pictures
