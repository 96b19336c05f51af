// Finds the lines in the blocks of a text.
#include "runtime/readers/TextLines.h"
#include "runtime/readers/TextFile.h"

namespace tl::data {

TextLines::TextLines(const std::string &path) : path(path), anywhere(cutAnywhere()), blocks(path, *anywhere) {}

bool TextLines::next(std::string_view &line) {
  size_t end = rest.find('\n', at);
  while (end == std::string::npos) {
    rest.erase(0, at);
    at = 0;
    size_t seen = rest.size();
    if (!blocks.next(block, usualBlock)) {
      if (rest.empty())
        return false;
      end = rest.size();
      break;
    }
    rest += block;
    if (number == 0 && seen == 0)
      checkLineEnds(rest, path);
    end = rest.find('\n', seen);
  }
  line = std::string_view(rest).substr(at, end - at);
  at = std::min(end + 1, rest.size());
  ++number;
  return true;
}

} // namespace tl::data
