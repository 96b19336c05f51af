// Turns a table of cells into the fields `x`, `target` and `label`.
#include "runtime/readers/ClassNames.h"
#include "runtime/readers/Columns.h"
#include "runtime/data/Formats.h"
#include "runtime/data/Reader.h"
#include "runtime/data/SourceError.h"
#include "runtime/readers/TableTexts.h"
#include "runtime/readers/TextRecords.h"
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

constexpr size_t mostNames = 4096; // of classes; with more, the column is no label

/// Parsed when opened, so that tlc sees bad cells, and once more when filled in: what is parsed is not kept twice.
class CsvReader : public Reader {
public:
  CsvReader(const abi::Source &source, const std::string &path, CsvForm form);
  void fill(const abi::Field &field, char *into) override;
  std::string place(const std::string &field, int64_t record) const override;
  std::vector<std::string> findRecords(const std::vector<abi::Field> &, const std::string &) override;
  Extent extent(int64_t record) const override;
  void decode(const abi::Field &field, int64_t record, std::string_view bytes, char *into) const override;

private:
  using Row = CsvText::Row;
  void chooseColumns(const abi::Source &source);
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
  Columns named;
  int64_t firstRow; // 1 below a header
  int64_t labelColumn = -1;
  std::vector<std::string> names; // of the classes, where the script says them
  std::map<std::string, std::vector<int64_t>> columnsOf; // field of numbers → the columns it takes
  std::vector<int64_t> starts; // of the records in the file, and its end; empty until `findRecords`
};

static Columns::Asked columnsAsked(const abi::Source &source) {
  Columns::Asked asked;
  for (const char *name : {"label", "target", "columns"})
    asked.lists.emplace_back(name, option(source, name));
  return asked;
}

CsvReader::CsvReader(const abi::Source &source, const std::string &path, CsvForm form)
    : csv(path, form), path(path), named(csv, path, source, columnsAsked(source)), firstRow(named.hasHeader ? 1 : 0), names(classNamesOf(source)) {
  facts.headerDoubt = named.doubt;
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
  if (labelColumn < 0 && !names.empty())
    throw badSource("option `classes` of source `" + source.name + "` names the classes of a label, and none is read; leave it out, or add `label = COLUMN`").inOption("classes");
  if (labelColumn >= 0)
    addLabel();
}

void CsvReader::chooseColumns(const abi::Source &source) {
  std::string label = option(source, "label"), target = option(source, "target"), kept = option(source, "columns");
  std::vector<bool> isTaken(size_t(csv.columns()));
  std::vector<int64_t> &targets = columnsOf["target"], &x = columnsOf[option(source, "x", "x")];
  if (!target.empty())
    targets = named.findAll("target", target);
  for (int64_t column : targets)
    isTaken[size_t(column)] = true;
  if (!label.empty())
    isTaken[size_t(labelColumn = named.find("label", label))] = true;
  if (!kept.empty())
    x = named.findAll("columns", kept);
  else
    for (int64_t column = 0; column < csv.columns(); ++column)
      if (!isTaken[size_t(column)])
        x.push_back(column);
  for (int64_t column : x)
    if (isTaken[size_t(column)])
      throw badSource("option `columns` of source `" + source.name + "` names column " + std::to_string(column) +
                      " of `" + path + "`, which is the label or a target: a model must not see what it predicts")
          .inOption("columns");
}

std::string CsvReader::place(const std::string &, int64_t record) const {
  std::string text;
  csv.each(firstRow + record, [&](const Row &row) {
    text = csv.place(row);
    return false;
  });
  return text;
}

void CsvReader::badCell(const Row &row, int64_t column, const std::string &expected) const {
  throw badData(csv.place(row, column) + ": " + named.textOf(column) + " has `" + std::string(row[column]) + "`, expected " +
                expected);
}

/// Class numbers where the first record has a number, else names. A hole is no class: where all labels but the holes are
/// numbers, or where nothing stands, it is an error.
void CsvReader::addLabel() {
  abi::Field field{"label", "i32", {}, std::ssize(names), names};
  std::map<std::string, int64_t, std::less<>> found; // and how often each stands there
  bool isNumbers = false, isFirst = true;
  csv.each(firstRow, [&](const Row &row) {
    std::string_view label = row[labelColumn];
    if (label.empty())
      badCell(row, labelColumn, "the class; give one or remove the line");
    if (std::exchange(isFirst, false))
      isNumbers = numberIn(label).has_value();
    if (!names.empty())
      classOf(field, row);
    else if (isNumbers)
      ++facts.classRecords[labelOf(row)];
    else if (auto at = found.find(label); at != found.end())
      ++at->second;
    else
      found.emplace(label, 1);
    if (found.size() > mostNames)
      badCell(row, labelColumn, "one of at most " + std::to_string(mostNames) + " names; is this column the label?");
    return true;
  });
  auto isHole = [](const auto &name) { return kindOf(name.first) == CellKind::Hole; };
  auto isName = [](const auto &name) { return kindOf(name.first) == CellKind::Text; };
  bool areHoles = std::any_of(found.begin(), found.end(), isHole) && std::none_of(found.begin(), found.end(), isName);
  if (areHoles && found.size() > 1)
    csv.each(firstRow, [&](const Row &row) {
      if (kindOf(row[labelColumn]) == CellKind::Hole)
        badCell(row, labelColumn, "a class number 0, 1, … as other lines have; give one or remove the line");
      return true;
    });
  for (const auto &[name, count] : found)
    field.classNames.push_back(name);
  facts.classesAreGiven = facts.namesAreGiven = !names.empty();
  if (names.empty())
    field.classes = isNumbers ? facts.classRecords.rbegin()->first + 1 : std::ssize(found);
  facts.namedRecords["label"] = std::move(found);
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
    badCell(row, column, number ? "a number that fits f32" : "a number" + holesIn(column) + "; `columns` chooses the columns to read" + (isClass ? ", `label = " + std::to_string(column) + "` the one that holds classes" : "") + csv.separation());
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
  int32_t number = classIn(field.classNames, row[labelColumn], !names.empty());
  if (number < 0)
    badCell(row, labelColumn, oneOfClasses(field.classNames, !names.empty()));
  return number;
}

/// A record's extent goes on to the next one's start, over the blank lines between them.
std::vector<std::string> CsvReader::findRecords(const std::vector<abi::Field> &, const std::string &) {
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
  checkUse(source, {"header", "separator", "label", "classes", "target", "columns", "x", "text", "texts"}, 1, 1);
  return reading(source.files[0], [&]() -> std::unique_ptr<Reader> {
    return std::make_unique<CsvReader>(source, findFile(source.files[0], scriptDir), formOf(source));
  });
}

/// Of a packed file the text, else a piece of it.
static int64_t readingBytesOfCsv(const abi::Source &source, const std::vector<abi::Field> &fields, int64_t fileBytes, bool isPacked) {
  if (hasTexts(source))
    return readingBytesOfTexts(source, fields, fileBytes, isPacked);
  return isPacked ? fileBytes : std::min(fileBytes, CsvText::pieceBytes);
}

const Format csvFormat = {.name = "csv", .open = openCsv, .isText = hasTexts, .readsWhole = true, .readingBytes = readingBytesOfCsv, .indexBytes = sizeof(int64_t), .noBlocks = blocksOfTexts};

} // namespace tl::data
