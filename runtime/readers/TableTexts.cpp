// Reads texts from tables: `lines`, of cells between tabs, and `csv` with texts. One column has the text, perhaps others more of them,
// perhaps one the class.
#include "runtime/readers/TableTexts.h"
#include "runtime/readers/Columns.h"
#include "runtime/data/Formats.h"
#include "runtime/data/SourceError.h"
#include "runtime/readers/SectionTexts.h"
#include "runtime/readers/TextFile.h"
#include "runtime/readers/TextRecords.h"
#include "runtime/data/Fnv.h"
#include "runtime/io/Utf8.h"
#include <algorithm>
#include <utility>

namespace tl::data {

namespace {

class TableTexts : public TextRecords {
public:
  TableTexts(const abi::Source &source, const std::vector<std::string> &paths, CsvForm form)
      : TextRecords(source, paths, askedBy(source, form.hasQuotes ? "" : "0")), form(form) {
    for (size_t file = 0; file < paths.size(); ++file)
      lookAt(source, paths[file], source.files[std::min(file, source.files.size() - 1)]);
    describe(source);
  }

private:
  /// What is known of a file.
  struct Table {
    std::string path, name; // name: as the script has it
    int64_t rows = 0, columns = 0;
    std::optional<uint64_t> header; // digest
    std::vector<int64_t> wanted;    // columns of what is asked for
  };
  void read(const Take &take) const override;
  bool readFile(const Table &file, const Take &take) const;
  static uint64_t digestOf(const CsvText::Row &row);
  void checkText(const CsvText &table, const CsvText::Row &row, int64_t column) const;
  void lookAt(const abi::Source &source, const std::string &path, const std::string &name);
  std::vector<int64_t> columnsIn(const abi::Source &source, const Columns &columns, const std::string &path);

  const CsvForm form;
  std::vector<Table> tables;
};

/// The columns of what is asked for, in one file.
std::vector<int64_t> TableTexts::columnsIn(const abi::Source &source, const Columns &columns, const std::string &path) {
  std::vector<int64_t> all;
  for (AskedCell &cell : asked) {
    int64_t column = columns.find(cell.option, cell.written);
    if (auto other = std::find(all.begin(), all.end(), column); other != all.end())
      throw badSource("source `" + source.name + "` takes column " + std::to_string(column) + " of `" + path + "`, for the " +
                      (cell.name.empty() ? "text and for the " + cell.option + ": a model must not see what it predicts"
                                         : "texts `" + asked[size_t(other - all.begin())].name + "` and `" + cell.name + "`"))
          .inOption(cell.option);
    cell.place = columns.textOf(column);
    all.push_back(column);
  }
  return all;
}

void TableTexts::lookAt(const abi::Source &source, const std::string &path, const std::string &name) {
  reading(name, [&] {
    CsvText table(path, form);
    if (table.rows() == 0)
      return;
    uint64_t first = 0;
    table.each(0, [&](const CsvText::Row &row) {
      for (int64_t column = 0; column < std::ssize(row.cells); ++column)
        checkText(table, row, column); // of whatever a message shows
      first = digestOf(row);
      return false;
    });
    Columns::Asked named;
    for (const AskedCell &cell : asked)
      named.lists.emplace_back(cell.option, option(source, cell.option).empty() ? "" : cell.written);
    named.text = asked.front().written;
    const std::vector<std::string> several = itemsOf(option(source, "labels"));
    named.areSeveral = !source.options.contains("label") && several.size() == 1 && !several.front().empty();
    named.label = named.areSeveral ? several.front() : option(source, "label");
    Columns columns(table, path, source, named);
    facts.headerDoubt = facts.headerDoubt.empty() ? columns.doubt : facts.headerDoubt;
    tables.push_back({path, name, table.rows(), table.columns(), columns.hasHeader ? std::optional(first) : std::nullopt, columnsIn(source, columns, path)});
  });
}

uint64_t TableTexts::digestOf(const CsvText::Row &row) {
  uint64_t digest = fnvStart;
  for (const CsvText::Cell &cell : row.cells)
    digest = fnv(std::string_view("\t"), fnv(cell.text, digest));
  return digest;
}

/// That a cell is UTF-8.
void TableTexts::checkText(const CsvText &table, const CsvText::Row &row, int64_t column) const {
  if (size_t bad = io::findBadUtf8(row[column]); bad != std::string::npos)
    throw notUtf8(table.place(row), static_cast<unsigned char>(row[column][bad]), table.path());
}

/// False where `take` has enough.
bool TableTexts::readFile(const Table &file, const Take &take) const {
  CsvText table(file.path, form, file.rows, file.columns);
  std::vector<std::string_view> cells;
  const CsvText::Row *current = nullptr;
  const std::function<std::string()> place = [&] { return table.place(*current); };
  bool goesOn = true, isHeader = file.header.has_value();
  table.each(0, [&](const CsvText::Row &row) {
    if (std::exchange(isHeader, false)) {
      if (digestOf(row) != *file.header)
        throw badData(table.place(row) + ": the header was changed while the file was read; start again");
      return true;
    }
    current = &row;
    cells.clear();
    for (int64_t column : file.wanted) {
      bool isThere = column < std::ssize(row.cells);
      if (isThere)
        checkText(table, row, column);
      cells.push_back(isThere ? row[column] : std::string_view());
    }
    return goesOn = take({cells, place});
  });
  return goesOn;
}

void TableTexts::read(const Take &take) const {
  for (const Table &file : tables)
    if (!reading(file.name, [&] { return readFile(file, take); }))
      return;
}

} // namespace

std::unique_ptr<Reader> openTableTexts(const abi::Source &source, const std::string &scriptDir, CsvForm form) {
  std::vector<std::string> known = TextRecords::options();
  known.push_back("header");
  if (form.hasQuotes)
    known.push_back("separator");
  checkUse(source, known, 1, anyNumber);
  return std::make_unique<TableTexts>(source, findFiles(source, scriptDir), form);
}

static std::unique_ptr<Reader> openLines(const abi::Source &source, const std::string &scriptDir) {
  return source.options.contains("sections") ? openSections(source, scriptDir) : openTableTexts(source, scriptDir, plainTabs);
}

const Format linesFormat = {.name = "lines", .open = openLines, .isText = alwaysText, .readsWhole = true, .readingBytes = readingBytesOfTexts, .indexBytes = indexBytesOfTexts, .noBlocks = blocksOfTexts, .nameBeside = nameOfRecords};

} // namespace tl::data
