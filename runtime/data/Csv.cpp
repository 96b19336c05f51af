// Turns a table of cells into the fields `x`, `target` and `label`.
#include "runtime/data/CsvText.h"
#include "runtime/data/Reader.h"
#include "runtime/io/Error.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace tl::data {

namespace {

std::optional<double> numberIn(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    text.remove_prefix(1);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

constexpr size_t mostNames = 4096; // of classes; with more, the column is no label

/// Parsed when opened, so that tlc sees bad cells, and once more when filled in: what is parsed is not kept twice.
class CsvReader : public Reader {
public:
  CsvReader(const abi::Source &source, const std::string &path);
  void fill(const abi::Field &field, char *into) override;
  std::string place(const std::string &field, int64_t record) const override;

private:
  using Row = CsvText::Row;
  bool hasHeader(const std::string &choice) const;
  void chooseColumns(const abi::Source &source);
  int64_t findColumn(std::string_view text, const Row *header) const;
  std::vector<int64_t> findColumns(const std::string &list, const Row *header) const;
  void addLabel();
  [[noreturn]] void badCell(const Row &row, int64_t column, const std::string &expected) const;
  void addNumbers(const std::string &name);
  float numberOf(const Row &row, int64_t column) const;
  int32_t labelOf(const Row &row) const;

  CsvText csv;
  std::string path;
  int64_t firstRow = 0; // 1 below a header
  int64_t labelColumn = -1;
  std::map<std::string, std::vector<int64_t>> columnsOf; // field of numbers → the columns it takes
};

CsvReader::CsvReader(const abi::Source &source, const std::string &path) : csv(path), path(path) {
  firstRow = hasHeader(option(source, "header", "auto")) ? 1 : 0;
  facts.records = csv.rows() - firstRow;
  if (facts.records <= 0)
    throw badData("`" + path + "` holds no records");
  chooseColumns(source);
  std::string name = option(source, "x", "x");
  if (name == "label" || name == "target")
    throw badData("option `x` of source `" + source.name + "` is `" + name + "`, which names another field");
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
      targets = findColumns(target, header);
    for (int64_t column : targets)
      isTaken[size_t(column)] = true;
    if (!label.empty())
      isTaken[size_t(labelColumn = findColumn(label, header))] = true;
    if (!kept.empty())
      x = findColumns(kept, header);
    else
      for (int64_t column = 0; column < csv.columns(); ++column)
        if (!isTaken[size_t(column)])
          x.push_back(column);
    for (int64_t column : x)
      if (isTaken[size_t(column)])
        throw badData("option `columns` of source `" + source.name + "` names column " + std::to_string(column) +
                      ", which is the label or a target: a model must not see what it predicts");
    return false; // the first row is all that it takes
  });
}

bool CsvReader::hasHeader(const std::string &choice) const {
  if (choice == "true" || choice == "false")
    return choice == "true";
  if (choice != "auto")
    throw badData("option `header` is `" + choice + "`, expected `true`, `false` or `auto`");
  std::vector<bool> isText(size_t(csv.columns()));
  bool isFirst = true, found = false;
  csv.each(0, [&](const Row &row) {
    for (int64_t column = 0; column < csv.columns(); ++column)
      if (bool isNumber = numberIn(row[column]).has_value(); isFirst)
        isText[size_t(column)] = !isNumber;
      else
        found = found || (isText[size_t(column)] && isNumber);
    return std::exchange(isFirst, false);
  });
  return found;
}

std::string CsvReader::place(const std::string &, int64_t record) const {
  std::string text;
  csv.each(firstRow + record, [&](const Row &row) {
    text = csv.place(row);
    return false;
  });
  return text;
}

int64_t CsvReader::findColumn(std::string_view text, const CsvText::Row *header) const {
  for (int64_t column = 0; header && column < csv.columns(); ++column)
    if ((*header)[column] == text)
      return column;
  int64_t index = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error == std::errc() && end == text.data() + text.size() && index >= 0 && index < csv.columns())
    return index;
  std::string names;
  for (int64_t column = 0; header && column < std::min<int64_t>(csv.columns(), 20); ++column)
    names += " `" + std::string((*header)[column]) + "`";
  throw badData("`" + path + "` has no column `" + std::string(text) + "`: it has " + std::to_string(csv.columns()) +
                (header ? " columns, named" + names : " columns without a header, numbered from 0"));
}

std::vector<int64_t> CsvReader::findColumns(const std::string &list, const CsvText::Row *header) const {
  std::vector<int64_t> columns;
  for (size_t at = 0; at <= list.size();) {
    size_t end = std::min(list.find(',', at), list.size());
    std::string_view name(list.data() + at, end - at);
    while (name.starts_with(' '))
      name.remove_prefix(1);
    while (name.ends_with(' '))
      name.remove_suffix(1);
    columns.push_back(findColumn(name, header));
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

/// Class numbers where the first record has a number, else names.
void CsvReader::addLabel() {
  abi::Field field{"label", "i32", {}, 0, {}};
  std::set<std::string, std::less<>> names;
  bool isNumbers = false;
  csv.each(firstRow, [&](const Row &row) {
    if (field.classes == 0 && names.empty())
      isNumbers = numberIn(row[labelColumn]).has_value();
    if (isNumbers)
      field.classes = std::max<int64_t>(field.classes, labelOf(row) + 1);
    else if (!names.contains(row[labelColumn]))
      names.emplace(row[labelColumn]);
    if (names.size() > mostNames)
      badCell(row, labelColumn, "one of at most " + std::to_string(mostNames) + " names; is this column the label?");
    return true;
  });
  if (!isNumbers) {
    field.classNames.assign(names.begin(), names.end());
    field.classes = int64_t(names.size());
  }
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
  if (!number || std::abs(*number) > std::numeric_limits<float>::max())
    badCell(row, column, number ? "a number that fits f32" : "a number; `columns` chooses the columns to read");
  return float(*number);
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
  auto put = [&](auto value) {
    std::memcpy(into, &value, sizeof value);
    into += sizeof value;
  };
  if (field.name != "label") {
    const std::vector<int64_t> &columns = columnsOf.at(field.name);
    return csv.each(firstRow, [&](const Row &row) {
      for (int64_t column : columns)
        put(numberOf(row, column));
      return true;
    });
  }
  if (field.classNames.empty())
    return csv.each(firstRow, [&](const Row &row) {
      put(labelOf(row));
      return true;
    });
  std::map<std::string_view, int32_t> classNumbers;
  for (const std::string &name : field.classNames)
    classNumbers.emplace(name, int32_t(classNumbers.size()));
  csv.each(firstRow, [&](const Row &row) {
    auto it = classNumbers.find(row[labelColumn]);
    if (it == classNumbers.end()) {
      std::string names;
      for (size_t i = 0; i < std::min<size_t>(field.classNames.size(), 20); ++i)
        names += (i ? ", `" : "`") + field.classNames[i] + "`";
      badCell(row, labelColumn, "one of " + names);
    }
    put(it->second);
    return true;
  });
}

} // namespace

std::unique_ptr<Reader> openCsv(const abi::Source &source, const std::string &scriptDir) {
  checkUse(source, {"header", "label", "target", "columns", "x"}, 1, 1);
  return std::make_unique<CsvReader>(source, findFile(source.files[0], scriptDir));
}

} // namespace tl::data
