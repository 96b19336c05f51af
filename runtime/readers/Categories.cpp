// Numbers categories, and finds the numbers of values.
#include "runtime/readers/Categories.h"
#include <algorithm>

namespace tl::data {

std::string categoryEntry(const std::string &column, std::string_view value) { return column + "=" + std::string(value); }

std::vector<std::string> categoryVocabulary(const PieceCounter &found, const std::vector<std::string> &columns, int64_t least, std::vector<int64_t> *counts) {
  std::vector<std::string> entries;
  std::vector<int64_t> times;
  for (const std::string &column : columns) {
    const std::string unknown = categoryEntry(column, "");
    const size_t start = entries.size();
    entries.push_back(unknown);
    times.push_back(0);
    std::vector<std::pair<int64_t, std::string>> order;
    for (const auto &[entry, count] : found.all())
      if (entry.starts_with(unknown) && entry != unknown && count >= least)
        order.emplace_back(-count, entry);
      else if (entry.starts_with(unknown))
        times[start] += count;
    std::sort(order.begin(), order.end());
    for (auto &[negative, entry] : order) {
      entries.push_back(std::move(entry));
      times.push_back(-negative);
    }
  }
  if (counts)
    *counts = std::move(times);
  return entries;
}

std::vector<int64_t> categoryStarts(const std::vector<std::string> &vocabulary, const std::vector<std::string> &columns) {
  std::vector<int64_t> starts;
  for (size_t i = 0; i < vocabulary.size() && starts.size() < columns.size(); ++i)
    if (vocabulary[i] == categoryEntry(columns[starts.size()], ""))
      starts.push_back(int64_t(i));
  return starts;
}

Categories::Categories(const abi::Field &field) : entries(field.vocabulary), columns(field.columns), starts(categoryStarts(entries, columns)) {
  for (size_t i = 0; i < entries.size(); ++i)
    numbers.emplace(entries[i], int32_t(i));
}

int32_t Categories::number(size_t column, std::string_view value) const {
  auto at = numbers.find(categoryEntry(columns[column], value));
  return at == numbers.end() ? unknown(column) : at->second;
}

std::vector<std::string> Categories::valuesOf(size_t column) const {
  std::vector<std::string> values;
  int64_t end = column + 1 < starts.size() ? starts[column + 1] : std::ssize(entries);
  for (int64_t i = starts[column] + 1; i < end; ++i)
    values.push_back(entries[size_t(i)].substr(columns[column].size() + 1));
  return values;
}

} // namespace tl::data
