// Turns a table of cells into the fields `x`, `target` and `label`.
#include "runtime/data/CsvText.h"
#include "runtime/data/FirstRow.h"
#include "runtime/data/Formats.h"
#include "runtime/data/Reader.h"
#include "runtime/data/SourceError.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace tl::data {

namespace {

std::string joined(const std::vector<std::string> &parts, const std::string &between) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i)
    text += (i ? between : "") + parts[i];
  return text;
}

constexpr size_t mostNames = 4096; // of classes; with more, the column is no label
constexpr size_t mostSeen = 2048;  // columns that tell a header from a record, and whose names are suggested

/// Parsed when opened, so that tlc sees bad cells, and once more when filled in: what is parsed is not kept twice.
class CsvReader : public Reader {
public:
  CsvReader(const abi::Source &source, const std::string &path);
  void fill(const abi::Field &field, char *into) override;
  std::string place(const std::string &field, int64_t record) const override;
  std::vector<std::string> findRecords() override;
  Extent extent(int64_t record) const override;
  void decode(const abi::Field &field, int64_t record, std::string_view bytes, char *into) const override;

private:
  using Row = CsvText::Row;
  std::optional<FirstRow> weighFirst() const;
  bool hasHeader(const abi::Source &source);
  void chooseColumns(const abi::Source &source);
  int64_t findColumn(const std::string &option, std::string_view text, const Row *header) const;
  std::vector<int64_t> findColumns(const std::string &option, const std::string &list, const Row *header) const;
  void addLabel();
  [[noreturn]] void badCell(const Row &row, int64_t column, const std::string &expected) const;
  std::string holesIn(int64_t column) const;
  void addNumbers(const std::string &name);
  float numberOf(const Row &row, int64_t column) const;
  int32_t labelOf(const Row &row) const;
  int32_t classOf(const abi::Field &field, const Row &row) const;
  void write(const abi::Field &field, const Row &row, char *into) const;

  CsvText csv;
  std::string path;
  int64_t firstRow = 0; // 1 below a header
  int64_t labelColumn = -1;
  std::map<std::string, std::vector<int64_t>> columnsOf; // field of numbers → the columns it takes
  std::vector<int64_t> starts; // of the records in the file, and its end; empty until `findRecords`
};

CsvReader::CsvReader(const abi::Source &source, const std::string &path) : csv(path), path(path) {
  firstRow = hasHeader(source) ? 1 : 0;
  facts.records = csv.rows() - firstRow;
  if (facts.records <= 0)
    throw badData("`" + path + "` holds no records");
  chooseColumns(source);
  std::string name = option(source, "x", "x");
  if (name == "label" || name == "target")
    throw badSource("option `x` of source `" + source.name + "` is `" + name + "`, which names another field").inOption("x");
  for (const std::string &field : {name, std::string("target")})
    if (!columnsOf[field].empty())
      addNumbers(field);
  if (labelColumn >= 0)
    addLabel();
}

void CsvReader::chooseColumns(const abi::Source &source) {
  csv.each(0, [&](const Row &first) {
    const Row *header = firstRow == 1 ? &first : nullptr;
    std::string label = option(source, "label"), target = option(source, "target"), kept = option(source, "columns");
    std::vector<bool> isTaken(size_t(csv.columns()));
    std::vector<int64_t> &targets = columnsOf["target"], &x = columnsOf[option(source, "x", "x")];
    if (!target.empty())
      targets = findColumns("target", target, header);
    for (int64_t column : targets)
      isTaken[size_t(column)] = true;
    if (!label.empty())
      isTaken[size_t(labelColumn = findColumn("label", label, header))] = true;
    if (!kept.empty())
      x = findColumns("columns", kept, header);
    else
      for (int64_t column = 0; column < csv.columns(); ++column)
        if (!isTaken[size_t(column)])
          x.push_back(column);
    for (int64_t column : x)
      if (isTaken[size_t(column)])
        throw badSource("option `columns` of source `" + source.name + "` names column " + std::to_string(column) +
                        " of `" + path + "`, which is the label or a target: a model must not see what it predicts")
            .inOption("columns");
    return false; // the first row is all that it takes
  });
}

std::optional<FirstRow> CsvReader::weighFirst() const {
  std::optional<FirstRow> first;
  csv.each(0, [&](const Row &row) {
    auto cell = [&](size_t column) { return row[int64_t(column)]; };
    if (first) {
      first->add(cell);
    } else {
      std::vector<std::string> cells;
      for (size_t column = 0; column < std::min(row.cells.size(), mostSeen); ++column)
        cells.emplace_back(row.cells[column].text);
      first.emplace(std::move(cells));
    }
    return true;
  });
  return first;
}

bool CsvReader::hasHeader(const abi::Source &source) {
  std::string choice = option(source, "header", "auto");
  if (choice == "false")
    return false;
  if (choice != "true" && choice != "auto")
    throw badSource("option `header` is `" + choice + "`, expected `true`, `false` or `auto`").inOption("header");
  std::optional<FirstRow> first = weighFirst();
  if (!first)
    return choice == "true";
  for (const char *name : {"label", "target", "columns"})
    if (first->names(option(source, name)))
      return true;
  if (choice == "true") {
    facts.headerDoubt = first->isLikeThoseBelow() ? first->bothReadings() : "";
    return true;
  }
  if (first->reading() == FirstRow::Reading::Unclear)
    throw badSource("`" + path + "` does not tell whether its first line is a header or a record: " + first->bothReadings() +
                    "; write `header = true` or `header = false`")
        .inFile(source.files[0]);
  return first->reading() == FirstRow::Reading::Header;
}

std::string CsvReader::place(const std::string &, int64_t record) const {
  std::string text;
  csv.each(firstRow + record, [&](const Row &row) {
    text = csv.place(row);
    return false;
  });
  return text;
}

/// A name of the header goes before a number. Two columns of that name are an error: which one is meant is not said.
int64_t CsvReader::findColumn(const std::string &option, std::string_view text, const Row *header) const {
  std::vector<std::string> names, places; // some of them: a table may have more columns than there is room for names
  int64_t named = -1, found = 0;
  for (int64_t column = 0; header && column < csv.columns(); ++column) {
    if (names.size() < mostSeen)
      names.emplace_back((*header)[column]);
    if ((*header)[column] != text)
      continue;
    named = found++ ? named : column;
    if (places.size() < 8)
      places.push_back(std::to_string(column));
  }
  if (found > 1)
    throw badSource("`" + path + "` has " + std::to_string(found) + " columns named `" + std::string(text) +
                    "`, those numbered " + joined(places, " and ") + "; give the one that is meant a name of its own")
        .inOption(option);
  if (named >= 0)
    return named;
  int64_t index = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error == std::errc() && end == text.data() + text.size() && index >= 0 && index < csv.columns())
    return index;
  std::vector<std::string> some(names.begin(), names.begin() + std::min<ptrdiff_t>(20, std::ssize(names)));
  throw badSource("`" + path + "` has no column `" + std::string(text) + "`: it has " + std::to_string(csv.columns()) +
                  (header ? " columns, named `" + joined(some, "` `") + "`"
                          : " columns without a header, numbered from 0"))
      .inOption(option)
      .insteadOf(std::string(text), names);
}

std::vector<int64_t> CsvReader::findColumns(const std::string &option, const std::string &list, const Row *header) const {
  std::vector<int64_t> columns;
  for (size_t at = 0; at <= list.size();) {
    size_t end = std::min(list.find(',', at), list.size());
    std::string_view name(list.data() + at, end - at);
    while (name.starts_with(' '))
      name.remove_prefix(1);
    while (name.ends_with(' '))
      name.remove_suffix(1);
    columns.push_back(findColumn(option, name, header));
    if (std::count(columns.begin(), columns.end(), columns.back()) > 1)
      throw badSource("option `" + option + "` names column `" + std::string(name) + "` twice, in `" + path + "`").inOption(option);
    at = end + 1;
  }
  return columns;
}

void CsvReader::badCell(const Row &row, int64_t column, const std::string &expected) const {
  std::string name = std::to_string(column);
  if (firstRow == 1)
    csv.each(0, [&](const Row &header) {
      name = "`" + std::string(header[column]) + "`";
      return false;
    });
  throw badData(csv.place(row, column) + ": column " + name + " has `" + std::string(row[column]) + "`, expected " +
                expected);
}

/// Class numbers where the first record has a number, else names. A hole is no class: where all labels but the holes are
/// numbers, or where nothing stands, it is an error.
void CsvReader::addLabel() {
  abi::Field field{"label", "i32", {}, 0, {}};
  std::map<std::string, int64_t, std::less<>> names; // and how often each stands there
  bool isNumbers = false, isFirst = true;
  csv.each(firstRow, [&](const Row &row) {
    std::string_view label = row[labelColumn];
    if (label.empty())
      badCell(row, labelColumn, "the class; give one or remove the line");
    if (std::exchange(isFirst, false))
      isNumbers = numberIn(label).has_value();
    if (isNumbers)
      ++facts.classRecords[labelOf(row)];
    else if (auto at = names.find(label); at != names.end())
      ++at->second;
    else
      names.emplace(label, 1);
    if (names.size() > mostNames)
      badCell(row, labelColumn, "one of at most " + std::to_string(mostNames) + " names; is this column the label?");
    return true;
  });
  auto isHole = [](const auto &name) { return kindOf(name.first) == CellKind::Hole; };
  auto isName = [](const auto &name) { return kindOf(name.first) == CellKind::Text; };
  bool areHoles = std::any_of(names.begin(), names.end(), isHole) && std::none_of(names.begin(), names.end(), isName);
  if (areHoles && names.size() > 1)
    csv.each(firstRow, [&](const Row &row) {
      if (kindOf(row[labelColumn]) == CellKind::Hole)
        badCell(row, labelColumn, "a class number 0, 1, … as other lines have; give one or remove the line");
      return true;
    });
  for (const auto &[name, count] : names)
    field.classNames.push_back(name);
  field.classes = isNumbers ? facts.classRecords.rbegin()->first + 1 : std::ssize(names);
  facts.fields.push_back(std::move(field));
}

int32_t CsvReader::labelOf(const Row &row) const {
  std::optional<double> number = numberIn(row[labelColumn]);
  if (!number || *number < 0 || *number != std::floor(*number) || *number >= std::numeric_limits<int32_t>::max())
    badCell(row, labelColumn, "a class number 0, 1, … (a real number to predict is a `target`)");
  return int32_t(*number);
}

float CsvReader::numberOf(const Row &row, int64_t column) const {
  std::optional<double> number = numberIn(row[column]);
  bool isClass = labelColumn < 0 && kindOf(row[column]) == CellKind::Text;
  if (!number || std::abs(*number) > std::numeric_limits<float>::max())
    badCell(row, column, number ? "a number that fits f32" : "a number" + holesIn(column) + "; `columns` chooses the columns to read" + (isClass ? ", `label = " + std::to_string(column) + "` the one that holds classes" : ""));
  return float(*number);
}

/// Where a column has cells without a number that tables have for what is not known: how many, so that one knows whether to
/// mend them or to leave the column out.
std::string CsvReader::holesIn(int64_t column) const {
  int64_t holes = 0;
  csv.each(firstRow, [&](const Row &row) {
    holes += kindOf(row[column]) == CellKind::Hole;
    return true;
  });
  return holes == 0 ? "" : ": a hole, of which the column has " + std::to_string(holes) + " in " + std::to_string(facts.records) + " records; fill them in, or leave these records out";
}

void CsvReader::addNumbers(const std::string &name) {
  const std::vector<int64_t> &columns = columnsOf[name];
  facts.fields.push_back({name, "f32", {int64_t(columns.size())}, 0, {}});
  csv.each(firstRow, [&](const Row &row) {
    for (int64_t column : columns)
      numberOf(row, column);
    return true;
  });
}

void CsvReader::fill(const abi::Field &field, char *into) {
  csv.each(firstRow, [&](const Row &row) {
    write(field, row, into);
    into += recordBytes(field);
    return true;
  });
}

/// Writes what a row has of a field.
void CsvReader::write(const abi::Field &field, const Row &row, char *into) const {
  auto put = [&](auto value) {
    std::memcpy(into, &value, sizeof value);
    into += sizeof value;
  };
  if (field.name == "label")
    put(field.classNames.empty() ? labelOf(row) : classOf(field, row));
  else
    for (int64_t column : columnsOf.at(field.name))
      put(numberOf(row, column));
}

int32_t CsvReader::classOf(const abi::Field &field, const Row &row) const {
  const std::vector<std::string> &known = field.classNames; // sorted
  auto at = std::lower_bound(known.begin(), known.end(), row[labelColumn]);
  if (at == known.end() || *at != row[labelColumn]) {
    std::string names;
    for (size_t i = 0; i < std::min<size_t>(known.size(), 20); ++i)
      names += (i ? ", `" : "`") + known[i] + "`";
    badCell(row, labelColumn, "one of " + names);
  }
  return int32_t(at - known.begin());
}

/// A record's extent goes on to the next one's start, over the blank lines between them.
std::vector<std::string> CsvReader::findRecords() {
  starts.reserve(size_t(facts.records + 1));
  csv.each(firstRow, [&](const Row &row) {
    starts.push_back(row.start);
    return true;
  });
  starts.push_back(csv.size());
  return {path};
}

Extent CsvReader::extent(int64_t record) const {
  int64_t start = starts[size_t(record)];
  return {0, start, starts[size_t(record) + 1] - start};
}

void CsvReader::decode(const abi::Field &field, int64_t record, std::string_view bytes, char *into) const {
  Row row;
  csv.cut(bytes, starts[size_t(record)], row);
  write(field, row, into);
}

} // namespace

static std::unique_ptr<Reader> openCsv(const abi::Source &source, const std::string &scriptDir) {
  checkUse(source, {"header", "label", "target", "columns", "x"}, 1, 1);
  return reading(source.files[0], [&]() -> std::unique_ptr<Reader> {
    return std::make_unique<CsvReader>(source, findFile(source.files[0], scriptDir));
  });
}

/// Of a packed file the text, else a piece of it.
static int64_t readingBytesOfCsv(const abi::Source &, const std::vector<abi::Field> &, int64_t fileBytes, bool isPacked) {
  return isPacked ? fileBytes : std::min(fileBytes, CsvText::pieceBytes);
}

const Format csvFormat = {.name = "csv", .open = openCsv, .readsWhole = true, .readingBytes = readingBytesOfCsv, .indexBytes = sizeof(int64_t)};

} // namespace tl::data
