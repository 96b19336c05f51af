// Reads `jsonl`: an object a line, whose texts and label are fields by name, nested ones by dots. Of numbers it is a table.
#include "runtime/readers/Cells.h"
#include "runtime/data/Formats.h"
#include "runtime/data/SourceError.h"
#include "runtime/readers/JsonObjects.h"
#include "runtime/readers/TableReader.h"
#include "runtime/readers/TextLines.h"
#include "runtime/readers/TextRecords.h"
#include <algorithm>
#include <cmath>
#include <utility>

namespace tl::data {

using Json = nlohmann::json;

namespace {

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
  bool hasOneOf(const std::string &option) const;
  std::string itemOf(const Place &place, const Json &value, const AskedCell &cell, LabelKinds &kinds) const;
  std::string cellOf(const Place &place, const Json &object, const AskedCell &cell, LabelKinds &kinds) const;
};

/// Whether one field is asked for by that option: several of `labels` are each 0 or 1, or a boolean.
bool JsonTexts::hasOneOf(const std::string &option) const {
  return std::count_if(asked.begin(), asked.end(), [&](const AskedCell &cell) { return cell.option == option; }) == 1;
}

/// An item of a list, or the only one.
std::string JsonTexts::itemOf(const Place &place, const Json &value, const AskedCell &cell, LabelKinds &kinds) const {
  bool isLabel = cell.name.empty();
  if (cell.option == "label" || (cell.option == "labels" && hasOneOf(cell.option)))
    kinds.add(cell.written, value, place);
  if (value.is_string())
    return value.get<std::string>();
  if (isLabel && value.is_number_float() && std::floor(value.get<double>()) == value.get<double>() && std::abs(value.get<double>()) < 1e9)
    return std::to_string(value.get<int64_t>());
  if (isLabel && value.is_primitive())
    return value.dump();
  throw badData(place() + ": `" + cell.written + "` is " + kindText(value) + ", expected " + (isLabel ? "a number, a text or a boolean" : "a text in quotes or a list of words"));
}

/// A list of words, or of classes, is a cell that is a list.
std::string JsonTexts::cellOf(const Place &place, const Json &object, const AskedCell &cell, LabelKinds &kinds) const {
  const Json *value = findField(object, cell.written);
  if (!value || value->is_null() || value->empty())
    return {};
  if (!value->is_array())
    return itemOf(place, *value, cell, kinds);
  std::string list;
  for (const Json &item : *value)
    addItem(list, itemOf(place, item, cell, kinds));
  return list;
}

void JsonTexts::read(const Take &take) const {
  std::vector<std::string> kept(asked.size());
  std::vector<std::string_view> cells(asked.size());
  LabelKinds kinds;
  for (const std::string &path : paths) {
    TextLines lines(path);
    const Place place = [&] { return lines.place(lines.line()); };
    bool isFirst = true;
    for (std::string_view line; lines.next(line);) {
      if (line.find_first_not_of(" \t\r") == std::string_view::npos)
        continue;
      Json object = parseObject(line, asked.front().written, place);
      if (std::exchange(isFirst, false))
        for (const AskedCell &cell : asked)
          requireField(object, cell.written, cell.option, place);
      for (size_t i = 0; i < asked.size(); ++i)
        cells[i] = kept[i] = cellOf(place, object, asked[i], kinds);
      if (!take({cells, place}))
        return;
    }
  }
}

} // namespace

/// Or a table of numbers and names.
static bool hasTexts(const abi::Source &source) { return !source.options.contains("columns") && !source.options.contains("categories"); }

static std::unique_ptr<Reader> openJsonl(const abi::Source &source, const std::string &scriptDir) {
  if (!hasTexts(source))
    return openJsonTable(source, scriptDir);
  std::vector<std::string> known = TextRecords::options();
  known.insert(known.end(), {"columns", "categories"}); // with which it would be no text
  checkUse(source, known, 1, anyNumber);
  return reading(source.files[0], [&]() -> std::unique_ptr<Reader> { return std::make_unique<JsonTexts>(source, findFiles(source, scriptDir)); });
}

static int64_t readingBytesOfJson(const abi::Source &source, const Reading &reading) {
  return hasTexts(source) ? readingBytesOfTexts(source, reading) : std::min<int64_t>(reading.fileBytes, 4 * usualBlock);
}

const Format jsonlFormat = {.name = "jsonl", .open = openJsonl, .isText = hasTexts, .readsWhole = true, .readingBytes = readingBytesOfJson, .indexBytes = sizeof(int64_t), .indexBytesOfTexts = indexBytesOfTexts, .noBlocks = blocksOfTexts, .nameBeside = nameOfRecords};

} // namespace tl::data
