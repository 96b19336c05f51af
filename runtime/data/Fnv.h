// FNV-1a, 64 bits: the digest of data facts and of a record's bytes. Not for secrets.
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace tl::data {

constexpr uint64_t fnvStart = 0xcbf29ce484222325;

/// Continues the digest `hash` over `bytes`.
constexpr uint64_t fnv(std::string_view bytes, uint64_t hash = fnvStart) {
  for (char byte : bytes)
    hash = (hash ^ uint8_t(byte)) * 0x100000001b3;
  return hash;
}

/// As 16 hex digits.
inline std::string hexOf(uint64_t digest) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(digest));
  return digits;
}

} // namespace tl::data
