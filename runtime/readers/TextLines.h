// A file of text line by line, that need not fit in memory.
#pragma once
#include "runtime/readers/TextBlocks.h"

namespace tl::data {

class TextLines {
public:
  explicit TextLines(const std::string &path);
  /// False at the end. The line, without its end, is valid until the next call.
  bool next(std::string_view &line);
  /// The number of the line that next() gave, from 1.
  int64_t line() const { return number; }
  /// `FILE:LINE`
  std::string place(int64_t line) const { return path + ":" + std::to_string(line); }

private:
  const std::string path;
  std::unique_ptr<TextEncoder> anywhere;
  TextBlocks blocks;
  std::string rest, block;
  size_t at = 0;
  int64_t number = 0;
};

} // namespace tl::data
