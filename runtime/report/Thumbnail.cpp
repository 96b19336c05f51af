// A small PNG: rows as they are, in blocks of a zlib stream that are not compressed, so that programs carry no compressor.
#include "runtime/report/Thumbnail.h"

#include <algorithm>
#include <zlib.h>

namespace tl::report {

namespace {

constexpr int64_t mostPixels = 64; // of a side
constexpr char prefix[] = "data:image/png;base64,", letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string bigEndian(uint32_t value) { return {char(value >> 24), char(value >> 16), char(value >> 8), char(value)}; }

const Bytef *bytesOf(const std::string &text) { return reinterpret_cast<const Bytef *>(text.data()); }

std::string chunk(const std::string &type, const std::string &content) {
  std::string checked = type + content;
  return bigEndian(uint32_t(content.size())) + checked + bigEndian(uint32_t(crc32(0, bytesOf(checked), uInt(checked.size()))));
}

std::string stored(const std::string &bytes) {
  constexpr size_t most = 65535;
  std::string out = "\x78\x01";
  for (size_t at = 0; at < bytes.size(); at += most) {
    size_t length = std::min(most, bytes.size() - at), other = ~length;
    out += char(at + length == bytes.size());
    out += {char(length), char(length >> 8), char(other), char(other >> 8)};
    out.append(bytes, at, length);
  }
  return out + bigEndian(uint32_t(adler32(1, bytesOf(bytes), uInt(bytes.size()))));
}

std::string png(const std::string &rows, int64_t height, int64_t width, int64_t channels) {
  std::string head = bigEndian(uint32_t(width)) + bigEndian(uint32_t(height)) + std::string{8, char(channels == 3 ? 2 : 0), 0, 0, 0};
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", head) + chunk("IDAT", stored(rows)) + chunk("IEND", "");
}

std::string base64(const std::string &bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    auto byte = [&](size_t at) { return at < bytes.size() ? uint32_t(uint8_t(bytes[at])) : 0u; };
    uint32_t three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (int k = 0; k < 4; ++k)
      out += i + size_t(k) > bytes.size() ? '=' : letters[three >> (18 - 6 * k) & 63];
  }
  return out;
}

} // namespace

std::string thumbnail(const uint8_t *values, int64_t height, int64_t width, int64_t channels) {
  int64_t times = std::max<int64_t>(1, (std::max(height, width) + mostPixels - 1) / mostPixels);
  int64_t rows = std::max<int64_t>(1, height / times), columns = std::max<int64_t>(1, width / times);
  std::string out;
  for (int64_t y = 0; y < rows; ++y) {
    out += '\0'; // the row is not filtered
    for (int64_t x = 0; x < columns; ++x)
      for (int64_t c = 0; c < channels; ++c) {
        int64_t sum = 0, count = 0;
        for (int64_t v = y * times; v < std::min(height, (y + 1) * times); ++v)
          for (int64_t u = x * times; u < std::min(width, (x + 1) * times); ++u, ++count)
            sum += values[(v * width + u) * channels + c];
        out += char((sum + count / 2) / count);
      }
  }
  return prefix + base64(png(out, rows, columns, channels));
}

std::string pictureAt(const std::string &address) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (size_t i = sizeof prefix - 1; i < address.size() && address[i] != '='; ++i) {
    bits = bits << 6 | uint32_t(std::find(letters, letters + 63, address[i]) - letters);
    if ((count += 6) >= 8)
      out += char(bits >> (count -= 8));
  }
  return out;
}

} // namespace tl::report
