// Finds data files, opens their reader and digests the facts.
#include "runtime/data/Facts.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/data/Fnv.h"
#include "runtime/data/Formats.h"
#include "runtime/data/SourceError.h"
#include "runtime/io/Checked.h"
#include "runtime/io/File.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace tl::data {

/// The files that could stand in place of `name`: those of the folders in which it was looked for.
static std::vector<std::string> filesLike(const std::string &name, const std::vector<std::string> &folders) {
  std::string inside = name.substr(0, name.find_last_of('/') + 1);
  std::vector<std::string> found;
  for (const std::string &folder : folders) {
    std::string path = io::joinPath(folder, inside.empty() ? "." : inside);
    if (io::isFolder(path))
      for (const std::string &file : io::listFolder(path))
        if (found.size() < 1000 && io::isFile(io::joinPath(path, file)))
          found.push_back(inside + file);
  }
  return found;
}

/// Where a name is looked for, the first place first.
static std::vector<std::string> foldersFor(const std::string &name, const std::string &scriptDir) {
  if (name.starts_with('/'))
    return {""};
  std::vector<std::string> folders;
  if (const char *data = std::getenv("TL_DATA"); data && *data)
    folders.push_back(data);
  folders.push_back(scriptDir.empty() ? "." : scriptDir);
  if (folders.back() != ".")
    folders.push_back(".");
  return folders;
}

std::string findFolder(const std::string &name, const std::string &scriptDir) {
  std::string looked;
  for (const std::string &folder : foldersFor(name, scriptDir)) {
    std::string path = io::joinPath(folder, name);
    if (io::isThere(path))
      return path;
    looked += (looked.empty() ? "`" : ", `") + path + "`";
  }
  throw badSource("cannot find the folder `" + name + "`: looked for " + looked + "; set TL_DATA to the folder that holds it").inFile(name);
}

std::string findFile(const std::string &name, const std::string &scriptDir) {
  bool packed = name.size() > 3 && name.ends_with(".gz");
  std::string other = packed ? name.substr(0, name.size() - 3) : name + ".gz";
  std::vector<std::string> folders = foldersFor(name, scriptDir);
  std::string looked, noFile;
  for (const std::string &folder : folders) {
    for (const std::string &spelling : {name, other})
      if (std::string path = io::joinPath(folder, spelling); io::isFile(path))
        return path;
      else if (noFile.empty() && io::isThere(path))
        noFile = path;
    looked += (looked.empty() ? "`" : ", `") + io::joinPath(folder, name) + "`";
  }
  if (!noFile.empty())
    throw badSource("cannot read `" + noFile + "`: it is " + (io::isFolder(noFile) ? "a folder" : "no plain file") + "; name a file in it, or another one")
        .inFile(name);
  throw badSource("cannot find the data file `" + name + "`: looked for " + looked + ", each also as `" +
                  other.substr(other.find_last_of('/') + 1) + "`; set TL_DATA, or `--data` of a program, to the folder that holds it")
      .inFile(name)
      .insteadOf(name, filesLike(name, folders));
}

/// Whether a name fits a pattern, whose `*` stand for anything.
static bool fits(std::string_view name, std::string_view pattern) {
  size_t star = pattern.find('*');
  if (star == std::string_view::npos)
    return name == pattern;
  if (!name.starts_with(pattern.substr(0, star)))
    return false;
  for (size_t at = star; at <= name.size(); ++at)
    if (fits(name.substr(at), pattern.substr(star + 1)))
      return true;
  return false;
}

std::vector<std::string> findFiles(const std::string &name, const std::string &scriptDir) {
  if (name.find('*') == std::string::npos)
    return {findFile(name, scriptDir)};
  size_t slash = name.find_last_of('/') + 1; // 0: none
  std::string looked, pattern = name.substr(slash);
  if (name.find('*') < slash)
    throw badSource("`" + name + "` has a `*` in the name of a folder; it stands for a part of the names of files").inFile(name);
  for (const std::string &folder : foldersFor(name, scriptDir)) {
    std::string inside = io::joinPath(folder, slash ? name.substr(0, slash - (slash > 1)) : ".");
    looked += (looked.empty() ? "`" : ", `") + inside + "`";
    std::vector<std::string> found;
    for (const std::string &file : io::isFolder(inside) ? io::listFolder(inside) : std::vector<std::string>())
      if (fits(file, pattern) && io::isFile(io::joinPath(inside, file)))
        found.push_back(io::joinPath(inside, file));
    std::sort(found.begin(), found.end());
    if (!found.empty())
      return found;
  }
  throw badSource("no file is called `" + pattern + "`: looked in " + looked + "; set TL_DATA, or `--data` of a program, to the folder that holds them").inFile(name);
}

std::vector<std::string> findFiles(const abi::Source &source, const std::string &scriptDir) {
  std::vector<std::string> paths;
  for (const std::string &file : source.files)
    for (std::string &path : findFiles(file, scriptDir))
      paths.push_back(std::move(path));
  return paths;
}

std::string option(const abi::Source &source, const std::string &name, const std::string &otherwise) {
  auto it = source.options.find(name);
  return it == source.options.end() ? otherwise : it->second;
}

void checkUse(const abi::Source &source, const std::vector<std::string> &known, size_t leastFiles, size_t mostFiles) {
  for (const auto &[name, value] : source.options)
    if (name.find('.') == std::string::npos && std::find(known.begin(), known.end(), name) == known.end()) { // a script writes no dot
      std::string names;
      for (const std::string &each : known)
        names += (names.empty() ? "`" : ", `") + each + "`";
      throw badSource("the reader `" + source.reader + "` has no option `" + name + "`; it has " + (names.empty() ? "none" : names))
          .at(SourceError::Part::OptionName, name)
          .insteadOf(name, known);
    }
  if (source.files.size() < leastFiles || source.files.size() > mostFiles)
    throw badData("the reader `" + source.reader + "` takes " + std::to_string(leastFiles) +
                  (mostFiles == anyNumber   ? " or more"
                   : mostFiles > leastFiles ? " or " + std::to_string(mostFiles)
                                            : "") +
                  " files, source `" + source.name + "` names " + std::to_string(source.files.size()));
}

/// Every part ends in a byte that cannot occur within it, so different facts are different texts.
std::string factsDigest(const std::string &reader, const Facts &facts) {
  std::string text = reader + '\0' + std::to_string(facts.records) + '\0';
  for (const abi::Field &field : facts.fields) {
    text += field.name + '\0' + typeText(field.dtype, field.shape) + '\0' + std::to_string(field.classes) + '\0';
    for (const std::string &name : field.classNames)
      text += name + '\0';
    text += '\n';
  }
  if (facts.content != 0)
    text += std::to_string(facts.content);
  return hexOf(fnv(text));
}

std::unique_ptr<Reader> openSource(const abi::Source &source, const std::string &scriptDir) {
  std::unique_ptr<Reader> reader = formatNamed(source.reader).open(source, scriptDir);
  reader->facts.digest = factsDigest(source.reader, reader->facts);
  return reader;
}

Facts readFacts(const abi::Source &source, const std::string &scriptDir) {
  return openSource(source, scriptDir)->facts;
}

int64_t dtypeBytes(const std::string &dtype) {
  for (const FileElementType &type : fileElementTypes)
    if (dtype == type.name)
      return type.bytes;
  return 0;
}

int64_t recordBytes(const abi::Field &field) {
  std::string what = "field `" + field.name + "`";
  return io::checkedMultiply(io::checkedElements(field.shape, what), dtypeBytes(field.dtype), what);
}

std::string typeText(const std::string &dtype, const std::vector<int64_t> &shape) {
  std::string text = dtype + "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

} // namespace tl::data
