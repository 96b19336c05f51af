// Reads texts from tables: `lines`, of cells between tabs, and `csv` with texts. One column has the text, perhaps others more of them,
// perhaps one the class.
#include "runtime/data/TableTexts.h"
#include "runtime/data/Columns.h"
#include "runtime/data/Formats.h"
#include "runtime/data/SourceError.h"
#include "runtime/data/TextRecords.h"
#include <algorithm>

namespace tl::data {

namespace {

class TableTexts : public TextRecords {
public:
  TableTexts(const abi::Source &source, const std::vector<std::string> &paths, CsvText::Form form)
      : TextRecords(source, paths, askedBy(source, form == CsvText::Form::Tabs ? "0" : "")) {
    for (size_t file = 0; file < files.size(); ++file)
      reading(source.files[std::min(file, source.files.size() - 1)], [&] { readFile(source, file, form); });
    describe(source);
  }

private:
  void readFile(const abi::Source &source, size_t file, CsvText::Form form);
  std::vector<int64_t> columnsIn(const abi::Source &source, const Columns &columns, const std::string &path);
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

void TableTexts::readFile(const abi::Source &source, size_t file, CsvText::Form form) {
  const TextFile &text = files[file];
  CsvText table(text.path, text.text, form);
  if (table.rows() == 0)
    return;
  Columns::Asked named;
  for (const AskedCell &cell : asked)
    named.lists.emplace_back(cell.option, option(source, cell.option).empty() ? "" : cell.written);
  named.text = asked.front().written;
  named.label = option(source, "label");
  Columns columns(table, text.path, source, named);
  facts.headerDoubt = facts.headerDoubt.empty() ? columns.doubt : facts.headerDoubt;
  std::vector<int64_t> wanted = columnsIn(source, columns, text.path);
  std::vector<std::string_view> cells;
  table.each(columns.hasHeader ? 1 : 0, [&](const CsvText::Row &row) {
    cells.clear();
    for (int64_t column : wanted) {
      std::string_view cell = column < std::ssize(row.cells) ? row[column] : std::string_view();
      bool isInFile = cell.data() >= text.text.data() && cell.data() <= text.text.data() + text.text.size();
      cells.push_back(isInFile || cell.empty() ? cell : keep(cell)); // or of the row alone, whose quotes were doubled
    }
    add(file, size_t(row.start), cells);
    return true;
  });
}

} // namespace

std::unique_ptr<Reader> openTableTexts(const abi::Source &source, const std::string &scriptDir, CsvText::Form form) {
  std::vector<std::string> known = TextRecords::options();
  known.push_back("header");
  checkUse(source, known, 1, anyNumber);
  return std::make_unique<TableTexts>(source, findFiles(source, scriptDir), form);
}

static std::unique_ptr<Reader> openLines(const abi::Source &source, const std::string &scriptDir) {
  return openTableTexts(source, scriptDir, CsvText::Form::Tabs);
}

const Format linesFormat = {.name = "lines", .open = openLines, .isText = alwaysText, .readsWhole = true, .readingBytes = readingBytesOfTexts};

} // namespace tl::data
