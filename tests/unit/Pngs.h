// PNG files for tests.
#pragma once
#include "tests/unit/Archives.h"
#include <string>
#include <zlib.h>

namespace tl::test {

inline std::string fromHex(const std::string &digits) {
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2)
    bytes += char(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

inline std::string bigEndian(uint32_t number) { return {char(number >> 24), char(number >> 16), char(number >> 8), char(number)}; }

/// `colour`: 0 is grey, 2 is red, green and blue; `values`: [height, width, channels] of so many bits.
inline std::string png(uint32_t height, uint32_t width, int colour, const std::string &values, int bits = 8) {
  auto chunk = [](const std::string &name, const std::string &data) {
    std::string body = name + data;
    return bigEndian(uint32_t(data.size())) + body + bigEndian(uint32_t(crc32(0, reinterpret_cast<const Bytef *>(body.data()), uInt(body.size()))));
  };
  std::string rows;
  const size_t row = values.size() / height;
  for (uint32_t y = 0; y < height; ++y)
    rows += '\0' + values.substr(y * row, row);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", bigEndian(width) + bigEndian(height) + std::string{char(bits), char(colour), 0, 0, 0}) + chunk("IDAT", deflated(rows, 15)) + chunk("IEND", "");
}

} // namespace tl::test
