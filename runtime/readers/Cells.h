// A cell that is a list, as readers hand one over: a mark, and its items with marks between them.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace tl::data {

constexpr char listMark = '\x1f'; // white space to every tokenizer

inline bool isList(std::string_view cell) { return cell.starts_with(listMark); }
inline void addItem(std::string &list, std::string_view item) { (list += listMark) += item; }

/// The items of a list; of another cell itself alone.
inline std::vector<std::string_view> listed(std::string_view cell) {
  std::vector<std::string_view> items;
  for (size_t at = isList(cell); at <= cell.size();) {
    size_t end = isList(cell) ? std::min(cell.find(listMark, at), cell.size()) : cell.size();
    items.push_back(cell.substr(at, end - at));
    at = end + 1;
  }
  return items;
}

/// The names in one cell: those of a list, or what stands between commas, semicolons or bars.
inline std::vector<std::string_view> namesIn(std::string_view cell) {
  if (isList(cell))
    return listed(cell);
  std::vector<std::string_view> found;
  for (size_t at = 0; at <= cell.size();) {
    size_t end = std::min(cell.find_first_of(",;|", at), cell.size());
    std::string_view name = cell.substr(at, end - at);
    size_t first = name.find_first_not_of(" \t"), last = name.find_last_not_of(" \t");
    if (first != std::string_view::npos)
      found.push_back(name.substr(first, last - first + 1));
    at = end + 1;
  }
  return found;
}

} // namespace tl::data
