// Cuts CSV text into cells that point into it; a cell with doubled quotes within points into a text of its own.
#include "runtime/data/CsvText.h"
#include "runtime/io/Gzip.h"
#include <algorithm>

namespace tl::data {

constexpr size_t mostColumns = 16'384;

static std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

CsvText::CsvText(const std::string &file) : path(file), text(io::readWholeUnpacked(file)) {
  each(0, [&](const Row &row) {
    int64_t count = int64_t(row.cells.size());
    if (rowCount++ == 0)
      columnCount = count;
    if (count != columnCount)
      throw badData(place(row) + ": " + std::to_string(count) + " cells, the first row has " +
                    std::to_string(columnCount));
    return true;
  });
}

/// Cuts the cell that starts at `at`; returns where it ends: at a comma, a line's end or the text's.
size_t CsvText::cutCell(size_t at, Row &row, std::string &unquoted) const {
  size_t open = text.find_first_not_of(" \t", at);
  if (open == std::string::npos || text[open] != '"') {
    size_t end = std::min(text.find_first_of(",\n", at), text.size());
    size_t last = end > at && (end == text.size() || text[end] == '\n') && text[end - 1] == '\r' ? end - 1 : end;
    std::string_view cell = trim({text.data() + at, last - at});
    row.cells.push_back({cell, cell.empty() ? at : size_t(cell.data() - text.data())});
    return end;
  }
  size_t close = open, doubled = 0;
  for (;;) {
    close = text.find('"', close + 1);
    if (close == std::string::npos)
      throw badData(place(row) + ": a quoted cell has no closing `\"`");
    if (close + 1 == text.size() || text[close + 1] != '"')
      break;
    ++close;
    ++doubled;
  }
  std::string_view cell(text.data() + open + 1, close - open - 1);
  if (doubled > 0) {
    unquoted.reserve(text.size()); // never moved: the cells of a row are no longer than the text
    size_t from = unquoted.size();
    for (size_t i = 0; i < cell.size(); ++i) {
      unquoted += cell[i];
      i += cell[i] == '"'; // two quotes within stand for one
    }
    cell = std::string_view(unquoted).substr(from);
  }
  row.cells.push_back({cell, open + 1});
  size_t end = std::min(text.find_first_not_of(" \t\r", close + 1), text.size());
  if (end < text.size() && text[end] != ',' && text[end] != '\n')
    throw badData(place(row) + ": text follows the closing `\"` of a cell, expected `,`");
  return end;
}

/// Cuts the row that starts at `at`; returns where the next one may start.
size_t CsvText::cutRow(size_t at, Row &row, std::string &unquoted) const {
  row.start = at;
  row.cells.clear();
  unquoted.clear();
  for (;; ++at) {
    if (row.cells.size() == mostColumns)
      throw badData(place(row) + ": more than " + std::to_string(mostColumns) + " cells, expected at most so many");
    at = cutCell(at, row, unquoted);
    if (at >= text.size() || text[at] == '\n')
      return at + 1;
  }
}

void CsvText::each(int64_t from, const std::function<bool(const Row &)> &take) const {
  Row row;
  std::string unquoted;
  size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; // a byte order mark
  for (row.line = 1; at < text.size();) {
    size_t lineEnd = std::min(text.find('\n', at), text.size()), next = lineEnd + 1;
    if (!trim({text.data() + at, lineEnd - at - (lineEnd > at && text[lineEnd - 1] == '\r')}).empty()) {
      next = cutRow(at, row, unquoted);
      if (--from < 0 && !take(row))
        return;
    }
    row.line += std::count(text.begin() + int64_t(at), text.begin() + int64_t(std::min(next, text.size())), '\n');
    at = next;
  }
}

std::string CsvText::place(const Row &row, int64_t column) const {
  return place(row) + ":" + std::to_string(row.cells[size_t(column)].at - row.start + 1);
}

} // namespace tl::data
