// Finds the values of columns and checks each against what its column has.
#include "runtime/program/ColumnsWriter.h"
#include "runtime/io/Error.h"
#include "runtime/io/Utf8.h"
#include "runtime/program/CommandLine.h"
#include "runtime/program/FieldWriter.h"
#include "runtime/program/Terminal.h"
#include "runtime/readers/FirstRow.h"
#include <algorithm>
#include <cstring>
#include <limits>

namespace tl::program {

using Json = Answerer::Json;

ColumnsWriter::ColumnsWriter(const abi::Field &field) : field(field) {
  if (field.tokens == "categories")
    categories.emplace(field);
}

std::string ColumnsWriter::columnList() const {
  constexpr size_t most = 40; // that are named
  std::string list;
  auto isNumber = [](const std::string &name) { return name.find_first_not_of("0123456789") == std::string::npos; };
  if (std::all_of(field.columns.begin(), field.columns.end(), isNumber))
    return list;
  for (size_t i = 0; i < std::min(most, field.columns.size()); ++i)
    list += (i ? ", `" : ": `") + field.columns[i] + "`";
  return list + (field.columns.size() > most ? ", …" : "");
}

bool ColumnsWriter::isGiven(const Json &record) const {
  return record.contains(field.name) || std::any_of(field.columns.begin(), field.columns.end(), [&](const std::string &name) { return record.contains(name); });
}

static bool isHole(const Json &value) {
  return value.is_null() || (value.is_string() && data::kindOf(value.get_ref<const std::string &>()) == data::CellKind::Hole);
}

/// A column may be called as its field is: a list is the field.
Json ColumnsWriter::valueOf(const Json &record, size_t column) const {
  const std::string &name = field.columns[column];
  auto whole = record.find(field.name);
  bool isWhole = whole != record.end() && (whole->is_array() || std::find(field.columns.begin(), field.columns.end(), field.name) == field.columns.end());
  if (isWhole && (!whole->is_array() || whole->size() != field.columns.size()))
    throw badData("`" + field.name + "` is " + shapeText(field) + ", and here is " +
                  (whole->is_array() ? "a list of " + std::to_string(whole->size()) + " where " + std::to_string(field.columns.size()) + " belong"
                                     : "`" + whole->dump().substr(0, 40) + "` where a list of " + std::to_string(field.columns.size()) + " belongs"));
  if (isWhole && record.contains(name) && name != field.name)
    throw badData("`" + name + "` is given twice: alone, and in `" + field.name + "`");
  if (isWhole)
    return (*whole)[column];
  auto at = record.find(name);
  if (at == record.end() && !field.mayLack)
    throw badData("`" + name + "` is missing; `" + field.name + "` is " + shapeText(field) + columnList());
  return at == record.end() ? Json(nullptr) : *at;
}

float ColumnsWriter::numberOf(const Json &value, size_t column) const {
  if (field.mayLack && isHole(value))
    return std::numeric_limits<float>::quiet_NaN();
  float number = 0;
  const abi::Field alone{.name = field.columns[column], .dtype = "f32", .shape = {}, .classNames = {}};
  FieldWriter(alone, reinterpret_cast<char *>(&number)).write(value);
  return number;
}

/// A value that `train` has not is what it is in other data, unknown; and perhaps misspelt, so it is said.
int32_t ColumnsWriter::categoryOf(const Json &value, size_t column) {
  const std::string &name = field.columns[column];
  if (isHole(value))
    return categories->unknown(column);
  if (value.is_structured())
    throw badData("`" + name + "` is a name, and here is `" + value.dump().substr(0, 40) + "`");
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (io::findBadUtf8(text) != std::string::npos)
    throw badData("`" + name + "` is not UTF-8");
  int32_t number = categories->number(column, text);
  if (number == categories->unknown(column) && said.insert(name + "=" + text).second) {
    std::optional<std::string> near = suggest(text, categories->valuesOf(column));
    printMessage("`" + name + "` has no `" + text + "` in `train`" + (near ? ", but `" + *near + "`" : "") + "; it counts as unknown\n");
  }
  return number;
}

void ColumnsWriter::write(const Json &record, char *into) {
  for (size_t column = 0; column < field.columns.size(); ++column) {
    Json value = valueOf(record, column);
    auto put = [&](auto number) {
      if (into)
        std::memcpy(into + column * sizeof number, &number, sizeof number);
    };
    if (categories)
      put(categoryOf(value, column));
    else
      put(numberOf(value, column));
  }
}

} // namespace tl::program
