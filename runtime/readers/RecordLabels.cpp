// Numbers the classes of records and writes them down.
#include "runtime/readers/RecordLabels.h"
#include "runtime/readers/Cells.h"
#include "runtime/readers/FirstRow.h"
#include "runtime/data/Reader.h"
#include "runtime/data/SourceError.h"
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace tl::data {

static std::string shown(std::string_view text) { return "`" + std::string(text.substr(0, 40)) + "`"; }

RecordLabels::RecordLabels(const abi::Source &source, const std::vector<AskedCell> &asked) : asked(asked), given(source) {
  for (size_t i = 0; i < asked.size(); ++i) {
    Group none, &group = asked[i].option == "label" ? label : asked[i].option == "target" ? target
                                                          : asked[i].option == "labels"   ? labels
                                                                                          : none;
    group.from = group.count++ ? group.from : i;
  }
  if (!names.empty() && (label.count == 0) == (labels.count != 1))
    throw badSource("option `classes` of source `" + source.name + "` names the classes of " +
                    (labels.count > 1 ? "`labels`, whose columns are their names" : label.count ? "`label` and of `labels`"
                                                                                                : "a label, and none is read") +
                    "; leave it out" + (labels.count ? "" : ", or add `label = COLUMN`"))
        .inOption("classes");
}

void RecordLabels::add(const RecordCells &record, Facts &facts) {
  if (label.count)
    addLabel(record, facts);
  for (size_t i = 0; i < target.count; ++i)
    numberAt(record, target.from + i);
  if (labels.count)
    addSeveral(record, facts);
  isFirst = false;
}

void RecordLabels::addLabel(const RecordCells &record, Facts &facts) {
  std::string_view text = record.cells[0], cell = record.cells[label.from];
  if (!isList(cell) && given.isHole(cell)) // in a list `-` and `.` are tags of words
    throw badData(record.place() + ": " + asked[label.from].place + (cell.empty() ? " has no label; give one or remove the record" : " has " + shown(cell) + ", expected " + insteadOfHole));
  if (isFirst) {
    std::string_view first = listed(cell).front();
    areWords = isList(cell);
    areNumbers = !first.empty() && first[0] >= '0' && first[0] <= '9';
  }
  std::vector<std::string_view> each = listed(cell);
  size_t words = listed(text).size();
  if (isList(cell) != areWords || (isList(cell) && (!isList(text) || words != each.size())))
    throw badData(record.place() + ": " + asked[label.from].place + " has " + (isList(cell) ? std::to_string(each.size()) + " labels" : "one label") + ", and " +
                  asked[0].place + (isList(text) ? " has " + std::to_string(words) + " words" : " is one text"));
  for (std::string_view name : each)
    if (name.empty())
      throw badData(record.place() + ": " + asked[label.from].place + " has a word without a label; give it one");
    else if (!names.empty())
      classOf(names, name, record);
    else if (areNumbers) {
      ++facts.classRecords[classOf(names, name, record)];
      checkSpelling(name, record, label.from);
    } else
      count(name, record, label.from, facts.namedRecords["label"]);
}

void RecordLabels::addSeveral(const RecordCells &record, Facts &facts) {
  for (size_t i = 0; labels.count > 1 && i < labels.count; ++i)
    if (float number = numberAt(record, labels.from + i); number != 0 && number != 1)
      throw badData(record.place() + ": " + asked[labels.from + i].place + " has " + shown(record.cells[labels.from + i]) + ", expected 0 or 1: whether the record is of that class");
  if (labels.count > 1)
    return;
  for (std::string_view name : namesIn(record.cells[labels.from]))
    if (given.isHole(name))
      throw badData(record.place() + ": " + asked[labels.from].place + " has " + shown(name) + ", expected " + insteadOfHole + "; a record of no class has an empty cell");
    else if (!names.empty())
      classOf(names, name, record);
    else
      count(name, record, labels.from, facts.namedRecords["labels"]);
}

void RecordLabels::count(std::string_view name, const RecordCells &record, size_t cell, Named &into) {
  if (auto at = into.find(name); at != into.end())
    ++at->second;
  else if (checkSpelling(name, record, cell), into.emplace(name, 1); into.size() > mostClasses)
    throw badData(record.place() + ": more than " + std::to_string(mostClasses) + " names of classes; is " + asked[cell].place + " the label?");
}

void RecordLabels::checkSpelling(std::string_view name, const RecordCells &record, size_t cell) {
  if (std::string problem = spellings.problemOf(name); !problem.empty())
    throw badData(record.place() + ": " + asked[cell].place + " has " + problem);
}

std::vector<abi::Field> RecordLabels::describe(Facts &facts, int64_t length, const std::string &path) const {
  std::vector<abi::Field> fields;
  if (label.count) {
    fields.push_back(classes(facts));
    if (areWords)
      fields.back().shape = {length};
  }
  if (target.count)
    fields.push_back({"target", "f32", {int64_t(target.count)}, 0, {}});
  if (labels.count)
    fields.push_back(several(facts, path));
  return fields;
}

static std::vector<std::string> namesOf(const std::map<std::string, int64_t, std::less<>> &named) {
  std::vector<std::string> names;
  for (const auto &[name, records] : named)
    names.push_back(name);
  return names;
}

/// Those that are given; else class numbers where the first is one, else names, numbered in sorted order.
abi::Field RecordLabels::classes(Facts &facts) const {
  abi::Field field{"label", "i32", {}, std::ssize(names), names};
  facts.classesAreGiven = !names.empty();
  if (!names.empty())
    facts.namesGiven.insert(field.name);
  if (names.empty() && !areNumbers)
    field.classNames = namesOf(facts.namedRecords["label"]);
  if (names.empty())
    field.classes = areNumbers ? facts.classRecords.rbegin()->first + 1 : std::ssize(field.classNames);
  return field;
}

int32_t RecordLabels::classOf(const std::vector<std::string> &known, std::string_view name, const RecordCells &record) const {
  int32_t number = -1;
  if (!known.empty()) {
    const std::vector<std::string> &written = names.empty() ? known : given.written;
    number = classIn(written, name, !names.empty());
    if (number < 0)
      throw badData(record.place() + ": label " + shown(name) + ", expected " + oneOfClasses(written, !names.empty()) +
                    (names.empty() ? ": this program was compiled for those" : ": `classes` names those"));
    return number;
  }
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number < 0 || number == INT32_MAX)
    throw badData(record.place() + ": label " + shown(name) + ", expected a class number 0, 1, …, as in the first record");
  return number;
}

float RecordLabels::numberAt(const RecordCells &record, size_t cell) const {
  std::string_view text = record.cells[cell];
  std::optional<double> number = numberIn(text);
  if (!number || std::abs(*number) > std::numeric_limits<float>::max())
    throw badData(record.place() + ": " + asked[cell].place + " has " + shown(text) + ", expected " + (number ? "a number that fits f32" : "a number to predict; give one or remove the record"));
  return float(*number);
}

/// Several columns, each of which says 0 or 1 of the class that it is called by; or one with the names of those that a record has.
abi::Field RecordLabels::several(Facts &facts, const std::string &path) const {
  abi::Field field{"labels", "f32", {}, 0, {}};
  if (labels.count > 1) // where `classes` are those of a label beside them
    for (size_t i = 0; i < labels.count; ++i)
      field.classNames.push_back(asked[labels.from + i].written);
  else
    field.classNames = names.empty() ? namesOf(facts.namedRecords[field.name]) : names;
  if (!names.empty() || labels.count > 1)
    facts.namesGiven.insert(field.name);
  if (field.classNames.empty())
    throw badData("`" + path + "`: " + asked[labels.from].place + " names no class in any record; name what lists the classes of each");
  field.classes = std::ssize(field.classNames);
  field.shape = {field.classes};
  return field;
}

void RecordLabels::write(const abi::Field &field, const RecordCells &record, std::span<const int32_t> words, char *into) const {
  auto put = [&](auto value) {
    std::memcpy(std::exchange(into, into + sizeof value), &value, sizeof value);
  };
  if (field.name == "label" && !areWords)
    return put(classOf(field.classNames, record.cells[label.from], record));
  if (field.name == "label") { // a word's class goes to its first token; others have none
    std::vector<std::string_view> each = listed(record.cells[label.from]);
    int32_t before = -1;
    for (int32_t word : words) {
      put(word >= 0 && word != before ? classOf(field.classNames, each.at(size_t(word)), record) : noClass);
      before = word;
    }
    return;
  }
  const Group &group = field.name == "target" ? target : labels;
  if (field.name == "target" || group.count > 1) {
    for (size_t i = 0; i < group.count; ++i)
      put(numberAt(record, group.from + i));
    return;
  }
  std::vector<float> all(static_cast<size_t>(field.classes));
  for (std::string_view name : namesIn(record.cells[labels.from]))
    all[size_t(classOf(field.classNames, name, record))] = 1;
  for (float value : all)
    put(value);
}

} // namespace tl::data
