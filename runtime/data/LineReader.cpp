// Reads lines of tab-separated cells: one has the text, perhaps one the class.
#include "runtime/data/Fnv.h"
#include "runtime/data/Split.h"
#include "runtime/data/TextReader.h"
#include "runtime/io/Error.h"
#include <algorithm>
#include <charconv>
#include <cstring>

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
  int64_t columnOf(const abi::Source &source, const std::string &name, std::string_view header) const;
  abi::Field labels() const;
  int32_t classOf(const Line &line) const;

  std::vector<Line> lines;
  bool hasLabels = false;
};

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
  facts.fields.push_back({"text", "i32", {length}, 0, {}, tokens.kind, {}, tokens.start});
  facts.fields.push_back({"text.length", "i32", {}, 0, {}});
  if (hasLabels)
    facts.fields.push_back(labels());
}

int64_t LineReader::columnOf(const abi::Source &source, const std::string &name, std::string_view header) const {
  std::string wanted = option(source, name, "0");
  int64_t columns = 1 + std::count(header.begin(), header.end(), '\t'), column = -1;
  if (option(source, "header") == "true")
    for (int64_t i = 0; i < columns; ++i)
      if (cellOf(header, i) == wanted)
        return i;
  auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), column);
  if (error != std::errc() || end != wanted.data() + wanted.size() || column < 0 || column >= columns)
    throw badData("`" + path + "` has no column `" + wanted + "` for `" + name + "`: its first line has " +
                  std::to_string(columns) + " cells, numbered from 0" +
                  (columns == 1 ? "; cells are separated by tabs" : ""));
  return column;
}

void LineReader::readLines(const abi::Source &source) {
  std::string choice = option(source, "header", "false");
  if (choice != "true" && choice != "false")
    throw badData("option `header` is `" + choice + "`, expected `true` or `false`");
  hasLabels = source.options.contains("label");
  int64_t textColumn = -1, labelColumn = -1, number = 0;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string_view whole = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++number;
    if (whole.ends_with('\r'))
      whole.remove_suffix(1);
    if (whole.find_first_not_of(" \t") == std::string_view::npos)
      continue;
    bool isFirst = textColumn < 0;
    if (isFirst) {
      textColumn = columnOf(source, "text", whole);
      if (hasLabels)
        labelColumn = columnOf(source, "label", whole);
      if (textColumn == labelColumn)
        throw badData("source `" + source.name + "` takes column " + std::to_string(textColumn) +
                      " for the text and for the label: a model must not see what it predicts");
      if (choice == "true")
        continue;
    }
    Line line{number, cellOf(whole, textColumn), labelColumn < 0 ? std::string_view() : cellOf(whole, labelColumn)};
    std::string_view piece;
    if (!Cutter(line.text, tokens.kind).next(piece))
      throw badData(placeOf(line) + ": column " + std::to_string(textColumn) + " has no text; remove the line");
    if (hasLabels && line.label.empty())
      throw badData(placeOf(line) + ": column " + std::to_string(labelColumn) + " has no label; give one or remove the line");
    lines.push_back(line);
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
abi::Field LineReader::labels() const {
  abi::Field field{"label", "i32", {}, 0, {}};
  char first = lines.front().label.front();
  if (first >= '0' && first <= '9') {
    for (const Line &line : lines)
      field.classes = std::max<int64_t>(field.classes, int64_t{classOf(line)} + 1);
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
    Vocabulary vocabulary(field.vocabulary);
    std::vector<int32_t> row(size_t(field.shape[0]));
    for (const Line &line : lines) {
      encode(line.text, field, vocabulary, row.data());
      std::memcpy(into, row.data(), row.size() * sizeof(int32_t));
      into += row.size() * sizeof(int32_t);
    }
    return;
  }
  if (field.name == "text.length") {
    int64_t length = facts.fields.front().shape[0];
    for (const Line &line : lines) {
      int64_t count = tokens.start;
      Cutter cutter(line.text, tokens.kind);
      for (std::string_view piece; count < length && cutter.next(piece);)
        ++count;
      put(int32_t(count));
    }
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

std::unique_ptr<TextReader> openLines(const abi::Source &source, const std::string &scriptDir) {
  std::vector<std::string> known = TokenOptions::names();
  known.insert(known.begin(), {"text", "label", "length", "header"});
  checkUse(source, known, 1, 1);
  return std::make_unique<LineReader>(source, findFile(source.files[0], scriptDir));
}

} // namespace tl::data
