// A file of text, whole: unpacked, checked to be UTF-8, without a byte order mark.
#pragma once
#include "runtime/io/Error.h"
#include <string>
#include <string_view>

namespace tl::data {

/// Of a byte that is not UTF-8, at `place`, `FILE:LINE`.
Error notUtf8(const std::string &place, unsigned char byte, const std::string &path);

/// An error where a text begins as one of UTF-16 does, and not of UTF-8.
void checkEncoding(std::string_view start, const std::string &path);
/// Of a file that is read by lines: an error where they end in carriage returns alone, so that it would be one line.
void checkLineEnds(std::string_view start, const std::string &path);

struct TextFile {
  explicit TextFile(const std::string &path);
  /// `FILE:LINE` of an offset.
  std::string lineAt(size_t offset) const;
  std::string path, text;
};

} // namespace tl::data
