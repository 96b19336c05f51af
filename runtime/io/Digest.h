// CRC-32 of bytes and files: tells damage and change from what was there before. Not for secrets.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace tl::io {

class Digest {
public:
  void add(const char *bytes, size_t count);
  /// As if the bytes of `next`, `count` of them, had been added.
  void add(const Digest &next, size_t count);
  /// 8 hex digits.
  std::string text() const;

private:
  uint32_t crc = 0;
};

/// The digest of all of a file's bytes.
std::string fileDigest(const std::string &path);

} // namespace tl::io
