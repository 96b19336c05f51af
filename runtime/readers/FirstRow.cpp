// Weighs the cells of the first row against the columns below them.
#include "runtime/readers/FirstRow.h"
#include <algorithm>
#include <charconv>
#include <cmath>

namespace tl::data {

std::optional<double> numberIn(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    text.remove_prefix(1);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

/// Digits that are written as a number but lie beyond all doubles, or `inf`.
static bool isBeyond(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    text.remove_prefix(1);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return end == text.data() + text.size() && (error == std::errc::result_out_of_range || (error == std::errc() && std::isinf(value)));
}

CellKind kindOf(std::string_view cell) {
  if (numberIn(cell))
    return CellKind::Number;
  static constexpr std::string_view holes[] = {"", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "+nan", "null", "none", "nil", "missing", "?", "-", "--", "."}; // docs/language.md names them
  std::string small(cell.substr(0, 8));
  std::transform(small.begin(), small.end(), small.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : char(c); });
  bool isHole = cell.size() <= 8 && std::find(std::begin(holes), std::end(holes), small) != std::end(holes);
  return isHole ? CellKind::Hole : isBeyond(cell) ? CellKind::Beyond
                                                  : CellKind::Text;
}

void FirstRow::add(const std::function<std::string_view(size_t)> &cell) {
  ++rows;
  for (size_t column = 0; column < cells.size(); ++column) {
    std::string_view text = cell(column);
    Column &seen = below[column];
    if (std::optional<double> number = numberIn(text)) {
      seen.low = seen.numbers ? std::min(seen.low, *number) : *number;
      seen.high = seen.numbers ? std::max(seen.high, *number) : *number;
      ++seen.numbers;
      seen.wholes += *number == std::floor(*number);
    } else {
      seen.texts += kindOf(text) == CellKind::Text;
    }
  }
  rowsThatCountUp += countsUp(cell);
}

/// Whether the numbers of a row are whole and each is one more than the one before, as the names `2019,2020,2021` are.
bool FirstRow::countsUp(const std::function<std::string_view(size_t)> &cell) const {
  std::optional<double> last;
  size_t count = 0;
  for (size_t column = 0; column < cells.size(); ++column)
    if (std::optional<double> number = numberIn(cell(column))) {
      if (*number != std::floor(*number) || (last && *number != *last + 1))
        return false;
      last = number;
      ++count;
    }
  return count > 1;
}

/// Whether the first row counts up as hardly a row below does, and its numbers are not such as stand below.
bool FirstRow::numbersItsColumns() const {
  if (rowsThatCountUp * 10 > rows || !countsUp([&](size_t column) { return std::string_view(cells[column]); }))
    return false;
  for (size_t column = 0; column < cells.size(); ++column) {
    const Column &seen = below[column];
    std::optional<double> number = numberIn(cells[column]);
    if (!number || !seen.isNumeric())
      continue;
    double wide = seen.high - seen.low;
    bool isFarOff = wide > 0 && (*number < seen.low - wide || *number > seen.high + wide);
    if (seen.wholes == 0 || isFarOff)
      return true;
  }
  return false;
}

bool FirstRow::names(const std::string &list) const {
  auto isNamed = [&](std::string_view name) {
    size_t number = 0;
    bool isNumber = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (isNumber)
      std::from_chars(name.data(), name.data() + name.size(), number);
    bool isPlace = isNumber && number < cells.size();
    return !name.empty() && !isPlace && std::find(cells.begin(), cells.end(), name) != cells.end();
  };
  for (size_t at = 0; at <= list.size();) {
    size_t end = std::min(list.find(',', at), list.size()), from = list.find_first_not_of(' ', at);
    size_t last = list.find_last_not_of(' ', end == 0 ? 0 : end - 1);
    if (from < end && isNamed(std::string_view(list).substr(from, last - from + 1)))
      return true;
    at = end + 1;
  }
  return false;
}

FirstRow::Reading FirstRow::reading() const {
  int64_t numbers = 0, holes = 0, texts = 0; // of the first row, above columns of numbers; `inf` may be a name, too, as a hole may
  for (size_t column = 0; column < cells.size(); ++column)
    if (below[column].isNumeric()) {
      CellKind kind = kindOf(cells[column]);
      ++(kind == CellKind::Number ? numbers
         : kind == CellKind::Text ? texts
                                  : holes);
    }
  if (texts > 0)
    return numbers > 0 ? Reading::Unclear : Reading::Header;
  return holes > 0 || numbersItsColumns() ? Reading::Unclear : Reading::Record;
}

bool FirstRow::hasNumberAboveNumbers() const {
  for (size_t column = 0; column < cells.size(); ++column)
    if (below[column].isNumeric() && kindOf(cells[column]) == CellKind::Number)
      return true;
  return false;
}

bool FirstRow::isLikeThoseBelow() const {
  return hasNumberAboveNumbers() && reading() == Reading::Record && !countsUp([&](size_t column) { return std::string_view(cells[column]); });
}

std::string FirstRow::asHeader() const {
  std::string names;
  for (size_t column = 0; column < std::min<size_t>(cells.size(), 6); ++column)
    names += (column ? ", `" : " `") + cells[column].substr(0, 40) + "`";
  return "as a header it names the columns" + names + (cells.size() > 6 ? ", …" : "");
}

std::string FirstRow::bothReadings() const {
  if (isLikeThoseBelow())
    return asHeader() + "; as a record, it has numbers where the " + std::to_string(rows) + " below have them";
  std::string asRecord = "its numbers count up by one, as in " + (rowsThatCountUp ? std::to_string(rowsThatCountUp) : "none") + " of the " + std::to_string(rows) + " below";
  for (size_t column = 0; column < cells.size(); ++column)
    if (below[column].isNumeric() && kindOf(cells[column]) != CellKind::Number) {
      asRecord = "it has no number in column " + std::to_string(column) + " but `" + cells[column].substr(0, 40) +
                 "`, where " + std::to_string(below[column].numbers) + " of the " + std::to_string(rows) + " below have one";
      break;
    }
  return asHeader() + "; as a record, " + asRecord;
}

} // namespace tl::data
