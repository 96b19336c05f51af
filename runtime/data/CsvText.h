// The text of a CSV file cut into cells: commas, quotes as in RFC 4180, LF or CRLF; blank lines are skipped.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tl::data {

class CsvText {
public:
  /// Every row must have as many cells as the first.
  explicit CsvText(const std::string &path);
  int64_t rows() const { return int64_t(lines.size()); }
  int64_t columns() const { return columnCount; }
  /// A cell without its quotes, and without spaces around it.
  std::string_view cell(int64_t row, int64_t column) const { return cells[size_t(row * columnCount + column)]; }
  /// `FILE:LINE:COLUMN` of a cell, in characters from 1.
  std::string place(int64_t row, int64_t column) const;
  /// `FILE:LINE`
  std::string place(int64_t row) const;

private:
  void cut();
  size_t cutCell(size_t at, size_t line);
  std::string path, text;
  std::vector<std::string_view> cells;
  std::vector<int64_t> lines, starts; // of each row: its first line's number, its offset in the text
  int64_t columnCount = 0;
};

} // namespace tl::data
