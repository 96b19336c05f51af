// The files of a source of pictures, and the class of each: from the folders that they lie in, or from a table.
#pragma once
#include "runtime/data/Facts.h"

namespace tl::data {

struct PictureFile {
  std::string path;
  std::string name;  // below the folder, or as the table has it
  std::string label; // of its class; "" where there are none
};

struct PictureFiles {
  std::vector<PictureFile> files;
  bool hasLabels = false;
  std::string headerDoubt; // of a table: see Facts
};

/// A folder whose folders are classes, each with all pictures that it has inside; or a folder of nothing but files, which have no class. In the
/// order of their paths. What begins with a dot is passed over, and beside the classes also files that do not call themselves pictures.
PictureFiles picturesInFolder(const std::string &folder);

/// Rows of a table, whose options `path` and `label` name columns. Paths are relative to its folder.
PictureFiles picturesInTable(const abi::Source &source, const std::string &table);

} // namespace tl::data
