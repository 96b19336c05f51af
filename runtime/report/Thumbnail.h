// A picture small enough to stand in a page.
#pragma once
#include <cstdint>
#include <string>

namespace tl::report {

/// The picture [height, width, channels] of bytes as the address of an image, `data:image/png;base64,…`, made smaller by a whole number so that
/// neither side has more than 64 pixels. `channels`: 1 or 3.
std::string thumbnail(const uint8_t *values, int64_t height, int64_t width, int64_t channels);

/// The bytes of the PNG that such an address holds.
std::string pictureAt(const std::string &address);

} // namespace tl::report
