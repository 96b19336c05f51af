// Reads `jsonl`: an object a line, whose texts and label are fields by name, nested ones by dots.
#include "runtime/readers/Cells.h"
#include "runtime/data/Formats.h"
#include "runtime/data/SourceError.h"
#include "runtime/readers/TextLines.h"
#include "runtime/readers/TextRecords.h"
#include "runtime/io/JsonProblem.h"
#include <algorithm>
#include <cmath>
#include <utility>

namespace tl::data {

using Json = nlohmann::json;

namespace {

/// What a path leads to: the field, null where there is none; and where it ends, the last object with the part of the path to it.
struct Found {
  const Json *field = nullptr, *object;
  std::string way = {}; // "review."
};

Found findIn(const Json &record, const std::string &path) {
  Found found{nullptr, &record};
  for (std::string rest = path; found.object->is_object();) {
    if (auto whole = found.object->find(rest); whole != found.object->end()) { // a name may have dots itself
      found.field = &*whole;
      return found;
    }
    size_t dot = rest.find('.');
    while (dot != std::string::npos && !found.object->contains(rest.substr(0, dot)))
      dot = rest.find('.', dot + 1);
    if (dot == std::string::npos)
      return found;
    found.object = &(*found.object)[rest.substr(0, dot)];
    found.way += rest.substr(0, dot + 1);
    rest.erase(0, dot + 1);
  }
  return found;
}

std::vector<std::string> namesIn(const Json &object) {
  std::vector<std::string> names;
  for (auto entry = object.begin(); object.is_object() && entry != object.end() && names.size() < 64; ++entry)
    names.push_back(entry.key());
  return names;
}

std::string kindText(const Json &value) {
  return value.is_object() ? "an object" : value.is_array() ? "a list"
                                       : value.is_string()  ? "a text"
                                       : value.is_null()    ? "null"
                                                            : "`" + value.dump().substr(0, 40) + "`";
}

class JsonTexts : public TextRecords {
public:
  JsonTexts(const abi::Source &source, const std::vector<std::string> &paths) : TextRecords(source, paths, askedBy(source, "text")) {
    for (AskedCell &cell : asked)
      cell.place = "`" + cell.written + "`";
    describe(source);
  }

private:
  using Place = std::function<std::string()>; // of the line that is read
  void read(const Take &take) const override;
  Json parsed(const Place &place, std::string_view line) const;
  std::string itemOf(const Place &place, const Json &value, const AskedCell &cell) const;
  std::string cellOf(const Place &place, const Json &object, const AskedCell &cell) const;
  void requireThere(const Place &place, const Json &object) const;
};

Json JsonTexts::parsed(const Place &place, std::string_view line) const {
  try {
    Json object = Json::parse(line);
    if (object.is_object())
      return object;
    throw badData(place() + ": here is " + kindText(object) + ", expected an object a line, {\"" + asked.front().written + "\": …}");
  } catch (const Json::exception &problem) {
    bool isList = line[line.find_first_not_of(" \t\r")] == '[';
    throw badData(place() + ": `" + std::string(line.substr(0, 40)) + "` is not JSON: " + io::jsonProblem(problem) +
                  (isList ? "; a file that is one list becomes an object a line by `jq -c '.[]'`" : ""));
  }
}

/// In the first record: a name that it does not have is more likely misspelt than left out.
void JsonTexts::requireThere(const Place &place, const Json &object) const {
  for (const AskedCell &cell : asked) {
    Found found = findIn(object, cell.written);
    if (found.field)
      continue;
    std::string list, outer = found.way.empty() ? "it" : "`" + found.way.substr(0, found.way.size() - 1) + "`";
    std::vector<std::string> choices;
    for (const std::string &name : namesIn(*found.object)) {
      list += (list.empty() ? "`" : ", `") + name + "`";
      choices.push_back(found.way + name);
    }
    throw badSource(place() + ": the record has no `" + cell.written + "`; " + outer +
                    (list.empty() ? " is " + kindText(*found.object) : " has " + list))
        .inOption(cell.option)
        .insteadOf(cell.written, choices);
  }
}

/// An item of a list, or the only one.
std::string JsonTexts::itemOf(const Place &place, const Json &value, const AskedCell &cell) const {
  bool isLabel = cell.name.empty();
  if (value.is_string())
    return value.get<std::string>();
  if (isLabel && value.is_number_float() && std::floor(value.get<double>()) == value.get<double>() && std::abs(value.get<double>()) < 1e9)
    return std::to_string(value.get<int64_t>());
  if (isLabel && value.is_primitive())
    return value.dump();
  throw badData(place() + ": `" + cell.written + "` is " + kindText(value) + ", expected " + (isLabel ? "a number, a text or a boolean" : "a text in quotes or a list of words"));
}

/// A list of words, or of classes, is a cell that is a list.
std::string JsonTexts::cellOf(const Place &place, const Json &object, const AskedCell &cell) const {
  const Json *value = findIn(object, cell.written).field;
  if (!value || value->is_null() || value->empty())
    return {};
  if (!value->is_array())
    return itemOf(place, *value, cell);
  std::string list;
  for (const Json &item : *value)
    addItem(list, itemOf(place, item, cell));
  return list;
}

void JsonTexts::read(const Take &take) const {
  std::vector<std::string> kept(asked.size());
  std::vector<std::string_view> cells(asked.size());
  for (const std::string &path : paths) {
    TextLines lines(path);
    const Place place = [&] { return lines.place(lines.line()); };
    bool isFirst = true;
    for (std::string_view line; lines.next(line);) {
      if (line.find_first_not_of(" \t\r") == std::string_view::npos)
        continue;
      Json object = parsed(place, line);
      if (std::exchange(isFirst, false))
        requireThere(place, object);
      for (size_t i = 0; i < asked.size(); ++i)
        cells[i] = kept[i] = cellOf(place, object, asked[i]);
      if (!take({cells, place}))
        return;
    }
  }
}

} // namespace

static std::unique_ptr<Reader> openJsonl(const abi::Source &source, const std::string &scriptDir) {
  checkUse(source, TextRecords::options(), 1, anyNumber);
  return reading(source.files[0], [&]() -> std::unique_ptr<Reader> { return std::make_unique<JsonTexts>(source, findFiles(source, scriptDir)); });
}

const Format jsonlFormat = {.name = "jsonl", .open = openJsonl, .isText = alwaysText, .readsWhole = true, .readingBytes = readingBytesOfTexts, .indexBytes = indexBytesOfTexts, .noBlocks = blocksOfTexts};

} // namespace tl::data
