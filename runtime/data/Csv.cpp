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

class CsvReader : public Reader {
public:
  CsvReader(const abi::Source &source, const std::string &path);
  void fill(const abi::Field &field, char *into) override;
  std::string place(const std::string &, int64_t record) const override { return csv.place(firstRow + record); }

private:
  bool hasHeader(const std::string &choice) const;
  int64_t findColumn(std::string_view text) const;
  std::vector<int64_t> findColumns(const std::string &list) const;
  void readLabelFacts();
  [[noreturn]] void badCell(int64_t row, int64_t column, const std::string &expected) const;
  void addNumbers(const std::string &name, const std::vector<int64_t> &columns);
  int32_t labelOf(int64_t row, const abi::Field &field, const std::map<std::string_view, int32_t> &classNumbers) const;

  CsvText csv;
  std::string path;
  int64_t firstRow = 0; // 1 below a header
  int64_t labelColumn = -1;
  std::map<std::string, std::vector<float>>
      numbers; // field → its values; parsed when opened, so that tlc sees bad cells
};

CsvReader::CsvReader(const abi::Source &source, const std::string &path) : csv(path), path(path) {
  firstRow = hasHeader(option(source, "header", "auto")) ? 1 : 0;
  facts.records = csv.rows() - firstRow;
  if (facts.records <= 0)
    throw badData("`" + path + "` holds no records");
  std::string label = option(source, "label"), target = option(source, "target"), kept = option(source, "columns");
  std::vector<int64_t> taken, targets, x;
  if (!target.empty())
    taken = targets = findColumns(target);
  if (!label.empty())
    taken.push_back(labelColumn = findColumn(label));
  auto isTaken = [&](int64_t column) { return std::find(taken.begin(), taken.end(), column) != taken.end(); };
  if (kept.empty()) {
    for (int64_t column = 0; column < csv.columns(); ++column)
      if (!isTaken(column))
        x.push_back(column);
  } else
    x = findColumns(kept);
  for (int64_t column : x)
    if (isTaken(column))
      throw badData("option `columns` of source `" + source.name + "` names column " + std::to_string(column) +
                    ", which is the label or a target: a model must not see what it predicts");
  std::string name = option(source, "x", "x");
  if (name == "label" || name == "target")
    throw badData("option `x` of source `" + source.name + "` is `" + name + "`, which names another field");
  if (!x.empty())
    addNumbers(name, x);
  if (!targets.empty())
    addNumbers("target", targets);
  if (labelColumn >= 0)
    readLabelFacts();
}

bool CsvReader::hasHeader(const std::string &choice) const {
  if (choice == "true" || choice == "false")
    return choice == "true";
  if (choice != "auto")
    throw badData("option `header` is `" + choice + "`, expected `true`, `false` or `auto`");
  for (int64_t column = 0; csv.rows() > 1 && column < csv.columns(); ++column)
    if (!numberIn(csv.cell(0, column)) && numberIn(csv.cell(1, column)))
      return true;
  return false;
}

int64_t CsvReader::findColumn(std::string_view text) const {
  for (int64_t column = 0; firstRow == 1 && column < csv.columns(); ++column)
    if (csv.cell(0, column) == text)
      return column;
  int64_t index = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error == std::errc() && end == text.data() + text.size() && index >= 0 && index < csv.columns())
    return index;
  std::string names;
  for (int64_t column = 0; firstRow == 1 && column < std::min<int64_t>(csv.columns(), 20); ++column)
    names += " `" + std::string(csv.cell(0, column)) + "`";
  throw badData("`" + path + "` has no column `" + std::string(text) + "`: it has " + std::to_string(csv.columns()) +
                (firstRow == 1 ? " columns, named" + names : " columns without a header, numbered from 0"));
}

std::vector<int64_t> CsvReader::findColumns(const std::string &list) const {
  std::vector<int64_t> columns;
  for (size_t at = 0; at <= list.size();) {
    size_t end = std::min(list.find(',', at), list.size());
    std::string_view name(list.data() + at, end - at);
    while (name.starts_with(' '))
      name.remove_prefix(1);
    while (name.ends_with(' '))
      name.remove_suffix(1);
    columns.push_back(findColumn(name));
    at = end + 1;
  }
  return columns;
}

void CsvReader::badCell(int64_t row, int64_t column, const std::string &expected) const {
  std::string name = firstRow == 1 ? "`" + std::string(csv.cell(0, column)) + "`" : std::to_string(column);
  throw badData(csv.place(row, column) + ": column " + name + " has `" + std::string(csv.cell(row, column)) +
                "`, expected " + expected);
}

/// Class numbers where the first record has a number, else names.
void CsvReader::readLabelFacts() {
  abi::Field field{"label", "i32", {}, 0, {}};
  if (numberIn(csv.cell(firstRow, labelColumn))) {
    for (int64_t row = firstRow; row < csv.rows(); ++row)
      field.classes = std::max<int64_t>(field.classes, labelOf(row, field, {}) + 1);
  } else {
    std::set<std::string_view> names;
    for (int64_t row = firstRow; row < csv.rows(); ++row)
      names.insert(csv.cell(row, labelColumn));
    field.classNames.assign(names.begin(), names.end());
    field.classes = int64_t(field.classNames.size());
  }
  facts.fields.push_back(field);
}

int32_t CsvReader::labelOf(int64_t row, const abi::Field &field,
                           const std::map<std::string_view, int32_t> &classNumbers) const {
  std::string_view text = csv.cell(row, labelColumn);
  if (!field.classNames.empty()) {
    auto it = classNumbers.find(text);
    if (it == classNumbers.end()) {
      std::string names;
      for (size_t i = 0; i < std::min<size_t>(field.classNames.size(), 20); ++i)
        names += (i ? ", `" : "`") + field.classNames[i] + "`";
      badCell(row, labelColumn, "one of " + names);
    }
    return it->second;
  }
  std::optional<double> number = numberIn(text);
  if (!number || *number < 0 || *number != std::floor(*number) || *number >= std::numeric_limits<int32_t>::max())
    badCell(row, labelColumn, "a class number 0, 1, … (a real number to predict is a `target`)");
  return int32_t(*number);
}

void CsvReader::addNumbers(const std::string &name, const std::vector<int64_t> &columns) {
  facts.fields.push_back({name, "f32", {int64_t(columns.size())}, 0, {}});
  std::vector<float> &values = numbers[name];
  for (int64_t row = firstRow; row < csv.rows(); ++row)
    for (int64_t column : columns) {
      std::optional<double> number = numberIn(csv.cell(row, column));
      if (!number || std::abs(*number) > std::numeric_limits<float>::max())
        badCell(row, column, number ? "a number that fits f32" : "a number; `columns` chooses the columns to read");
      values.push_back(float(*number));
    }
}

void CsvReader::fill(const abi::Field &field, char *into) {
  if (field.name != "label") {
    const std::vector<float> &values = numbers.at(field.name);
    std::memcpy(into, values.data(), values.size() * 4);
    return;
  }
  std::map<std::string_view, int32_t> classNumbers;
  for (const std::string &name : field.classNames)
    classNumbers.emplace(name, int32_t(classNumbers.size()));
  for (int64_t row = firstRow; row < csv.rows(); ++row, into += 4) {
    int32_t label = labelOf(row, field, classNumbers);
    std::memcpy(into, &label, 4);
  }
}

} // namespace

std::unique_ptr<Reader> openCsv(const abi::Source &source, const std::string &scriptDir) {
  checkUse(source, {"header", "label", "target", "columns", "x"}, 1, 1);
  return std::make_unique<CsvReader>(source, findFile(source.files[0], scriptDir));
}

} // namespace tl::data
