// Reads lines of tab-separated cells: one has the text, perhaps one the class.
#include "runtime/data/FirstRow.h"
#include "runtime/data/Fnv.h"
#include "runtime/data/Formats.h"
#include "runtime/data/SourceError.h"
#include "runtime/data/Split.h"
#include "runtime/data/TextReader.h"
#include <algorithm>
#include <charconv>
#include <cstring>
#include <set>

namespace tl::data {

namespace {

constexpr size_t mostNames = 4096; // of classes; with more, the column is no label

struct Line {
  int64_t number;
  std::string_view text, label;
};

class LineReader : public TextReader {
public:
  LineReader(const abi::Source &source, const std::string &path);
  void fill(const abi::Field &field, char *into) override;
  std::string place(const std::string &, int64_t record) const override { return placeOf(lines[size_t(record)]); }
  std::vector<std::string> fit(const abi::Split &train) const override;
  std::vector<uint64_t> digests() const override;

private:
  std::string placeOf(const Line &line) const { return path + ":" + std::to_string(line.number); }
  void readLines(const abi::Source &source);
  void cutLines();
  bool seesHeader(const abi::Source &source);
  bool isNamedAbove(const abi::Source &source) const;
  int64_t columnOf(const abi::Source &source, const std::string &name) const;
  abi::Field labels();
  int32_t classOf(const Line &line) const;

  std::vector<Line> lines; // the whole of each in its text, until `readLines` cuts them
  bool hasLabels = false, hasHeader = false;
  std::vector<int32_t> lengths; // in tokens, once they are made
};

/// Columns that tell a header from a record, and whose names are suggested: to find one takes longer the further it stands.
constexpr size_t mostSeen = 64;

std::string_view cellOf(std::string_view line, int64_t column) {
  for (; column > 0; --column) {
    size_t tab = line.find('\t');
    if (tab == std::string_view::npos)
      return {};
    line.remove_prefix(tab + 1);
  }
  return line.substr(0, line.find('\t'));
}

LineReader::LineReader(const abi::Source &source, const std::string &path) : TextReader(source, path) {
  readLines(source);
  if (lines.empty())
    throw badData("`" + path + "` holds no records");
  int64_t length = countOption(source, "length", 1, -1);
  facts.records = int64_t(lines.size());
  facts.fields.push_back(tokenField(length));
  facts.fields.push_back({.name = "text.length", .dtype = "i32", .lengthOf = "text"});
  if (hasLabels)
    facts.fields.push_back(labels());
}

int64_t LineReader::columnOf(const abi::Source &source, const std::string &name) const {
  std::string wanted = option(source, name, "0");
  std::string_view first = lines.front().text;
  int64_t columns = 0, named = -1, found = 0, column = -1;
  std::vector<std::string> names; // of some: a line may have more cells than there is room for names
  for (size_t at = 0; at <= first.size(); ++columns) {
    std::string_view cell = first.substr(at, first.find('\t', at) - at);
    at += cell.size() + 1;
    if (hasHeader && cell == wanted)
      named = found++ ? named : columns;
    if (hasHeader && names.size() < mostSeen)
      names.emplace_back(cell);
  }
  if (found > 1)
    throw badSource("`" + path + "` has several columns named `" + wanted + "`; give the one that is meant a name of its own")
        .inOption(name);
  if (named >= 0)
    return named;
  auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), column);
  if (error != std::errc() || end != wanted.data() + wanted.size() || column < 0 || column >= columns)
    throw badSource("`" + path + "` has no column `" + wanted + "` for `" + name + "`: its first line has " +
                    std::to_string(columns) + " cells, numbered from 0" + (columns == 1 ? "; cells are separated by tabs" : ""))
        .inOption(name)
        .insteadOf(wanted, names);
  return column;
}

/// Lines that are not blank.
void LineReader::cutLines() {
  int64_t number = 0;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string_view whole = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++number;
    if (whole.ends_with('\r'))
      whole.remove_suffix(1);
    if (whole.find_first_not_of(" \t") != std::string_view::npos)
      lines.push_back({number, whole, {}});
  }
}

/// Beside columns of numbers, a label tells: a word above the texts and a class that no other line has are a name each.
bool LineReader::isNamedAbove(const abi::Source &source) const {
  int64_t textColumn = columnOf(source, "text"), labelColumn = columnOf(source, "label");
  std::set<std::string_view> others;
  for (size_t i = 1; i < lines.size(); ++i)
    if (std::string_view label = cellOf(lines[i].text, labelColumn); label == cellOf(lines[0].text, labelColumn))
      return false;
    else if (others.insert(label).second && others.size() > lines.size() / 2)
      return false;
  bool isWord = cellOf(lines[0].text, textColumn).find_first_of(" .,") == std::string_view::npos;
  return lines.size() > 2 && (isWord || lines.size() > 20) && kindOf(cellOf(lines[0].text, labelColumn)) == CellKind::Text;
}

bool LineReader::seesHeader(const abi::Source &source) {
  std::string choice = option(source, "header", "auto");
  if (choice == "false")
    return false;
  if (choice != "true" && choice != "auto")
    throw badSource("option `header` is `" + choice + "`, expected `true`, `false` or `auto`").inOption("header");
  std::vector<std::string> cells;
  int64_t tabs = std::count(lines[0].text.begin(), lines[0].text.end(), '\t');
  for (int64_t column = 0; column <= std::min(tabs, int64_t(mostSeen)); ++column)
    cells.emplace_back(cellOf(lines[0].text, column));
  FirstRow first(cells);
  if (first.names(option(source, "text")) || first.names(option(source, "label")))
    return true;
  for (size_t i = 1; i < lines.size(); ++i)
    first.add([&](size_t column) { return cellOf(lines[i].text, int64_t(column)); });
  if (choice == "true") {
    facts.headerDoubt = first.isLikeThoseBelow() ? first.bothReadings() : "";
    return true;
  }
  bool isUnclear = first.reading() == FirstRow::Reading::Unclear;
  bool isNamed = !isUnclear && first.reading() == FirstRow::Reading::Record && hasLabels && isNamedAbove(source);
  if (isUnclear || isNamed)
    throw badSource("`" + path + "` does not tell whether its first line is a header or a record: " +
                    (isUnclear ? first.bothReadings()
                               : first.asHeader() + "; as a record it is the only one of its class, `" +
                                     std::string(cellOf(lines[0].text, columnOf(source, "label")).substr(0, 40)) + "`") +
                    "; write `header = true` or `header = false`")
        .inFile(source.files[0]);
  return first.reading() == FirstRow::Reading::Header;
}

void LineReader::readLines(const abi::Source &source) {
  cutLines();
  if (lines.empty())
    return;
  hasLabels = source.options.contains("label");
  hasHeader = seesHeader(source);
  int64_t textColumn = columnOf(source, "text"), labelColumn = hasLabels ? columnOf(source, "label") : -1;
  if (textColumn == labelColumn)
    throw badSource("source `" + source.name + "` takes column " + std::to_string(textColumn) +
                    " of `" + path + "`, for the text and for the label: a model must not see what it predicts")
        .inOption("label");
  if (hasHeader)
    lines.erase(lines.begin());
  std::unique_ptr<TextEncoder> encoder = counting();
  for (Line &line : lines) {
    line.label = hasLabels ? cellOf(line.text, labelColumn) : std::string_view();
    line.text = cellOf(line.text, textColumn);
    if (encoder->isEmpty(line.text))
      throw badData(placeOf(line) + ": column " + std::to_string(textColumn) + " has no text; remove the line");
    if (hasLabels && line.label.empty())
      throw badData(placeOf(line) + ": column " + std::to_string(labelColumn) + " has no label; give one or remove the line");
  }
}

int32_t LineReader::classOf(const Line &line) const {
  int32_t number = -1;
  auto [end, error] = std::from_chars(line.label.data(), line.label.data() + line.label.size(), number);
  if (error != std::errc() || end != line.label.data() + line.label.size() || number < 0 || number == INT32_MAX)
    throw badData(placeOf(line) + ": label `" + std::string(line.label.substr(0, 40)) +
                  "`, expected a class number 0, 1, …, as in the first line");
  return number;
}

/// Class numbers where the first label is one, else names, numbered in sorted order.
abi::Field LineReader::labels() {
  abi::Field field{"label", "i32", {}, 0, {}};
  char first = lines.front().label.front();
  if (first >= '0' && first <= '9') {
    for (const Line &line : lines)
      ++facts.classRecords[classOf(line)];
    field.classes = facts.classRecords.rbegin()->first + 1;
    return field;
  }
  std::vector<std::string_view> names;
  for (const Line &line : lines) {
    auto at = std::lower_bound(names.begin(), names.end(), line.label);
    if (at == names.end() || *at != line.label)
      names.insert(at, line.label);
    if (names.size() > mostNames)
      throw badData(placeOf(line) + ": more than " + std::to_string(mostNames) + " names of classes; is this column the label?");
  }
  field.classNames.assign(names.begin(), names.end());
  field.classes = int64_t(names.size());
  return field;
}

void LineReader::fill(const abi::Field &field, char *into) {
  auto put = [&](int32_t value) {
    std::memcpy(into, &value, sizeof value);
    into += sizeof value;
  };
  if (field.name == "text") {
    std::unique_ptr<TextEncoder> encoder = encoderOf(field);
    std::vector<int32_t> row;
    for (const Line &line : lines) {
      lengths.push_back(int32_t(encodeRecord(*encoder, line.text, field.shape[0], row)));
      std::memcpy(into, row.data(), row.size() * sizeof(int32_t));
      into += row.size() * sizeof(int32_t);
    }
    return;
  }
  if (!field.lengthOf.empty()) {
    if (lengths.empty()) // the texts were not asked for
      fill(facts.fields.front(), std::vector<char>(lines.size() * size_t(facts.fields.front().shape[0]) * sizeof(int32_t)).data());
    for (int32_t length : lengths)
      put(length);
    return;
  }
  for (const Line &line : lines) {
    if (field.classNames.empty()) {
      put(classOf(line));
      continue;
    }
    auto at = std::lower_bound(field.classNames.begin(), field.classNames.end(), line.label);
    if (at == field.classNames.end() || *at != line.label)
      throw badData(placeOf(line) + ": label `" + std::string(line.label.substr(0, 40)) + "` is none of the " +
                    std::to_string(field.classNames.size()) + " that this program was compiled for");
    put(int32_t(at - field.classNames.begin()));
  }
}

/// Of the text and the label as they are written: what is a vocabulary's number now may be another's later.
std::vector<uint64_t> LineReader::digests() const {
  std::vector<uint64_t> all;
  for (const Line &line : lines)
    all.push_back(fnv(line.label, fnv(std::string_view("\t"), fnv(line.text))));
  return all;
}

std::vector<std::string> LineReader::fit(const abi::Split &train) const {
  std::vector<uint64_t> all = digests();
  Part part = partOf(facts.records, train);
  PieceCounter counter;
  for (size_t i = 0; i < lines.size(); ++i) {
    bool isIn = train.by == "position" ? int64_t(i) >= part.from && int64_t(i) < part.to : holds(train, all[i]);
    Cutter cutter(lines[i].text, tokens.kind);
    for (std::string_view piece; isIn && cutter.next(piece);)
      counter.add(piece);
  }
  return counter.vocabulary(tokens.most);
}

} // namespace

static std::unique_ptr<Reader> openLines(const abi::Source &source, const std::string &scriptDir) {
  std::vector<std::string> known = TokenOptions::names();
  known.insert(known.begin(), {"text", "label", "length", "header"});
  checkUse(source, known, 1, 1);
  return reading(source.files[0], [&]() -> std::unique_ptr<Reader> {
    return std::make_unique<LineReader>(source, findFile(source.files[0], scriptDir));
  });
}

/// And where the cells of each record are.
static int64_t readingBytesOfLines(const abi::Source &source, const std::vector<abi::Field> &, int64_t fileBytes, bool) {
  return fileBytes + source.records * 5 * int64_t(sizeof(int64_t));
}

const Format linesFormat = {.name = "lines", .open = openLines, .isText = true, .readsWhole = true, .readingBytes = readingBytesOfLines};

} // namespace tl::data
