// Compares the classes of a published model's head with those of a label, name by name.
#include "compiler/stages/HeadClasses.h"
#include "runtime/data/UnseenClasses.h"
#include "runtime/io/Lists.h"
#include <algorithm>

namespace tl {

using Names = std::vector<std::string>;

constexpr size_t mostListed = 8, mostSaid = 20; // names of a message, of the line that mends it

/// How the source says it. A name with a comma cannot stand in its list.
static std::string mend(const Names &there, const Names &here) {
  const std::string byNumber = "take them by their numbers: by_number = true in the layer";
  if (std::any_of(there.begin(), there.end(), [](const std::string &name) { return name.find(',') != std::string::npos; }))
    return byNumber;
  const bool areAmong = std::all_of(here.begin(), here.end(), [&](const std::string &name) { return std::find(there.begin(), there.end(), name) != there.end(); });
  std::string list;
  for (size_t i = 0; i < there.size() && i < mostSaid; ++i)
    list += (i ? ", " : "") + there[i] + (areAmong ? "" : " = NAME");
  list += there.size() > mostSaid ? ", …" : "";
  return areAmong ? "number them alike, in the source: classes = \"" + list + "\""
                  : "say in the source what its file calls each: classes = \"" + list + "\"; or " + byNumber;
}

/// Those of which the last may be missing on one side.
static bool areAlike(const Names &there, const Names &here) {
  const auto count = std::ptrdiff_t(std::min(there.size(), here.size()));
  return std::equal(there.begin(), there.begin() + count, here.begin());
}

bool numbersAsHead(const Declared &declared, const std::vector<Value> &values, const abi::Data &data, const abi::Field &field) {
  if (field.classes == 0 || field.classNames.empty() || data::isRebound(data, field.name))
    return true;
  for (const Value &value : values) {
    const auto *tensor = std::get_if<TensorValue>(&value);
    for (const Axis &axis : tensor ? tensor->axes : std::vector<Axis>()) {
      if (!axis.classes || areAlike(axis.classes->names, field.classNames))
        continue;
      const Names &there = axis.classes->names, &here = field.classNames;
      const auto at = size_t(std::mismatch(there.begin(), there.begin() + std::ptrdiff_t(std::min(there.size(), here.size())), here.begin()).first - there.begin());
      declared.report(Diag::LoadClasses, axis.classes->given,
                      "the head of `" + axis.classes->model + "` has the classes " + firstOf(there, mostListed) + ", and `" + data.name + "." + field.name + "` is numbered " + firstOf(here, mostListed) +
                          ": number " + std::to_string(at) + " is `" + there[at] + "` there and `" + here[at] + "` here")
          .help = mend(there, here);
      return false;
    }
  }
  return true;
}

} // namespace tl
