// The texts that messages quote.
#include "compiler/support/Diagnostics.h"

namespace tl {

int SourceFiles::add(std::string name, std::string text) {
  files.push_back({std::move(name), std::move(text)});
  return int(files.size()) - 1;
}

std::string SourceFiles::line(int file, int line) const {
  if (file < 0 || file >= size())
    return "";
  const std::string &text = files[file].text;
  size_t begin = 0;
  for (int at = 1; at < line; ++at) {
    begin = text.find('\n', begin);
    if (begin == std::string::npos)
      return "";
    ++begin;
  }
  std::string found = text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
  if (found.ends_with('\r'))
    found.pop_back();
  return found;
}

std::string SourceFiles::place(const ast::Span &span) const {
  if (span.file < 0 || span.file >= size())
    return "tlc";
  return files[span.file].name + ":" + std::to_string(span.line) + ":" + std::to_string(span.column);
}

} // namespace tl
