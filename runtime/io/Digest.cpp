// CRC-32 by zlib, which every program carries for gzip anyway.
#include "runtime/io/Digest.h"
#include "runtime/io/File.h"
#include <algorithm>
#include <cstdio>
#include <vector>
#include <zlib.h>

namespace tl::io {

void Digest::add(const char *bytes, size_t count) {
  crc = uint32_t(crc32_z(crc, reinterpret_cast<const Bytef *>(bytes), count));
}

void Digest::add(const Digest &next, size_t count) { crc = uint32_t(crc32_combine(crc, next.crc, z_off_t(count))); }

std::string Digest::text() const {
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08x", crc);
  return digits;
}

std::string fileDigest(const std::string &path) {
  File file = File::openRead(path);
  Digest digest;
  std::vector<char> chunk(size_t(std::clamp<int64_t>(file.size(), 4096, 1 << 16)));
  while (size_t got = file.read(chunk.data(), chunk.size()))
    digest.add(chunk.data(), got);
  return digest.text();
}

} // namespace tl::io
