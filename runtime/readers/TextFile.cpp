// Reads a file of text.
#include "runtime/readers/TextFile.h"
#include "runtime/io/Gzip.h"
#include "runtime/io/Utf8.h"
#include <algorithm>
#include <cstdio>

namespace tl::data {

Error notUtf8(const std::string &place, unsigned char byte, const std::string &path) {
  char digits[8];
  std::snprintf(digits, sizeof digits, "0x%02X", byte);
  return badData(place + ": the byte " + digits + " is not UTF-8; if the text is Latin-1, `iconv -f latin1 -t utf-8 " +
                 path.substr(path.find_last_of('/') + 1) + "` makes it so");
}

/// As it says in a mark at its start, or as every other byte of ASCII is a NUL.
static bool isUtf16(std::string_view start) {
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF"))
    return true;
  constexpr size_t looked = 64;
  size_t nuls[2] = {0, 0}, size = std::min(start.size(), looked) & ~size_t{1};
  for (size_t i = 0; i < size; ++i)
    nuls[i % 2] += start[i] == 0;
  return size > 2 && (nuls[0] == 0) != (nuls[1] == 0) && 4 * (nuls[0] + nuls[1]) > size;
}

void checkEncoding(std::string_view start, const std::string &path) {
  if (!isUtf16(start))
    return;
  std::string form = "utf-16"; // which way its bytes stand says a mark, and where there is none the NULs
  if (start[0] == 0 || start[1] == 0)
    form += start[0] == 0 ? "be" : "le";
  throw badData("`" + path + "` is UTF-16, and texts and tables are read as UTF-8; `iconv -f " + form + " -t utf-8 " + path.substr(path.find_last_of('/') + 1) + "` makes it so");
}

void checkLineEnds(std::string_view start, const std::string &path) {
  if (start.find('\n') == std::string_view::npos && start.find('\r') < start.size() - 1)
    throw badData("`" + path + "` ends its lines in carriage returns alone, and they end in a line feed here; `tr '\\r' '\\n' < " + path.substr(path.find_last_of('/') + 1) + "` makes it so");
}

TextFile::TextFile(const std::string &file) : path(file), text(io::readWholeUnpacked(file)) {
  checkEncoding(text, path);
  if (text.starts_with("\xEF\xBB\xBF"))
    text.erase(0, 3);
  if (size_t bad = io::findBadUtf8(text); bad != std::string::npos)
    throw notUtf8(lineAt(bad), static_cast<unsigned char>(text[bad]), path);
}

std::string TextFile::lineAt(size_t offset) const {
  return path + ":" + std::to_string(1 + std::count(text.begin(), text.begin() + int64_t(offset), '\n'));
}

} // namespace tl::data
