// Finds the records and columns of a CSV file; TableReader makes fields of them, or, of those with texts, TableTexts.
#include "runtime/readers/Columns.h"
#include "runtime/data/Formats.h"
#include "runtime/data/Reader.h"
#include "runtime/data/SourceError.h"
#include "runtime/io/Utf8.h"
#include "runtime/readers/TableReader.h"
#include "runtime/readers/TableTexts.h"
#include "runtime/readers/TextRecords.h"
#include <algorithm>

namespace tl::data {

namespace {

class CsvRows : public TableRows {
public:
  CsvRows(const abi::Source &source, const std::string &path, CsvForm form);
  void each(const Take &take) const override;
  void cut(std::string_view bytes, int64_t start, const Take &take) const override;
  int64_t size() const override { return csv.size(); }
  std::string place(const TableRow &row) const override { return csv.place({row.start, {}, {}}); }
  std::string advice() const override { return csv.separation(); }

private:
  void addOthers(const std::vector<bool> &isTaken);
  void nameColumns();
  bool hand(const CsvText::Row &row, TableRow &cells, const Take &take) const;

  CsvText csv;
  Columns named;
  int64_t firstRow; // 1 below a header
  std::vector<int64_t> columnOf; // by what is asked for
};

/// By option, the columns that it names, without what they are to be called.
Columns::Asked namedIn(const std::vector<AskedColumn> &columns) {
  Columns::Asked asked;
  for (const AskedColumn &column : columns)
    asked.lists.emplace_back(column.option, column.written);
  for (const AskedColumn &column : columns)
    if (column.option == "label")
      asked.label = column.written;
    else if (column.option == "categories")
      asked.categories.push_back(column.written);
  return asked;
}

CsvRows::CsvRows(const abi::Source &source, const std::string &path, CsvForm form)
    : TableRows(columnsAsked(source), path), csv(path, form), named(csv, path, source, namedIn(asked)), firstRow(named.hasHeader ? 1 : 0) {
  doubt = named.doubt;
  count = csv.rows() - firstRow;
  std::vector<bool> isTaken(size_t(csv.columns()));
  std::vector<std::string> numbers;
  for (const AskedColumn &column : asked) {
    columnOf.push_back(named.find(column.option, column.written));
    numbers.push_back(std::to_string(columnOf.back()));
    isTaken[size_t(columnOf.back())] = true;
  }
  checkColumns(source, numbers);
  if (!source.options.contains("columns"))
    addOthers(isTaken);
  nameColumns();
}

/// Where the source does not say which columns are numbers, all are that are nothing else.
void CsvRows::addOthers(const std::vector<bool> &isTaken) {
  std::vector<AskedColumn> all;
  std::vector<int64_t> places;
  all.reserve(asked.size() + isTaken.size()); // held once: as they grow, so many names would be too many
  for (size_t column = 0; column < isTaken.size(); ++column)
    if (!isTaken[column]) {
      all.push_back({"columns", std::to_string(column)});
      places.push_back(int64_t(column));
    }
  std::move(asked.begin(), asked.end(), std::back_inserter(all));
  asked = std::move(all);
  columnOf.insert(columnOf.begin(), places.begin(), places.end());
}

/// A name that two columns of a field have, or that entries of a vocabulary could not be told by, is no name: their numbers are.
void CsvRows::nameColumns() {
  for (size_t i = 0; i < asked.size(); ++i) {
    asked[i].text = named.textOf(columnOf[i]);
    if (asked[i].name.empty())
      asked[i].name = named.nameOf(columnOf[i]);
  }
  const std::vector<AskedColumn> called = asked;
  for (size_t i = 0; i < asked.size(); ++i) {
    const std::string &name = called[i].name;
    auto isSame = [&](const AskedColumn &other) { return other.option == called[i].option && other.name == name; };
    if (name.empty() || name.find('=') != std::string::npos || io::findBadUtf8(name) != std::string::npos || std::count_if(called.begin(), called.end(), isSame) > 1)
      asked[i].name = std::to_string(columnOf[i]);
  }
}

bool CsvRows::hand(const CsvText::Row &row, TableRow &cells, const Take &take) const {
  cells.start = row.start;
  cells.cells.clear();
  cells.columns.clear();
  for (int64_t column : columnOf) {
    cells.cells.push_back(row[column]);
    cells.columns.push_back(row.cells[size_t(column)].at + 1);
  }
  return take(cells);
}

void CsvRows::each(const Take &take) const {
  TableRow cells;
  csv.each(firstRow, [&](const CsvText::Row &row) { return hand(row, cells, take); });
}

void CsvRows::cut(std::string_view bytes, int64_t start, const Take &take) const {
  CsvText::Row row;
  TableRow cells;
  csv.cut(bytes, start, row);
  hand(row, cells, take);
}

} // namespace

static bool hasTexts(const abi::Source &source) { return source.options.contains("text") || source.options.contains("texts"); }

static CsvForm formOf(const abi::Source &source) {
  std::string separator = option(source, "separator", ",");
  if (separator.size() != 1 || std::string_view(",;\t|").find(separator[0]) == std::string_view::npos)
    throw badSource("option `separator` is `" + separator + "`, expected `,`, `;`, `|` or a tab, \"\\t\"").inOption("separator");
  return {separator[0]};
}

static std::unique_ptr<Reader> openCsv(const abi::Source &source, const std::string &scriptDir) {
  if (hasTexts(source))
    return openTableTexts(source, scriptDir, formOf(source));
  std::vector<std::string> known = tableOptions();
  for (const char *other : {"header", "separator", "text", "texts"})
    known.emplace_back(other);
  checkUse(source, known, 1, 1);
  return reading(source.files[0], [&]() -> std::unique_ptr<Reader> {
    return makeTableReader(source, std::make_unique<CsvRows>(source, findFile(source.files[0], scriptDir), formOf(source)));
  });
}

/// Of a packed file the text, else a piece of it.
static int64_t readingBytesOfCsv(const abi::Source &source, const Reading &reading) {
  if (hasTexts(source))
    return readingBytesOfTexts(source, reading);
  return reading.isPacked ? reading.fileBytes : std::min(reading.fileBytes, CsvText::pieceBytes);
}

const Format csvFormat = {.name = "csv", .open = openCsv, .isText = hasTexts, .readsWhole = true, .readingBytes = readingBytesOfCsv, .indexBytes = sizeof(int64_t), .indexBytesOfTexts = indexBytesOfTexts, .noBlocks = blocksOfTexts, .nameBeside = nameOfRecords};

} // namespace tl::data
