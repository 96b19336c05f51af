// Cuts CSV text into cells that point into it; a cell with doubled quotes within points into a text of its own.
#include "runtime/readers/CsvText.h"
#include "runtime/io/Gzip.h"
#include "runtime/readers/TextFile.h"
#include <algorithm>

namespace tl::data {

constexpr size_t mostColumns = 4096; // each has its names, a hundred bytes and more

constexpr const char *blanks = " \t";

static std::string_view trim(std::string_view text) {
  size_t first = text.find_first_not_of(blanks);
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// What parts cells, as a script writes it.
static std::string spelt(char separator) { return separator == '\t' ? "\\t" : std::string(1, separator); }

CsvText::CsvText(const std::string &path, CsvForm form) : name(path), form(form) {
  open();
  countRows();
}

CsvText::CsvText(const std::string &path, CsvForm form, int64_t rows, int64_t columns) : name(path), form(form), rowCount(rows), columnCount(columns) { open(); }

void CsvText::open() {
  if (io::InputStream(name).isGzip()) {
    unpacked = io::readWholeUnpacked(name);
    held = unpacked;
    bytes = std::ssize(held);
  } else {
    file = io::File::openRead(name);
    bytes = file->size();
  }
  std::string piece;
  std::string_view start = textAt(0, pieceBytes, piece);
  checkEncoding(start, name);
  checkLineEnds(start, name);
}

void CsvText::countRows() {
  int64_t count = 0;
  each(0, [&](const Row &row) {
    if (count++ == 0)
      columnCount = std::ssize(row.cells);
    checkWidth(row);
    return true;
  });
  rowCount = count;
}

void CsvText::checkWidth(const Row &row) const {
  if (form.hasQuotes && std::ssize(row.cells) != columnCount)
    throw badData(place(row) + ": " + std::to_string(row.cells.size()) + " cells, the first row has " + std::to_string(columnCount));
}

/// As many bytes from `at` as there are, `count` at most where they are not held: then in `piece`.
std::string_view CsvText::textAt(int64_t at, int64_t count, std::string &piece) const {
  if (!file)
    return held.substr(size_t(at));
  piece.resize(size_t(std::min(count, bytes - at)));
  file->readAt(piece.data(), piece.size(), at);
  return piece;
}

/// Of what a text that goes on may still say another thing.
constexpr size_t unfinished = std::string_view::npos;

/// Cuts the cell that starts at `at`; returns where it ends: at a separator, a line's end or the text's.
size_t CsvText::cutCell(std::string_view text, size_t at, bool isLast, Row &row) const {
  auto finished = [&](size_t end) { return end < text.size() || isLast ? std::min(end, text.size()) : unfinished; };
  const char ends[] = {form.separator, '\n', 0};
  std::string_view around = form.separator == '\t' ? " " : blanks;
  size_t open = form.hasQuotes ? text.find_first_not_of(around, at) : std::string::npos;
  if (open == std::string::npos || text[open] != '"') {
    size_t end = std::min(text.find_first_of(ends, at), text.size());
    size_t last = end > at && (end == text.size() || text[end] == '\n') && text[end - 1] == '\r' ? end - 1 : end;
    std::string_view cell(text.data() + at, last - at);
    cell = form.hasQuotes ? trim(cell) : cell;
    row.cells.push_back({cell, cell.empty() ? at : size_t(cell.data() - text.data())});
    return finished(end);
  }
  size_t close = open, doubled = 0;
  for (;;) {
    close = text.find('"', close + 1);
    if (close == std::string::npos && !isLast)
      return unfinished;
    if (close == std::string::npos)
      throw badData(place(row) + ": a quoted cell has no closing `\"`");
    if (close + 1 == text.size() || text[close + 1] != '"')
      break;
    ++close;
    ++doubled;
  }
  std::string_view cell(text.data() + open + 1, close - open - 1);
  if (doubled > 0) {
    row.unquoted.reserve(text.size()); // never moved: the cells of a row are no longer than the text
    size_t from = row.unquoted.size();
    for (size_t i = 0; i < cell.size(); ++i) {
      row.unquoted += cell[i];
      i += cell[i] == '"'; // two quotes within stand for one
    }
    cell = std::string_view(row.unquoted).substr(from);
  }
  row.cells.push_back({cell, open + 1});
  size_t end = std::min(text.find_first_not_of(around == blanks ? " \t\r" : " \r", close + 1), text.size());
  if (end < text.size() && text[end] != form.separator && text[end] != '\n')
    throw badData(place(row) + ": text follows the closing `\"` of a cell, expected `" + spelt(form.separator) + "`");
  return finished(end);
}

/// Cuts the row that `text` starts with, no cells where its first line is blank; returns where the next one may start.
size_t CsvText::cutRow(std::string_view text, bool isLast, Row &row) const {
  row.cells.clear();
  row.unquoted.clear();
  size_t lineEnd = std::min(text.find('\n'), text.size());
  if (lineEnd == text.size() && !isLast)
    return unfinished;
  if (trim(text.substr(0, lineEnd - (lineEnd > 0 && text[lineEnd - 1] == '\r'))).empty())
    return lineEnd + 1;
  for (size_t at = 0;; ++at) {
    if (row.cells.size() == mostColumns)
      throw badData(place(row) + ": more than " + std::to_string(mostColumns) + " cells, expected at most so many");
    at = cutCell(text, at, isLast, row);
    if (at == unfinished)
      return unfinished;
    if (at >= text.size() || text[at] == '\n')
      return at + 1;
  }
}

/// One column, in which something stands that may part cells, is more likely a table of another form.
std::string CsvText::separation() const {
  std::string text;
  if (columnCount == 1 && form.hasQuotes)
    each(0, [&](const Row &row) {
      for (char other : {',', ';', '\t', '|'})
        if (other != form.separator && row[0].find(other) != std::string_view::npos && text.empty())
          text = "; its first line has `" + spelt(other) + "` in it: where that parts cells, write separator = \"" + spelt(other) + "\"";
      return false;
    });
  else if (columnCount == 1)
    text = "; cells are separated by tabs";
  return text;
}

void CsvText::cut(std::string_view text, int64_t start, Row &row) const {
  row.start = start;
  cutRow(text, true, row);
  checkWidth(row);
}

void CsvText::each(int64_t from, const std::function<bool(const Row &)> &take) const {
  Row row;
  std::string piece;
  int64_t start = 0, size = pieceBytes; // of the text that is looked at
  int64_t seen = 0;
  std::string_view text = textAt(0, size, piece);
  size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; // a byte order mark
  while (start + int64_t(at) < bytes) {
    bool isLast = start + std::ssize(text) == bytes;
    row.start = start + int64_t(at);
    size_t length = cutRow(text.substr(at), isLast, row);
    if (length == unfinished) { // the row ends behind this piece: the next one starts with it
      size = at == 0 ? 2 * size : pieceBytes;
      start = row.start;
      at = 0;
      text = textAt(start, size, piece);
      continue;
    }
    at += length;
    if (row.cells.empty())
      continue;
    checkUnchanged(++seen <= rowCount || rowCount < 0);
    if (rowCount >= 0)
      checkWidth(row);
    if (seen > from && !take(row))
      return;
  }
  checkUnchanged(seen == rowCount || rowCount < 0);
}

/// What was counted decides what others make room for.
void CsvText::checkUnchanged(bool isSo) const {
  if (!isSo)
    throw badData("`" + name + "` was changed while it was read, and has not the " + std::to_string(rowCount) + " rows that it had; read it again");
}

std::string CsvText::place(const Row &row) const {
  std::string piece;
  int64_t line = 1;
  for (int64_t at = 0; at < row.start; at += pieceBytes) {
    int64_t count = std::min(pieceBytes, row.start - at);
    std::string_view text = textAt(at, count, piece).substr(0, size_t(count));
    line += std::count(text.begin(), text.end(), '\n');
  }
  return name + ":" + std::to_string(line);
}

std::string CsvText::place(const Row &row, int64_t column) const {
  return place(row) + ":" + std::to_string(row.cells[size_t(column)].at + 1);
}

} // namespace tl::data
