// The list of formats, and how one is found by its name.
#include "runtime/data/Formats.h"
#include "runtime/data/SourceError.h"
#include "runtime/io/File.h"
#include "runtime/io/Gzip.h"
#include <algorithm>

namespace tl::data {

// A list, not constructors that run at start: a linker leaves out what of an archive nobody names.
std::span<const Format *const> formats() {
  static const Format *const all[] = {&idxFormat, &csvFormat, &cifarFormat, &imagesFormat, &textFormat, &linesFormat, &jsonlFormat, &conllFormat};
  return all;
}

const Format &formatNamed(const std::string &name) {
  auto list = formats();
  auto found = std::find_if(list.begin(), list.end(), [&](const Format *format) { return format->name == name; });
  if (found != list.end())
    return **found;
  std::vector<std::string> names;
  std::string text;
  for (const Format *format : list) {
    text += (names.empty()           ? "`"
             : format == list.back() ? " and `"
                                     : ", `") +
            std::string(format->name) + "`";
    names.push_back(format->name);
  }
  throw badSource("there is no reader `" + name + "`; there are " + text).at(SourceError::Part::Reader).insteadOf(name, names);
}

bool hasPairs(const abi::Source &source) { return isText(source) && source.options.contains("pairs"); }

bool isText(const abi::Source &source) {
  const Format &format = formatNamed(source.reader);
  return format.isText && format.isText(source);
}

int64_t indexBytes(const abi::Source &source) {
  const Format &format = formatNamed(source.reader);
  if (!isText(source))
    return format.indexBytes;
  return !format.noBlocks ? -1 : format.indexBytesOfTexts >= 0 ? format.indexBytesOfTexts
                                                               : format.indexBytes;
}

std::string noPieces(const abi::Source &source, const std::string &scriptDir) {
  if (indexBytes(source) < 0)
    return "`" + source.reader + "` is not read in pieces";
  if (!isText(source) && source.options.contains("window"))
    return "of windows over the rows of a table each row is held once";
  if (auto noBlocks = formatNamed(source.reader).noBlocks; noBlocks && isText(source))
    return noBlocks(source);
  return isPacked(source, scriptDir) ? "packed files are not read in pieces; unpack them (gunzip)" : "";
}

bool alwaysText(const abi::Source &) { return true; }

bool isPacked(const abi::Source &source, const std::string &scriptDir) {
  if (formatNamed(source.reader).isOfFolders)
    return false;
  std::vector<std::string> paths = findFiles(source, scriptDir);
  return std::any_of(paths.begin(), paths.end(), [&](const std::string &path) { return io::InputStream(path).isGzip(); });
}

bool isMadeIn(const std::string &folder, const abi::Source &source, const std::vector<abi::Field> &fields, const std::string &scriptDir) {
  auto nameBeside = formatNamed(source.reader).nameBeside;
  return nameBeside && isText(source) && io::isFolder(folder) && io::isFolder(io::joinPath(folder, nameBeside(source, fields, scriptDir)));
}

int64_t readingBytes(const abi::Source &source, const std::vector<abi::Field> &fields, Holding holding, bool isMade, const std::string &scriptDir) {
  const Format &format = formatNamed(source.reader);
  if (!format.readingBytes)
    return 0;
  if (format.isOfFolders)
    return format.readingBytes(source, {fields, holding, 0, false, isMade});
  int64_t bytes = 0;
  for (const std::string &path : findFiles(source, scriptDir))
    bytes += io::File::openRead(path).size() * (io::InputStream(path).isGzip() ? 4 : 1);
  return format.readingBytes(source, {fields, holding, bytes, isPacked(source, scriptDir), isMade});
}

} // namespace tl::data
