// A file of text, whole: unpacked, checked to be UTF-8, without a byte order mark.
#pragma once
#include <string>

namespace tl::data {

struct TextFile {
  explicit TextFile(const std::string &path);
  /// `FILE:LINE` of an offset.
  std::string lineAt(size_t offset) const;
  std::string path, text;
};

} // namespace tl::data
