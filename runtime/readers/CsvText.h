// The text of a CSV file cut into cells: commas or what stands in their place, quotes as in RFC 4180, LF or CRLF; blank lines are skipped. Or
// tabs, and cells as they stand. Rows are cut anew each time they are gone through: a table of all cells would take many times the file. The file is
// read anew, too, but for a packed one, whose text is held.
#pragma once
#include "runtime/io/File.h"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tl::data {

/// What parts cells. With quotes, all rows have as many cells; without, a cell is what stands there.
struct CsvForm {
  char separator = ',';
  bool hasQuotes = true;
};
constexpr CsvForm plainTabs{'\t', false};

class CsvText {
public:
  struct Cell {
    std::string_view text; // with quotes: without them, and without spaces around it
    size_t at;             // its offset in the row
  };
  struct Row {
    int64_t start = 0; // its offset in the file
    std::vector<Cell> cells;
    std::string unquoted; // of cells with doubled quotes within
    std::string_view operator[](int64_t column) const { return cells[size_t(column)].text; }
  };

  static constexpr int64_t pieceBytes = 1 << 18; // held of a file, but where a row is longer

  /// Every row must have as many cells as the first, but in a form without quotes, and no more than 4,096.
  explicit CsvText(const std::string &path, CsvForm form = {});
  /// Of a file that has been looked at before: it had so many.
  CsvText(const std::string &path, CsvForm form, int64_t rows, int64_t columns);
  CsvText(const CsvText &) = delete;
  const std::string &path() const { return name; }
  int64_t rows() const { return rowCount; }
  int64_t columns() const { return columnCount; }
  /// What a message adds where there is one column: perhaps other things stand between the cells.
  std::string separation() const;
  /// Hands over the rows from number `from` on, in order, until `take` returns false; a row is valid during its call.
  void each(int64_t from, const std::function<bool(const Row &)> &take) const;
  /// Cuts the row that `bytes` start with, which lie at `start` of the file.
  void cut(std::string_view bytes, int64_t start, Row &row) const;
  /// Bytes of the file, unpacked.
  int64_t size() const { return bytes; }
  /// `FILE:LINE`; reads what stands before the row.
  std::string place(const Row &row) const;
  /// `FILE:LINE:COLUMN`, in characters from 1.
  std::string place(const Row &row, int64_t column) const;

private:
  void open();
  void countRows();
  void checkWidth(const Row &row) const;
  void checkUnchanged(bool isSo) const;
  std::string_view textAt(int64_t at, int64_t count, std::string &piece) const;
  size_t cutRow(std::string_view text, bool isLast, Row &row) const;
  size_t cutCell(std::string_view text, size_t at, bool isLast, Row &row) const;
  const std::string name; // of the file
  std::optional<io::File> file; // none where the text is held
  std::string unpacked;
  std::string_view held;
  CsvForm form;
  int64_t bytes = 0, rowCount = -1, columnCount = 0; // rowCount: -1 until they are counted
};

} // namespace tl::data
