// The numbers of a text's tokens, kept beside the runs that train on them: made once, and taken again by whoever has the same text and
// tokenizer.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace tl::data {

struct TokenFile {
  std::string path;   // of the numbers alone, in the order of bytes of this machine
  int64_t tokens = 0;
  int64_t bytesOfOne = 4; // 2 where the vocabulary fits
  std::string digest; // CRC-32 of all, as i32
  std::string origin; // "found", "made", or "made again, as …"

  using Take = std::function<void(std::span<const int32_t>)>;
  /// That of `key`, a file name, in `folder`. One that is there is used where it is whole and sound; else `encode` gives the numbers, all below
  /// `vocabulary`, 0 where that is not known. The file appears whole or not at all.
  static TokenFile in(const std::string &folder, const std::string &key, int64_t vocabulary, const std::function<void(const Take &)> &encode);

  /// Held while one that is there is checked, at most.
  static constexpr int64_t checkingBytes = int64_t{1} << 19;

  /// One number of the file's bytes.
  int32_t number(std::span<const char> bytes, int64_t index) const;
};

} // namespace tl::data
