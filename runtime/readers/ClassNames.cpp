// Names and numbers of classes.
#include "runtime/readers/ClassNames.h"
#include "runtime/readers/Columns.h"
#include "runtime/readers/FirstRow.h"
#include "runtime/data/Reader.h"
#include "runtime/data/SourceError.h"
#include "runtime/io/Lists.h"
#include <algorithm>
#include <charconv>
#include <cmath>

namespace tl::data {

/// The sign stands between blanks, as names have it in them: `<=50K = <=50K.`
ClassNames::ClassNames(const abi::Source &source) {
  std::string list = option(source, "classes");
  for (const std::string &item : list.empty() ? std::vector<std::string>() : itemsOf(list)) {
    size_t equals = item.find(" = ");
    names.push_back(itemsOf(item.substr(0, equals)).front());
    written.push_back(equals == std::string::npos ? names.back() : itemsOf(item.substr(equals + 3)).front());
  }
  for (const std::vector<std::string> *each : {&names, &written})
    for (size_t i = 0; i < each->size(); ++i)
      if (const std::string &name = (*each)[i]; name.empty() || std::find(each->begin(), each->begin() + int64_t(i), name) != each->begin() + int64_t(i))
        throw badSource("option `classes` of source `" + source.name + "` has " + (name.empty() ? "an empty name" : "`" + name + "` twice") +
                        "; it names each class once, in the order of their numbers: classes = \"negative, positive\"")
            .inOption("classes");
}

bool ClassNames::isHole(std::string_view cell) const {
  return kindOf(cell) == CellKind::Hole && std::find(written.begin(), written.end(), cell) == written.end();
}

/// Where a name is a number, a number is that name.
static bool countsFromZero(const std::vector<std::string> &names, bool orNumber) {
  return orNumber && std::none_of(names.begin(), names.end(), [](const std::string &name) { return numberIn(name).has_value(); });
}

int32_t classIn(const std::vector<std::string> &names, std::string_view cell, bool orNumber) {
  auto at = std::find(names.begin(), names.end(), cell);
  if (at != names.end())
    return int32_t(at - names.begin());
  int32_t number = -1;
  auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  bool isNumber = error == std::errc() && end == cell.data() + cell.size() && number >= 0 && number < std::ssize(names) && std::to_string(number) == cell;
  return isNumber && countsFromZero(names, orNumber) ? number : -1;
}

std::string oneOfClasses(const std::vector<std::string> &names, bool orNumber) {
  constexpr size_t most = 20;
  return "one of " + firstOf(names, most) + (countsFromZero(names, orNumber) ? ", or a number from 0 to " + std::to_string(names.size() - 1) : "");
}

std::string Spellings::problemOf(std::string_view cell) {
  constexpr double lastWhole = 1LL << 53; // from which on two numbers may be one double
  std::optional<double> number = numberIn(cell);
  if (!number || std::abs(*number) >= lastWhole)
    return "";
  const std::string &known = first.emplace(*number, cell).first->second;
  return known == cell ? "" : "`" + std::string(cell) + "`, and a record before it has `" + known + "`: one number, and perhaps two classes; write it in one way";
}

} // namespace tl::data
