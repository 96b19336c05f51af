// Cuts CSV text into cells that point into it; quoted cells are unquoted in place.
#include "runtime/data/CsvText.h"
#include "runtime/io/Gzip.h"
#include <algorithm>

namespace tl::data {

static std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

CsvText::CsvText(const std::string &file) : path(file), text(io::readWholeUnpacked(file)) { cut(); }

/// Cuts the cell that starts at `at`; returns where it ends: at a comma, a line's end or the text's.
size_t CsvText::cutCell(size_t at, size_t line) {
  size_t open = text.find_first_not_of(" \t", at);
  if (open == std::string::npos || text[open] != '"') {
    size_t end = std::min(text.find_first_of(",\n", at), text.size());
    size_t last = end > at && (end == text.size() || text[end] == '\n') && text[end - 1] == '\r' ? end - 1 : end;
    cells.push_back(trim({text.data() + at, last - at}));
    return end;
  }
  size_t from = open + 1, to = open; // two quotes within stand for one
  for (;; ++from) {
    if (from >= text.size())
      throw badData(path + ":" + std::to_string(line) + ": a quoted cell has no closing `\"`");
    if (text[from] == '"') {
      if (from + 1 < text.size() && text[from + 1] == '"')
        ++from;
      else
        break;
    }
    text[to++] = text[from];
  }
  cells.push_back({text.data() + open, to - open});
  size_t end = std::min(text.find_first_not_of(" \t\r", from + 1), text.size());
  if (end < text.size() && text[end] != ',' && text[end] != '\n')
    throw badData(path + ":" + std::to_string(line) + ": text follows the closing `\"` of a cell, expected `,`");
  return end;
}

void CsvText::cut() {
  size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; // a byte order mark
  for (int64_t line = 1; at < text.size();) {
    size_t lineEnd = std::min(text.find('\n', at), text.size());
    if (trim({text.data() + at, lineEnd - at - (lineEnd > at && text[lineEnd - 1] == '\r')}).empty()) {
      at = lineEnd + 1;
      ++line;
      continue;
    }
    size_t rowStart = at, before = cells.size();
    int64_t newLines = 1;
    for (;; ++at) {
      size_t end = cutCell(at, size_t(line));
      newLines += std::count(cells.back().begin(), cells.back().end(), '\n'); // within quotes
      at = end;
      if (at >= text.size() || text[at] == '\n')
        break;
    }
    ++at;
    int64_t count = int64_t(cells.size() - before);
    if (lines.empty())
      columnCount = count;
    if (count != columnCount)
      throw badData(path + ":" + std::to_string(line) + ": " + std::to_string(count) + " cells, the first row has " +
                    std::to_string(columnCount));
    lines.push_back(line);
    starts.push_back(int64_t(rowStart));
    line += newLines;
  }
}

std::string CsvText::place(int64_t row, int64_t column) const {
  int64_t offset = cell(row, column).data() - text.data();
  return place(row) + ":" + std::to_string(offset - starts[size_t(row)] + 1);
}

std::string CsvText::place(int64_t row) const { return path + ":" + std::to_string(lines[size_t(row)]); }

} // namespace tl::data
