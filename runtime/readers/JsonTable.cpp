// Reads `jsonl` of numbers and names: an object a line, whose fields are the columns of a table.
#include "runtime/data/SourceError.h"
#include "runtime/io/File.h"
#include "runtime/readers/JsonObjects.h"
#include "runtime/readers/TableReader.h"
#include "runtime/readers/TextLines.h"
#include <utility>

namespace tl::data {

using Json = nlohmann::json;

namespace {

class JsonRows : public TableRows {
public:
  JsonRows(const abi::Source &source, const std::string &path);
  void each(const Take &take) const override;
  void cut(std::string_view bytes, int64_t start, const Take &take) const override;
  int64_t size() const override { return bytes; }
  std::string place(const TableRow &row) const override;

private:
  /// Goes through the lines that are not blank, until `take` returns false.
  using TakeLine = std::function<bool(std::string_view line, int64_t start, const PlaceOf &place)>;
  void eachLine(const TakeLine &take) const;
  void findColumns();
  bool hand(std::string_view line, int64_t start, const PlaceOf &place, LabelKinds &kinds, const Take &take) const;
  std::string cellOf(const Json &object, const AskedColumn &column, const PlaceOf &place, LabelKinds &kinds) const;

  int64_t bytes, mark; // of the file, and of a byte order mark before its text
};

JsonRows::JsonRows(const abi::Source &source, const std::string &path) : TableRows(columnsAsked(source), path), bytes(io::File::openRead(path).size()), mark(0) {
  std::string first(size_t(std::min<int64_t>(bytes, 3)), ' ');
  io::File::openRead(path).readAt(first.data(), first.size(), 0);
  mark = first == "\xEF\xBB\xBF" ? 3 : 0;
  for (AskedColumn &column : asked) {
    column.text = "`" + column.written + "`";
    if (column.name.empty())
      column.name = column.written;
  }
  std::vector<std::string> names;
  for (const AskedColumn &column : asked)
    names.push_back(column.text);
  checkColumns(source, names);
  findColumns();
}

/// Counts the records. A field that no record has is misspelt; one may lack it.
void JsonRows::findColumns() {
  std::vector<const AskedColumn *> absent;
  for (const AskedColumn &column : asked)
    absent.push_back(&column);
  Json first;
  std::string placeOfFirst;
  eachLine([&](std::string_view line, int64_t, const PlaceOf &place) {
    if (++count > 1 && absent.empty())
      return true;
    Json object = parseObject(line, asked.front().written, place);
    std::erase_if(absent, [&](const AskedColumn *column) { return findField(object, column->written); });
    if (count == 1)
      first = std::move(object), placeOfFirst = place();
    return true;
  });
  for (const AskedColumn *column : absent)
    if (count > 0)
      requireField(first, column->written, column->option, [&] { return placeOfFirst; });
}

void JsonRows::eachLine(const TakeLine &take) const {
  TextLines lines(file);
  const PlaceOf place = [&] { return lines.place(lines.line()); };
  int64_t start = mark;
  for (std::string_view line; lines.next(line); start += std::ssize(line) + 1)
    if (line.find_first_not_of(" \t\r") != std::string_view::npos && !take(line, start, place))
      return;
}

/// A field that a record lacks is a hole, as null is.
std::string JsonRows::cellOf(const Json &object, const AskedColumn &column, const PlaceOf &place, LabelKinds &kinds) const {
  const Json *value = findField(object, column.written);
  if (!value || value->is_null())
    return "";
  if (value->is_structured())
    throw badData(place() + ": `" + column.written + "` is " + kindText(*value) + ", expected a number or a text");
  if (column.option == "label")
    kinds.add(column.written, *value, place);
  bool isNumber = column.option == "columns" || column.option == "target";
  if (value->is_boolean() && isNumber)
    return value->get<bool>() ? "1" : "0";
  return value->is_string() ? value->get<std::string>() : value->dump();
}

bool JsonRows::hand(std::string_view line, int64_t start, const PlaceOf &place, LabelKinds &kinds, const Take &take) const {
  Json object = parseObject(line, asked.front().written, place);
  std::vector<std::string> kept;
  for (const AskedColumn &column : asked)
    kept.push_back(cellOf(object, column, place, kinds));
  return take({start, {kept.begin(), kept.end()}});
}

void JsonRows::each(const Take &take) const {
  int64_t number = 0;
  bool isStopped = false;
  LabelKinds kinds;
  eachLine([&](std::string_view line, int64_t start, const PlaceOf &place) {
    if (number++ == count)
      throw badData("`" + file + "` was changed while it was read, and has not the " + std::to_string(count) + " records that it had; start again");
    isStopped = !hand(line, start, place, kinds, take);
    return !isStopped;
  });
  if (!isStopped && number < count)
    throw badData("`" + file + "` was changed while it was read, and has not the " + std::to_string(count) + " records that it had; start again");
}

void JsonRows::cut(std::string_view text, int64_t start, const Take &take) const {
  std::string_view line = text.substr(0, text.find('\n'));
  LabelKinds kinds; // of one record: `each` has compared them all
  hand(line, start, [&] { return place({start, {}}); }, kinds, take);
}

std::string JsonRows::place(const TableRow &row) const {
  std::string text;
  eachLine([&](std::string_view, int64_t start, const PlaceOf &place) {
    text = start == row.start ? place() : "";
    return text.empty();
  });
  return text.empty() ? "`" + file + "`, byte " + std::to_string(row.start) : text;
}

} // namespace

std::unique_ptr<Reader> openJsonTable(const abi::Source &source, const std::string &scriptDir) {
  std::vector<std::string> known = tableOptions();
  known.insert(known.end(), {"text", "texts"}); // with neither columns nor categories it would be of texts
  checkUse(source, known, 1, 1);
  for (const char *text : {"text", "texts"})
    if (source.options.contains(text))
      throw badSource("source `" + source.name + "` has columns of numbers or names, and `" + text + "`; a model reads either").inOption(text);
  return reading(source.files[0], [&] { return makeTableReader(source, std::make_unique<JsonRows>(source, findFile(source.files[0], scriptDir))); });
}

} // namespace tl::data
