// Whether the first row of a table is a header or a record, where its reader is not told: seen from the rows below it, and
// where they do not tell, not guessed.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tl::data {

/// What a cell holds. A hole is what tables have where a value is not known (nothing, `NA`, `nan`, `?`, …); beyond is a number that no double
/// holds (`inf`, `1e400`), whose value is known and is none that can be reckoned with.
enum class CellKind { Number, Hole, Beyond, Text };
CellKind kindOf(std::string_view cell);
/// The finite number that a cell is, with a sign or without.
std::optional<double> numberIn(std::string_view cell);

class FirstRow {
public:
  explicit FirstRow(std::vector<std::string> cells) : cells(std::move(cells)), below(this->cells.size()) {}
  /// A row below it; `cell` gives the text of a column.
  void add(const std::function<std::string_view(size_t)> &cell);

  /// Whether one of the columns that a list with commas gives by name is a cell here, so that this must be a header.
  bool names(const std::string &list) const;

  enum class Reading { Header, Record, Unclear };
  Reading reading() const;
  /// Whether a column of numbers has one here, too.
  bool hasNumberAboveNumbers() const;
  /// Whether all that speaks of it speaks for a record: numbers above the columns of numbers, which do not count up.
  bool isLikeThoseBelow() const;
  /// Where it is unclear, or a header and like those below: what it would be as the one and as the other.
  std::string bothReadings() const;
  /// "as a header it names the columns `a`, `b`"
  std::string asHeader() const;

private:
  struct Column {
    int64_t numbers = 0, texts = 0, wholes = 0;
    double low = 0, high = 0;
    bool isNumeric() const { return numbers > 0 && numbers >= texts; }
  };
  bool countsUp(const std::function<std::string_view(size_t)> &cell) const;
  bool numbersItsColumns() const;

  std::vector<std::string> cells;
  std::vector<Column> below;
  int64_t rows = 0, rowsThatCountUp = 0;
};

} // namespace tl::data
