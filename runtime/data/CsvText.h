// The text of a CSV file cut into cells: commas, quotes as in RFC 4180, LF or CRLF; blank lines are skipped. Rows are cut
// anew each time they are gone through: a table of all cells would take many times the file.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tl::data {

class CsvText {
public:
  struct Cell {
    std::string_view text; // without its quotes, and without spaces around it
    size_t at;             // its offset in the file
  };
  struct Row {
    int64_t line = 0;
    size_t start = 0;
    std::vector<Cell> cells;
    std::string_view operator[](int64_t column) const { return cells[size_t(column)].text; }
  };

  /// Every row must have as many cells as the first, and no more than 16,384.
  explicit CsvText(const std::string &path);
  int64_t rows() const { return rowCount; }
  int64_t columns() const { return columnCount; }
  /// Hands over the rows from number `from` on, in order, until `take` returns false; a row is valid during its call.
  void each(int64_t from, const std::function<bool(const Row &)> &take) const;
  /// `FILE:LINE`
  std::string place(const Row &row) const { return path + ":" + std::to_string(row.line); }
  /// `FILE:LINE:COLUMN`, in characters from 1.
  std::string place(const Row &row, int64_t column) const;

private:
  size_t cutRow(size_t at, Row &row, std::string &unquoted) const;
  size_t cutCell(size_t at, Row &row, std::string &unquoted) const;
  std::string path, text;
  int64_t rowCount = 0, columnCount = 0;
};

} // namespace tl::data
