// Keeps words as one text, as a file may have millions, and finds them by halving.
#include "runtime/weights/RowWords.h"
#include "runtime/data/Fnv.h"
#include <algorithm>
#include <numeric>

namespace tl::weights {

void RowWords::add(std::string_view word) {
  text += word;
  ends.push_back(int64_t(text.size()));
}

std::string_view RowWords::at(int64_t row) const {
  int64_t begin = row == 0 ? 0 : ends[size_t(row) - 1];
  return std::string_view(text).substr(size_t(begin), size_t(ends[size_t(row)] - begin));
}

std::optional<std::pair<int64_t, int64_t>> RowWords::sort() {
  order.resize(ends.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [this](int32_t a, int32_t b) { return at(a) == at(b) ? a < b : at(a) < at(b); });
  std::optional<std::pair<int64_t, int64_t>> twice;
  for (size_t i = 1; i < order.size(); ++i)
    if (at(order[i - 1]) == at(order[i]) && (!twice || order[i] < twice->second))
      twice = {order[i - 1], order[i]};
  return twice;
}

int64_t RowWords::find(std::string_view word) const {
  auto found = std::lower_bound(order.begin(), order.end(), word, [this](int32_t row, std::string_view wanted) { return at(row) < wanted; });
  return found == order.end() || at(*found) != word ? -1 : *found;
}

std::string RowWords::digest() const {
  uint64_t digest = data::fnvStart;
  for (int64_t row = 0; row < size(); ++row)
    digest = data::fnv(std::string_view("\0", 1), data::fnv(at(row), digest));
  return data::hexOf(digest);
}

} // namespace tl::weights
