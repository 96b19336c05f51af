// Whether the first row is a header, and which column a name or number means.
#include "runtime/readers/Columns.h"
#include "runtime/data/Reader.h"
#include "runtime/data/SourceError.h"
#include "runtime/readers/Cells.h"
#include "runtime/readers/ClassNames.h"
#include <algorithm>
#include <charconv>
#include <set>

namespace tl::data {

constexpr size_t mostSeen = 2048; // columns that tell a header from a record, and whose names are suggested

static std::string joined(const std::vector<std::string> &parts, const std::string &between) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i)
    text += (i ? between : "") + parts[i];
  return text;
}

std::vector<std::string> itemsOf(const std::string &list) {
  std::vector<std::string> items;
  for (size_t at = 0; at <= list.size();) {
    size_t end = std::min(list.find(',', at), list.size());
    std::string_view item(list.data() + at, end - at);
    while (item.starts_with(' '))
      item.remove_prefix(1);
    while (item.ends_with(' '))
      item.remove_suffix(1);
    items.emplace_back(item);
    at = end + 1;
  }
  return items;
}

Columns::Columns(const CsvText &table, const std::string &path, const abi::Source &source, const Asked &asked) : table(table), path(path) {
  hasHeader = seesHeader(source, asked);
  table.each(0, [&](const CsvText::Row &row) {
    for (size_t column = 0; hasHeader && column < row.cells.size(); ++column)
      names.emplace_back(row.cells[column].text);
    return false; // the first row is all that it takes
  });
}

std::optional<FirstRow> Columns::weighFirst() const {
  std::optional<FirstRow> first;
  table.each(0, [&](const CsvText::Row &row) {
    auto cell = [&](size_t column) { return column < row.cells.size() ? row[int64_t(column)] : std::string_view(); };
    if (first) {
      first->add(cell);
    } else {
      std::vector<std::string> cells;
      for (size_t column = 0; column < std::min(row.cells.size(), mostSeen); ++column)
        cells.emplace_back(row.cells[column].text);
      first.emplace(std::move(cells));
    }
    return true;
  });
  return first;
}

/// Where columns of numbers do not tell, a label does: a word above the texts, or names above the categories, and a class that no other row has are a
/// name each. Classes that hardly repeat tell nothing, unless a record has several.
bool Columns::isNamedAbove(const Asked &asked) const {
  const int64_t textColumn = asked.text.empty() ? -1 : find("text", asked.text), labelColumn = find(asked.labelOption(), asked.label);
  std::vector<int64_t> columns;
  for (const std::string &name : asked.categories)
    columns.push_back(find("categories", name));
  std::string text, label;
  std::vector<std::string> values; // of the categories, in the first row
  std::set<std::string, std::less<>> others;
  int64_t rows = 0;
  bool isAlone = true;
  table.each(0, [&](const CsvText::Row &row) {
    auto cell = [&](int64_t column) { return column >= 0 && column < std::ssize(row.cells) ? row[column] : std::string_view(); };
    const std::vector<std::string_view> classes = asked.areSeveral ? namesIn(cell(labelColumn)) : std::vector{cell(labelColumn)};
    if (rows++ == 0) {
      text = cell(textColumn);
      for (int64_t column : columns)
        values.emplace_back(cell(column));
      label = classes.size() == 1 ? classes.front() : std::string_view();
      return isAlone = !label.empty();
    }
    for (std::string_view name : classes) {
      isAlone &= name != label;
      if (others.size() <= mostClasses)
        others.emplace(name);
    }
    for (size_t i = 0; i < columns.size(); ++i)
      isAlone &= cell(columns[i]) != values[i];
    return isAlone;
  });
  const bool isWord = text.find_first_of(" .,") == std::string::npos, isRepeated = others.size() <= std::min(size_t(table.rows()) / 2, mostClasses);
  return isAlone && rows > 2 && (isRepeated ? isWord || rows > 20 : isWord && asked.areSeveral) && kindOf(label) == CellKind::Text;
}

bool Columns::seesHeader(const abi::Source &source, const Asked &asked) {
  std::string choice = option(source, "header", "auto");
  if (choice == "false")
    return false;
  if (choice != "true" && choice != "auto")
    throw badSource("option `header` is `" + choice + "`, expected `true`, `false` or `auto`").inOption("header");
  std::optional<FirstRow> first = weighFirst();
  if (!first)
    return choice == "true";
  for (const auto &[name, columns] : asked.lists)
    if (first->names(columns))
      return true;
  if (choice == "true") {
    doubt = first->isLikeThoseBelow() ? first->bothReadings() : "";
    return true;
  }
  bool isUnclear = first->reading() == FirstRow::Reading::Unclear;
  bool isNamed = !isUnclear && first->reading() == FirstRow::Reading::Record && !asked.label.empty() &&
                 (!asked.text.empty() || !first->hasNumberAboveNumbers()) && isNamedAbove(asked);
  if (!isUnclear && !isNamed)
    return first->reading() == FirstRow::Reading::Header;
  std::string label;
  table.each(0, [&](const CsvText::Row &row) {
    label = isNamed ? row[find(asked.labelOption(), asked.label)].substr(0, 40) : std::string_view();
    return false;
  });
  throw badSource("`" + path + "` does not tell whether its first line is a header or a record: " +
                  (isUnclear ? first->bothReadings() : first->asHeader() + "; as a record it is the only one of its class, `" + label + "`") +
                  "; write `header = true` or `header = false`")
      .inFile(source.files[0]);
}

int64_t Columns::find(const std::string &option, std::string_view text) const {
  std::vector<std::string> places;
  int64_t named = -1, found = 0;
  for (size_t column = 0; column < names.size(); ++column) {
    if (names[column] != text)
      continue;
    named = found++ ? named : int64_t(column);
    if (places.size() < 8)
      places.push_back(std::to_string(column));
  }
  if (found > 1)
    throw badSource("`" + path + "` has " + std::to_string(found) + " columns named `" + std::string(text) +
                    "`, those numbered " + joined(places, " and ") + "; give the one that is meant a name of its own")
        .inOption(option);
  if (named >= 0)
    return named;
  int64_t index = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error == std::errc() && end == text.data() + text.size() && index >= 0 && index < table.columns())
    return index;
  std::vector<std::string> some(names.begin(), names.begin() + std::min<ptrdiff_t>(20, std::ssize(names)));
  std::string many = std::to_string(table.columns()) + (table.columns() == 1 ? " column" : " columns");
  throw badSource("`" + path + "` has no column `" + std::string(text) + "`: it has " + many +
                  (hasHeader ? ", named `" + joined(some, "` `") + "`" : " without a header, numbered from 0") + table.separation())
      .inOption(option)
      .insteadOf(std::string(text), {names.begin(), names.begin() + std::min<ptrdiff_t>(mostSeen, std::ssize(names))});
}

std::string Columns::textOf(int64_t column) const {
  return "column " + (hasHeader && size_t(column) < names.size() ? "`" + names[size_t(column)] + "`" : std::to_string(column));
}

} // namespace tl::data
