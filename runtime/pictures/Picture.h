// A picture in memory: rows of pixels, a byte for each channel.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tl::pictures {

struct Size {
  int64_t height = 0, width = 0;
  bool operator==(const Size &) const = default;
  int64_t pixels() const { return height * width; }
};

/// "480 x 640", height first, as shapes are written.
inline std::string textOf(const Size &size) { return std::to_string(size.height) + " x " + std::to_string(size.width); }

/// Where a part of a picture lies.
struct Window {
  int64_t top = 0, left = 0;
  Size size;
  bool operator==(const Window &) const = default;
};

struct Picture {
  Size size;
  int64_t channels = 0;
  std::vector<uint8_t> values; // [height, width, channels]

  Picture() = default;
  Picture(Size size, int64_t channels) : size(size), channels(channels), values(size_t(size.pixels() * channels)) {}
  const uint8_t *row(int64_t y) const { return values.data() + y * size.width * channels; }
  uint8_t *row(int64_t y) { return values.data() + y * size.width * channels; }
};

/// No picture is larger, nor made so: 64 million pixels. What a header says is held against this before anything is allocated for it.
constexpr int64_t mostPixels = int64_t{1} << 26;

} // namespace tl::pictures
