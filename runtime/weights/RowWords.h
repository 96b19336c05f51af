// The words that the rows of a file of vectors belong to.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tl::weights {

class RowWords {
public:
  void add(std::string_view word);
  int64_t size() const { return int64_t(ends.size()); }
  std::string_view at(int64_t row) const;
  /// That they hold at the most: the letters twice and half as often again, as they grow, and two places for each.
  int64_t bytes() const { return int64_t(text.size()) * 5 / 2 + size() * int64_t(sizeof(int64_t) + sizeof(int32_t)); }
  /// When all are there: the first two rows of one word, if any. Then they can be found.
  std::optional<std::pair<int64_t, int64_t>> sort();
  /// The row of a word; -1: it has none.
  int64_t find(std::string_view word) const;
  /// As data::vocabularyDigest has it.
  std::string digest() const;

private:
  std::string text; // one behind the other
  std::deque<int64_t> ends;
  std::vector<int32_t> order; // rows by their words
};

} // namespace tl::weights
