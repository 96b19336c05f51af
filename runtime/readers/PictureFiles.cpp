// Walks folders, and reads tables of paths.
#include "runtime/readers/PictureFiles.h"
#include "runtime/data/Reader.h"
#include "runtime/data/SourceError.h"
#include "runtime/io/File.h"
#include "runtime/io/Utf8.h"
#include "runtime/readers/Columns.h"
#include <algorithm>
#include <set>

namespace tl::data {

namespace {

constexpr int deepest = 32; // folders in folders; a link may lead back to one of them

std::string shown(const std::string &path) { return "`" + path + "`"; }

std::vector<std::string> seenIn(const std::string &folder) {
  std::vector<std::string> names = io::listFolder(folder);
  std::erase_if(names, [](const std::string &name) { return name.starts_with('.'); });
  std::sort(names.begin(), names.end());
  return names;
}

bool isNamedAsPicture(const std::string &name) {
  std::string ending = name.substr(std::min(name.rfind('.'), name.size()));
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  static const std::set<std::string> known = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"};
  return known.contains(ending);
}

void addAllIn(const std::string &folder, const std::string &name, const std::string &label, int depth, std::vector<PictureFile> &files) {
  if (depth > deepest)
    throw badData(shown(folder) + " lies more than " + std::to_string(deepest) + " folders deep; is one of them a link to another?");
  for (const std::string &each : seenIn(folder)) {
    std::string path = io::joinPath(folder, each), inside = name.empty() ? each : name + "/" + each;
    if (io::isFolder(path))
      addAllIn(path, inside, label, depth + 1, files);
    else
      files.push_back({path, inside, label});
  }
}

/// Folders of splits in place of classes: with them a model would learn to tell training from testing.
void checkClasses(const std::string &folder, const std::vector<std::string> &classes) {
  static const std::set<std::string> splits = {"train", "training", "val", "valid", "validation", "test", "testing"};
  if (std::all_of(classes.begin(), classes.end(), [](const std::string &name) { return splits.contains(name); }))
    throw badData(shown(folder) + " has the folders " + shown(classes.front()) + (classes.size() > 1 ? ", " + shown(classes[1]) : "") +
                  (classes.size() > 2 ? ", …" : "") + ", which are splits and no classes; write a source for each: source train images(\"" + io::joinPath(folder, classes.front()) + "\")");
  for (const std::string &name : classes)
    if (io::findBadUtf8(name) != std::string::npos)
      throw badData(shown(folder) + " has a folder whose name is not UTF-8, and it would be that of a class; rename it");
}

} // namespace

PictureFiles picturesInFolder(const std::string &folder) {
  std::vector<std::string> classes;
  PictureFiles found, loose;
  for (const std::string &name : seenIn(folder)) {
    std::string path = io::joinPath(folder, name);
    if (io::isFolder(path))
      classes.push_back(name);
    else
      loose.files.push_back({path, name, ""});
  }
  if (classes.empty() && loose.files.empty())
    throw badData(shown(folder) + " is empty; it holds a folder for each class with its pictures, or pictures without classes");
  if (classes.empty())
    return loose;
  checkClasses(folder, classes);
  auto stray = std::find_if(loose.files.begin(), loose.files.end(), [](const PictureFile &file) { return isNamedAsPicture(file.name); });
  if (stray != loose.files.end())
    throw badData(shown(folder) + " has folders of classes, as " + shown(classes.front()) + ", and beside them the picture " + shown(stray->name) +
                  ", which has no class; move it into one of them");
  found.hasLabels = true;
  for (const std::string &name : classes) {
    size_t before = found.files.size();
    addAllIn(io::joinPath(folder, name), name, name, 1, found.files);
    if (found.files.size() == before)
      throw badData("the folder " + shown(io::joinPath(folder, name)) + " of a class has no pictures; fill it, or remove it");
  }
  return found;
}

PictureFiles picturesInTable(const abi::Source &source, const std::string &table) {
  const std::string path = option(source, "path"), label = option(source, "label");
  if (path.empty())
    throw badSource("`" + table + "` is a table, and source `" + source.name + "` does not say which of its columns has the paths of pictures; write images(\"" + source.files[0] +
                    "\", path = COLUMN, label = COLUMN)");
  CsvText text(table);
  Columns columns(text, table, source, {.lists = {{"path", path}, {"label", label}}, .text = path, .label = label});
  PictureFiles found;
  found.hasLabels = !label.empty();
  found.headerDoubt = columns.doubt;
  const int64_t pathColumn = columns.find("path", path), labelColumn = found.hasLabels ? columns.find("label", label) : -1;
  if (pathColumn == labelColumn)
    throw badSource("source `" + source.name + "` takes column " + std::to_string(labelColumn) + " of `" + table + "` for the paths and for the label").inOption("label");
  const std::string folder = io::parentFolder(table);
  text.each(columns.hasHeader, [&](const CsvText::Row &row) {
    std::string name(row[pathColumn]);
    if (name.empty())
      throw badData(text.place(row, pathColumn) + ": " + columns.textOf(pathColumn) + " is empty, expected the path of a picture");
    PictureFile file{name.starts_with('/') ? name : io::joinPath(folder, name), name, found.hasLabels ? std::string(row[labelColumn]) : ""};
    if (!io::isFile(file.path))
      throw badData(text.place(row, pathColumn) + ": there is no file " + shown(file.path) + "; paths are relative to the folder of the table");
    if (found.hasLabels && kindOf(file.label) == CellKind::Hole && !file.label.empty())
      throw badData(text.place(row, labelColumn) + ": " + columns.textOf(labelColumn) + " has " + shown(file.label) + ", expected the class, which a hole does not say; give one or remove the line");
    if (found.hasLabels && (file.label.empty() || io::findBadUtf8(file.label) != std::string::npos))
      throw badData(text.place(row, labelColumn) + ": " + columns.textOf(labelColumn) + (file.label.empty() ? " is empty" : " is not UTF-8") + ", expected the class; give one or remove the line");
    found.files.push_back(std::move(file));
    return true;
  });
  if (found.files.empty())
    throw badData(shown(table) + " holds no records");
  return found;
}

} // namespace tl::data
