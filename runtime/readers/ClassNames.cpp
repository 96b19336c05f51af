// Names and numbers of classes.
#include "runtime/readers/ClassNames.h"
#include "runtime/readers/Columns.h"
#include "runtime/data/Reader.h"
#include "runtime/data/SourceError.h"
#include <algorithm>
#include <charconv>

namespace tl::data {

std::vector<std::string> classNamesOf(const abi::Source &source) {
  std::string written = option(source, "classes");
  std::vector<std::string> names = written.empty() ? std::vector<std::string>() : itemsOf(written);
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i].empty() || std::find(names.begin(), names.begin() + int64_t(i), names[i]) != names.begin() + int64_t(i))
      throw badSource("option `classes` of source `" + source.name + "` has " + (names[i].empty() ? "an empty name" : "`" + names[i] + "` twice") +
                      "; it names each class once, in the order of their numbers: classes = \"negative, positive\"")
          .inOption("classes");
  return names;
}

int32_t classIn(const std::vector<std::string> &names, std::string_view cell, bool orNumber) {
  auto at = std::find(names.begin(), names.end(), cell);
  if (at != names.end())
    return int32_t(at - names.begin());
  int32_t number = -1;
  auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  bool isNumber = error == std::errc() && end == cell.data() + cell.size() && number >= 0 && number < std::ssize(names);
  return orNumber && isNumber ? number : -1;
}

std::string oneOfClasses(const std::vector<std::string> &names, bool orNumber) {
  constexpr size_t most = 20;
  std::string text = "one of ";
  for (size_t i = 0; i < std::min(names.size(), most); ++i)
    text += (i ? ", `" : "`") + names[i] + "`";
  if (names.size() > most)
    text += " and " + std::to_string(names.size() - most) + " more";
  return text + (orNumber ? ", or a number from 0 to " + std::to_string(names.size() - 1) : "");
}

} // namespace tl::data
