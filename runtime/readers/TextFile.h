// A file of text, whole: unpacked, checked to be UTF-8, without a byte order mark.
#pragma once
#include "runtime/io/Error.h"
#include <string>

namespace tl::data {

/// Of a byte that is not UTF-8, at `place`, `FILE:LINE`.
Error notUtf8(const std::string &place, unsigned char byte, const std::string &path);

struct TextFile {
  explicit TextFile(const std::string &path);
  /// `FILE:LINE` of an offset.
  std::string lineAt(size_t offset) const;
  std::string path, text;
};

} // namespace tl::data
