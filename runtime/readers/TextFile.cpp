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

TextFile::TextFile(const std::string &file) : path(file), text(io::readWholeUnpacked(file)) {
  if (text.starts_with("\xEF\xBB\xBF"))
    text.erase(0, 3);
  if (size_t bad = io::findBadUtf8(text); bad != std::string::npos)
    throw notUtf8(lineAt(bad), static_cast<unsigned char>(text[bad]), path);
}

std::string TextFile::lineAt(size_t offset) const {
  return path + ":" + std::to_string(1 + std::count(text.begin(), text.begin() + int64_t(offset), '\n'));
}

} // namespace tl::data
