// Numbers the classes of records and writes them down.
#include "runtime/data/RecordLabels.h"
#include "runtime/data/Cells.h"
#include "runtime/data/ClassNames.h"
#include "runtime/data/FirstRow.h"
#include "runtime/data/Reader.h"
#include "runtime/data/SourceError.h"
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace tl::data {

constexpr size_t mostNames = 4096; // of classes; with more, the cell is no label

static std::string shown(std::string_view text) { return "`" + std::string(text.substr(0, 40)) + "`"; }

RecordLabels::RecordLabels(const abi::Source &source, const std::vector<AskedCell> &asked, RecordCells cells)
    : asked(asked), cells(std::move(cells)), names(classNamesOf(source)) {
  for (size_t i = 0; i < asked.size(); ++i) {
    Group none, &group = asked[i].option == "label" ? label : asked[i].option == "target" ? target
                                                          : asked[i].option == "labels"   ? labels
                                                                                          : none;
    group.from = group.count++ ? group.from : i;
  }
  if (!names.empty() && (label.count == 0) == (labels.count != 1))
    throw badSource("option `classes` of source `" + source.name + "` names the classes of " +
                    (labels.count > 1 ? "`labels`, whose columns are their names" : labels.count ? "`label` and of `labels`" : "a label, and none is read") +
                    "; leave it out" + (labels.count ? "" : ", or add `label = COLUMN`"))
        .inOption("classes");
}

bool RecordLabels::hasWords() const { return label.count && cells.count() > 0 && isList(cells.cell(0, label.from)); }

std::vector<abi::Field> RecordLabels::describe(Facts &facts, int64_t length) const {
  std::vector<abi::Field> fields;
  for (size_t record = 0; label.count && record < size_t(cells.count()); ++record) {
    std::string_view text = cells.cell(record, 0), name = cells.cell(record, label.from);
    if (name.empty())
      throw badData(cells.place(record) + ": " + asked[label.from].place + " has no label; give one or remove the record");
    size_t words = listed(text).size(), names = listed(name).size();
    if (isList(name) != hasWords() || (isList(name) && (!isList(text) || words != names)))
      throw badData(cells.place(record) + ": " + asked[label.from].place + " has " + (isList(name) ? std::to_string(names) + " labels" : "one label") + ", and " +
                    asked[0].place + (isList(text) ? " has " + std::to_string(words) + " words" : " is one text"));
  }
  if (label.count) {
    fields.push_back(classes("label", label.from, facts));
    if (hasWords())
      fields.back().shape = {length};
  }
  for (size_t record = 0; target.count && record < size_t(cells.count()); ++record)
    for (size_t i = 0; i < target.count; ++i)
      numberAt(record, target.from + i);
  if (target.count)
    fields.push_back({"target", "f32", {int64_t(target.count)}, 0, {}});
  if (labels.count)
    fields.push_back(several(facts));
  return fields;
}

void RecordLabels::count(std::string_view name, size_t record, size_t cell, Named &into) const {
  if (auto at = into.find(name); at != into.end())
    ++at->second;
  else if (into.emplace(name, 1); into.size() > mostNames)
    throw badData(cells.place(record) + ": more than " + std::to_string(mostNames) + " names of classes; is " + asked[cell].place + " the label?");
}

static std::vector<std::string> namesOf(const std::map<std::string, int64_t, std::less<>> &named) {
  std::vector<std::string> names;
  for (const auto &[name, records] : named)
    names.push_back(name);
  return names;
}

/// Those that are given; else class numbers where the first is one, else names, numbered in sorted order.
abi::Field RecordLabels::classes(const std::string &name, size_t cell, Facts &facts) const {
  abi::Field field{name, "i32", {}, std::ssize(names), names};
  std::string_view first = listed(cells.cell(0, cell)).front();
  bool areNumbers = !first.empty() && first[0] >= '0' && first[0] <= '9';
  for (size_t record = 0; record < size_t(cells.count()); ++record)
    for (std::string_view each : listed(cells.cell(record, cell)))
      if (!names.empty())
        classOf(field, each, record);
      else if (areNumbers)
        ++facts.classRecords[classOf(field, each, record)];
      else
        count(each, record, cell, facts.namedRecords[name]);
  facts.classesAreGiven = facts.namesAreGiven = !names.empty();
  if (names.empty() && !areNumbers)
    field.classNames = namesOf(facts.namedRecords[name]);
  if (names.empty())
    field.classes = areNumbers ? facts.classRecords.rbegin()->first + 1 : std::ssize(field.classNames);
  return field;
}

int32_t RecordLabels::classOf(const abi::Field &field, std::string_view name, size_t record) const {
  if (!field.classNames.empty()) {
    int32_t number = classIn(field.classNames, name, !names.empty());
    if (number < 0)
      throw badData(cells.place(record) + ": label " + shown(name) + ", expected " + oneOfClasses(field.classNames, !names.empty()) +
                    (names.empty() ? ": this program was compiled for those" : ": `classes` names those"));
    return number;
  }
  int32_t number = -1;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number < 0 || number == INT32_MAX)
    throw badData(cells.place(record) + ": label " + shown(name) + ", expected a class number 0, 1, …, as in the first record");
  return number;
}

float RecordLabels::numberAt(size_t record, size_t cell) const {
  std::string_view text = cells.cell(record, cell);
  std::optional<double> number = numberIn(text);
  if (!number || std::abs(*number) > std::numeric_limits<float>::max())
    throw badData(cells.place(record) + ": " + asked[cell].place + " has " + shown(text) + ", expected " + (number ? "a number that fits f32" : "a number to predict; give one or remove the record"));
  return float(*number);
}

/// The names in the one cell: a list, or what stands between commas, semicolons or bars.
std::vector<std::string> RecordLabels::namesIn(size_t record) const {
  std::string_view cell = cells.cell(record, labels.from);
  std::vector<std::string> names;
  if (isList(cell)) {
    for (std::string_view name : listed(cell))
      names.emplace_back(name);
    return names;
  }
  for (size_t at = 0; at <= cell.size();) {
    size_t end = std::min(cell.find_first_of(",;|", at), cell.size());
    std::string_view name = cell.substr(at, end - at);
    size_t first = name.find_first_not_of(" \t"), last = name.find_last_not_of(" \t");
    if (first != std::string_view::npos)
      names.emplace_back(name.substr(first, last - first + 1));
    at = end + 1;
  }
  return names;
}

/// Several columns, each of which says 0 or 1 of the class that it is called by; or one with the names of those that a record has.
abi::Field RecordLabels::several(Facts &facts) const {
  abi::Field field{"labels", "f32", {}, 0, names};
  for (size_t record = 0; record < size_t(cells.count()); ++record) {
    for (size_t i = 0; labels.count > 1 && i < labels.count; ++i)
      if (float number = numberAt(record, labels.from + i); number != 0 && number != 1)
        throw badData(cells.place(record) + ": " + asked[labels.from + i].place + " has " + shown(cells.cell(record, labels.from + i)) + ", expected 0 or 1: whether the record is of that class");
    if (labels.count == 1)
      for (const std::string &name : namesIn(record))
        if (!names.empty())
          classOf(field, name, record);
        else
          count(name, record, labels.from, facts.namedRecords[field.name]);
  }
  facts.namesAreGiven = !names.empty() || labels.count > 1;
  if (names.empty())
    field.classNames = namesOf(facts.namedRecords[field.name]);
  for (size_t i = 0; labels.count > 1 && i < labels.count; ++i)
    field.classNames.push_back(asked[labels.from + i].written);
  if (field.classNames.empty())
    throw badData(asked[labels.from].place + " names no class in any record");
  field.classes = std::ssize(field.classNames);
  field.shape = {field.classes};
  return field;
}

void RecordLabels::fillSeveral(const abi::Field &field, float *into) const {
  for (size_t record = 0; record < size_t(cells.count()); ++record, into += field.classes) {
    std::fill(into, into + field.classes, 0.0f);
    for (size_t i = 0; labels.count > 1 && i < labels.count; ++i)
      into[i] = numberAt(record, labels.from + i);
    if (labels.count == 1)
      for (const std::string &name : namesIn(record))
        into[classOf(field, name, record)] = 1;
  }
}

/// A word's class goes to its first token; others have none.
void RecordLabels::fillWords(const abi::Field &field, const std::vector<int32_t> &words, int32_t *into) const {
  size_t length = size_t(field.shape[0]);
  for (size_t record = 0; record < size_t(cells.count()); ++record) {
    std::vector<std::string_view> names = listed(cells.cell(record, label.from));
    int32_t before = -1;
    for (size_t i = 0; i < length; ++i) {
      int32_t word = words[record * length + i];
      *into++ = word >= 0 && word != before ? classOf(field, names.at(size_t(word)), record) : noClass;
      before = word;
    }
  }
}

void RecordLabels::fill(const abi::Field &field, const std::vector<int32_t> &words, char *into) const {
  std::vector<int32_t> numbers;
  std::vector<float> reals;
  size_t count = size_t(cells.count()) * size_t(recordBytes(field)) / 4;
  if (field.name == "labels") {
    reals.resize(count);
    fillSeveral(field, reals.data());
  } else if (field.name == "target") {
    for (size_t record = 0; record < size_t(cells.count()); ++record)
      for (size_t i = 0; i < target.count; ++i)
        reals.push_back(numberAt(record, target.from + i));
  } else if (hasWords()) {
    numbers.resize(count);
    fillWords(field, words, numbers.data());
  } else {
    for (size_t record = 0; record < size_t(cells.count()); ++record)
      numbers.push_back(classOf(field, cells.cell(record, label.from), record));
  }
  std::memcpy(into, reals.empty() ? static_cast<const void *>(numbers.data()) : reals.data(), count * 4);
}

} // namespace tl::data
