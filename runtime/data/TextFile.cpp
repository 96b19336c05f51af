// Reads a file of text.
#include "runtime/data/TextFile.h"
#include "runtime/io/Error.h"
#include "runtime/io/Gzip.h"
#include "runtime/io/Utf8.h"
#include <algorithm>
#include <cstdio>

namespace tl::data {

TextFile::TextFile(const std::string &file) : path(file), text(io::readWholeUnpacked(file)) {
  if (text.starts_with("\xEF\xBB\xBF"))
    text.erase(0, 3);
  if (size_t bad = io::findBadUtf8(text); bad != std::string::npos) {
    char byte[8];
    std::snprintf(byte, sizeof byte, "0x%02X", static_cast<unsigned char>(text[bad]));
    throw badData(lineAt(bad) + ": the byte " + byte + " is not UTF-8; if the text is Latin-1, `iconv -f latin1 -t utf-8 " +
                  path.substr(path.find_last_of('/') + 1) + "` makes it so");
  }
}

std::string TextFile::lineAt(size_t offset) const {
  return path + ":" + std::to_string(1 + std::count(text.begin(), text.begin() + int64_t(offset), '\n'));
}

} // namespace tl::data
