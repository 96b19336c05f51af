// Turns the cells of a table into the fields `x`, `kinds`, `target`, `label` and `group`.
#include "runtime/readers/TableReader.h"
#include "runtime/data/Fnv.h"
#include "runtime/data/SourceError.h"
#include "runtime/data/Split.h"
#include "runtime/io/Utf8.h"
#include "runtime/readers/Categories.h"
#include "runtime/readers/ClassNames.h"
#include "runtime/readers/Columns.h"
#include "runtime/readers/TableWindow.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace tl::data {

namespace {

class TableReader : public Reader {
public:
  TableReader(const abi::Source &source, std::unique_ptr<TableRows> rows);
  void fill(const abi::Field &field, char *into) override;
  std::string place(const std::string &field, int64_t record) const override;
  std::vector<uint64_t> digests() override { return std::move(known); }
  void eachText(const abi::Split &train, const std::string &field, const TakeText &take) const override;
  std::vector<std::string> findRecords(const std::vector<abi::Field> &fields, const std::string &folder) override;
  Extent extent(int64_t record) const override;
  void decode(const abi::Field &field, int64_t record, std::string_view bytes, char *into) const override;

private:
  /// Cells that follow each other in a row.
  struct Group {
    size_t from = 0, count = 0;
  };
  void findGroups();
  void checkOptions(const abi::Source &source) const;
  void takeWindow(const abi::Source &source);
  void survey();
  void addLabel(const TableRow &row);
  abi::Field labelField();
  void addNumbers(const std::string &name, const Group &group, bool mayLack);
  std::vector<std::string> namesOf(const Group &group) const;
  std::string placeOf(const TableRow &row, size_t cell) const;
  [[noreturn]] void badCell(const TableRow &row, size_t cell, const std::string &expected) const;
  std::string holesIn(size_t cell) const;
  float numberOf(const TableRow &row, size_t cell, bool mayLack) const;
  int32_t labelOf(const TableRow &row) const;
  int32_t classOf(const abi::Field &field, const TableRow &row) const;
  std::string_view labelText(const TableRow &row) const;
  std::string_view categoryOf(const TableRow &row, size_t cell) const;
  void know(const abi::Field &field);
  void noteUnseen(const TableRow &row, int64_t record);
  void write(const abi::Field &field, const TableRow &row, char *into) const;

  std::unique_ptr<TableRows> rows;
  const ClassNames classes; // where the script says them
  const std::string numbersName;
  const bool keepsHoles;
  Group x, kinds, target, label, groups;
  TableWindow window;
  bool isFirst = true, areNumbers = false;                   // of labels
  Spellings spellings;
  std::map<std::string, int64_t, std::less<>> foundNames;    // of classes, and how often each stands there
  std::vector<uint64_t> known;                               // digests, of a table with categories
  std::vector<int64_t> starts;                               // of the records in the file, and its end; empty until `findRecords`
  std::optional<Categories> categories;                      // once a field that has them is asked for
};

TableReader::TableReader(const abi::Source &source, std::unique_ptr<TableRows> found)
    : rows(std::move(found)), classes(source), numbersName(option(source, "x", "x")), keepsHoles(source.options.contains("missing")) {
  facts.headerDoubt = rows->headerDoubt();
  facts.records = rows->records();
  if (facts.records <= 0)
    throw badData("`" + rows->path() + "` holds no records");
  findGroups();
  checkOptions(source);
  takeWindow(source);
  survey();
  if (x.count)
    addNumbers(numbersName, x, keepsHoles);
  if (kinds.count) {
    facts.texts.push_back("kinds");
    facts.fields.push_back({.name = "kinds", .dtype = "i32", .shape = {int64_t(kinds.count)}, .classNames = {}, .tokens = "categories", .columns = namesOf(kinds), .mayLack = keepsHoles});
  }
  if (target.count)
    addNumbers("target", target, false);
  if (label.count)
    facts.fields.push_back(labelField());
  if (groups.count)
    facts.fields.push_back({.name = abi::groupField, .dtype = "i32", .shape = {2}, .classNames = {}});
}

void TableReader::findGroups() {
  const std::vector<AskedColumn> &asked = rows->columns();
  for (size_t i = 0; i < asked.size(); ++i) {
    Group &group = asked[i].option == "columns" ? x : asked[i].option == "categories" ? kinds
                                                  : asked[i].option == "target"       ? target
                                                  : asked[i].option == "label"        ? label
                                                                                      : groups;
    group.from = group.count++ ? group.from : i;
  }
}

void TableReader::checkOptions(const abi::Source &source) const {
  if (std::string missing = option(source, "missing", "keep"); missing != "keep")
    throw badSource("option `missing` is `" + missing + "`, expected `keep`, which makes a hole in the columns of `" + numbersName + "` a NaN").inOption("missing");
  if (keepsHoles && !x.count && !kinds.count)
    throw badSource("option `missing` of source `" + source.name + "` is for columns that a model reads, and none is; leave it out").inOption("missing");
  for (const char *other : {"label", "target", "kinds", abi::groupField})
    if (numbersName == other)
      throw badSource("option `x` of source `" + source.name + "` is `" + numbersName + "`, which names another field").inOption("x");
  if (!label.count && !classes.names.empty())
    throw badSource("option `classes` of source `" + source.name + "` names the classes of a label, and none is read; leave it out, or add `label = COLUMN`").inOption("classes");
}

void TableReader::takeWindow(const abi::Source &source) {
  window = windowOver(source, {.targets = target.count > 0, .categories = kinds.count > 0, .label = label.count > 0, .group = groups.count > 0});
  if (!window.rows)
    return;
  facts.window = window.rows + window.ahead;
  facts.records -= facts.window - 1;
  if (facts.records <= 0)
    throw badData("`" + rows->path() + "` has " + std::to_string(rows->records()) + " rows, and a record takes " + std::to_string(facts.window) + ", a window of " + std::to_string(window.rows) +
                  (window.ahead ? " and " + std::to_string(window.ahead) + " behind it" : ""));
}

std::string TableReader::place(const std::string &, int64_t record) const {
  std::string text;
  rows->each([&](const TableRow &row) {
    text = record-- == 0 ? rows->place(row) : "";
    return text.empty();
  });
  return text;
}

std::string TableReader::placeOf(const TableRow &row, size_t cell) const {
  return rows->place(row) + (row.columns.empty() ? "" : ":" + std::to_string(row.columns[cell])) + ": " + rows->columns()[cell].text;
}

void TableReader::badCell(const TableRow &row, size_t cell, const std::string &expected) const {
  throw badData(placeOf(row, cell) + " has `" + std::string(row.cells[cell]) + "`, expected " + expected);
}

/// Goes through all records: what cannot be read is an error. Where some cells are numbered by a vocabulary, records are known by what is
/// written, as what is a number now may be another later.
void TableReader::survey() {
  facts.content = kinds.count ? fnvStart : 0;
  if (kinds.count)
    known.reserve(size_t(facts.records)); // as short as rows may be, what is known of them is no more than its due
  rows->each([&](const TableRow &row) {
    for (size_t i = 0; i < x.count; ++i)
      numberOf(row, x.from + i, keepsHoles);
    for (size_t i = 0; i < target.count; ++i)
      numberOf(row, target.from + i, false);
    if (label.count)
      addLabel(row);
    if (groups.count && kindOf(row.cells[groups.from]) == CellKind::Hole)
      badCell(row, groups.from, "what the record belongs to, which a hole does not say; give it or remove the line");
    for (size_t i = 0; i < kinds.count; ++i) {
      std::string_view value = categoryOf(row, kinds.from + i);
      if (io::findBadUtf8(value) != std::string::npos)
        badCell(row, kinds.from + i, "UTF-8; convert the file, as by `iconv`");
      facts.content = fnv(value, fnv(std::string_view("\t"), facts.content));
    }
    if (kinds.count) {
      uint64_t digest = fnvStart;
      for (size_t i = 0; i < row.cells.size(); ++i)
        if (!groups.count || i != groups.from) // as in Dataset::digest
          digest = fnv(label.count && i == label.from ? labelText(row) : row.cells[i], fnv(std::string_view("\t"), digest));
      known.push_back(digest);
    }
    return true;
  });
}

/// Class numbers where the first record has a number, else names.
void TableReader::addLabel(const TableRow &row) {
  std::string_view name = row.cells[label.from];
  if (classes.isHole(name))
    badCell(row, label.from, insteadOfHole);
  if (std::exchange(isFirst, false))
    areNumbers = numberIn(name).has_value();
  if (!classes.names.empty())
    classOf({.name = "label", .dtype = "i32", .shape = {}, .classNames = classes.names}, row);
  else if (areNumbers)
    ++facts.classRecords[labelOf(row)];
  else if (auto at = foundNames.find(name); at != foundNames.end())
    ++at->second;
  else
    foundNames.emplace(name, 1);
  if (std::string problem = classes.names.empty() ? spellings.problemOf(name) : ""; !problem.empty())
    throw badData(placeOf(row, label.from) + " has " + problem);
  if (foundNames.size() > mostClasses)
    badCell(row, label.from, "one of at most " + std::to_string(mostClasses) + " names; is this column the label?");
}

abi::Field TableReader::labelField() {
  abi::Field field{"label", "i32", {}, std::ssize(classes.names), classes.names};
  for (const auto &[name, times] : foundNames)
    field.classNames.push_back(name);
  facts.classesAreGiven = !classes.names.empty();
  if (facts.classesAreGiven)
    facts.namesGiven.insert("label");
  else
    field.classes = areNumbers ? facts.classRecords.rbegin()->first + 1 : std::ssize(foundNames);
  facts.namedRecords["label"] = std::move(foundNames);
  return field;
}

int32_t TableReader::labelOf(const TableRow &row) const {
  std::optional<double> number = numberIn(row.cells[label.from]);
  if (!number || *number < 0 || *number != std::floor(*number) || *number >= std::numeric_limits<int32_t>::max())
    badCell(row, label.from, "a class number 0, 1, … (a real number to predict is a `target`)");
  return int32_t(*number);
}

float TableReader::numberOf(const TableRow &row, size_t cell, bool mayLack) const {
  std::optional<double> number = numberIn(row.cells[cell]);
  if (!number && mayLack && kindOf(row.cells[cell]) == CellKind::Hole)
    return std::numeric_limits<float>::quiet_NaN();
  if (number && std::abs(*number) > std::numeric_limits<float>::max())
    badCell(row, cell, "a number that fits f32; `columns` chooses the columns to read");
  if (number)
    return float(*number);
  if (kindOf(row.cells[cell]) == CellKind::Beyond)
    badCell(row, cell, "a finite number: this is no hole, but beyond what can be reckoned with; mend it, or leave it empty where it stands for a hole");
  std::string expected = "a number" + holesIn(cell) + "; `columns` chooses the columns to read";
  if (kindOf(row.cells[cell]) == CellKind::Text) {
    expected += label.count ? "" : ", `label = " + rows->columns()[cell].written + "` the one that holds classes";
    expected += kinds.count ? "" : ", `categories` those that hold names";
  }
  badCell(row, cell, expected + rows->advice());
}

/// Where a column has cells without a number that tables have for what is not known: how many, so that one knows whether to
/// mend them or to leave the column out.
std::string TableReader::holesIn(size_t cell) const {
  int64_t holes = 0;
  rows->each([&](const TableRow &row) {
    holes += kindOf(row.cells[cell]) == CellKind::Hole;
    return true;
  });
  std::string keep = rows->columns()[cell].option == "columns" ? ", or keep them as NaN by `missing = keep`" : "";
  return holes == 0 ? "" : ": a hole, of which the column has " + std::to_string(holes) + " in " + std::to_string(rows->records()) + " records; fill them in, leave these records out" + keep;
}

std::vector<std::string> TableReader::namesOf(const Group &group) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < group.count; ++i)
    names.push_back(rows->columns()[group.from + i].name);
  return names;
}

void TableReader::addNumbers(const std::string &name, const Group &group, bool mayLack) {
  abi::Field field{.name = name, .dtype = "f32", .shape = {int64_t(group.count)}, .classNames = {}, .columns = namesOf(group), .mayLack = mayLack};
  if (window.rows > 0) {
    field.rows = &group == &target ? window.ahead : window.rows;
    field.before = &group == &target ? window.rows : 0;
    field.shape.insert(field.shape.begin(), field.rows);
  }
  facts.fields.push_back(std::move(field));
}

/// What a column of categories has in a row; nothing where that is a hole.
std::string_view TableReader::categoryOf(const TableRow &row, size_t cell) const {
  return kindOf(row.cells[cell]) == CellKind::Hole ? std::string_view() : row.cells[cell];
}

void TableReader::eachText(const abi::Split &train, const std::string &, const TakeText &take) const {
  int64_t record = 0;
  Part part = train.by == "position" ? partOf(facts.records, train) : Part{0, facts.records};
  rows->each([&](const TableRow &row) {
    bool isIn = record >= part.from && record < part.to && (train.by == "position" || holds(train, known[size_t(record)]));
    for (size_t i = 0; isIn && i < kinds.count; ++i)
      take(categoryEntry(rows->columns()[kinds.from + i].name, categoryOf(row, kinds.from + i)));
    return ++record < part.to;
  });
}

void TableReader::know(const abi::Field &field) {
  if (field.tokens == "categories")
    categories.emplace(field);
}

void TableReader::noteUnseen(const TableRow &row, int64_t record) {
  UnseenValues &into = unseen["kinds"];
  for (size_t i = 0; i < kinds.count; ++i) {
    std::string_view value = categoryOf(row, kinds.from + i);
    if (value.empty() || categories->number(i, value) != categories->unknown(i))
      continue;
    into.add(record, "`" + std::string(value) + "` of `" + rows->columns()[kinds.from + i].name + "`");
  }
}

void TableReader::fill(const abi::Field &field, char *into) {
  know(field);
  int64_t record = 0;
  rows->each([&](const TableRow &row) {
    if (field.tokens == "categories")
      noteUnseen(row, record);
    write(field, row, into);
    into += recordBytes(field) / std::max<int64_t>(field.rows, 1);
    ++record;
    return true;
  });
}

/// Writes what a row has of a field.
void TableReader::write(const abi::Field &field, const TableRow &row, char *into) const {
  auto put = [&](auto value) {
    std::memcpy(into, &value, sizeof value);
    into += sizeof value;
  };
  if (field.name == "label")
    return put(field.classNames.empty() ? labelOf(row) : classOf(field, row));
  if (field.name == abi::groupField) // whatever the file calls it: its number would change with the lines above it
    return put(fnv(row.cells[groups.from], fnvStart));
  if (field.tokens == "categories") {
    for (size_t i = 0; i < kinds.count; ++i)
      put(categories->number(i, categoryOf(row, kinds.from + i)));
    return;
  }
  const Group &group = field.name == "target" ? target : x;
  for (size_t i = 0; i < group.count; ++i)
    put(numberOf(row, group.from + i, field.mayLack));
}

int32_t TableReader::classOf(const abi::Field &field, const TableRow &row) const {
  bool areGiven = !classes.names.empty();
  const std::vector<std::string> &written = areGiven ? classes.written : field.classNames;
  int32_t number = classIn(written, row.cells[label.from], areGiven);
  if (number < 0)
    badCell(row, label.from, oneOfClasses(written, areGiven));
  return number;
}

/// What a class is called in all sources, however this one writes it.
std::string_view TableReader::labelText(const TableRow &row) const {
  if (classes.names.empty())
    return row.cells[label.from];
  return classes.names[size_t(classOf({.name = "label", .dtype = "i32", .shape = {}, .classNames = classes.names}, row))];
}

std::vector<std::string> TableReader::findRecords(const std::vector<abi::Field> &fields, const std::string &) {
  for (const abi::Field &field : fields)
    know(field);
  starts.reserve(size_t(facts.records + 1));
  rows->each([&](const TableRow &row) {
    if (categories)
      noteUnseen(row, std::ssize(starts));
    starts.push_back(row.start);
    return true;
  });
  starts.push_back(rows->size());
  return {rows->path()};
}

/// A record's extent goes on to the next one's start, over the blank lines between them.
Extent TableReader::extent(int64_t record) const {
  int64_t start = starts[size_t(record)];
  return {0, start, starts[size_t(record) + 1] - start};
}

void TableReader::decode(const abi::Field &field, int64_t record, std::string_view bytes, char *into) const {
  rows->cut(bytes, starts[size_t(record)], [&](const TableRow &row) {
    write(field, row, into);
    return false;
  });
}

} // namespace

std::vector<std::string> tableOptions() { return {"label", "classes", "target", "columns", "categories", "group", "x", "missing", "window", "ahead", "stride"}; }

std::unique_ptr<Reader> makeTableReader(const abi::Source &source, std::unique_ptr<TableRows> rows) { return std::make_unique<TableReader>(source, std::move(rows)); }

} // namespace tl::data
