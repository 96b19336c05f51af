// Lists in messages: as much of one as a line has room for.
#pragma once
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tl {

/// "`a`, `b` and 3 more": the first `most` of a list, each between two `mark`s, and how many it has besides.
inline std::string firstOf(const std::vector<std::string> &items, size_t most, std::string_view mark = "`") {
  std::string text;
  for (size_t i = 0; i < std::min(items.size(), most); ++i)
    ((((text += i ? ", " : "") += mark) += items[i]) += mark);
  return items.size() > most ? text + " and " + std::to_string(items.size() - most) + " more" : text;
}

} // namespace tl
