// Names and numbers of classes.
#include "runtime/readers/ClassNames.h"
#include "runtime/readers/Columns.h"
#include "runtime/data/Reader.h"
#include "runtime/data/SourceError.h"
#include <algorithm>
#include <charconv>

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
