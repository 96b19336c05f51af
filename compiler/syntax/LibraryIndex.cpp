// Scans the standard library for what its files declare.
#include "compiler/syntax/LibraryIndex.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/syntax/Habits.h"
#include "compiler/syntax/Outline.h"
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace fs = std::filesystem;

namespace tl {

static void scan(const std::string &path, const std::string &module, std::map<std::string, std::string> &into) {
  std::ifstream in(path);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  for (const Piece &piece : piecesOf(text))
    if (piece.keyword != "use")
      into.emplace(piece.name, module);
}

const std::map<std::string, std::string> &indexOfLibrary(const std::string &folder) {
  static std::map<std::string, std::map<std::string, std::string>> known;
  auto [at, isNew] = known.try_emplace(folder);
  std::map<std::string, std::string> &index = at->second;
  if (!isNew)
    return index;
  std::error_code ignored;
  for (fs::recursive_directory_iterator file(folder, ignored), end; file != end && !ignored; file.increment(ignored)) {
    if (file->path().extension() != ".tl")
      continue;
    fs::path within = file->path().lexically_relative(folder);
    scan(file->path().string(), "std." + within.begin()->stem().string(), index);
  }
  return index;
}

Missing missing(const std::string &name, const std::string &near, const std::string &stdlib) {
  const std::map<std::string, std::string> &index = indexOfLibrary(stdlib);
  auto use = [](const std::string &module) { return "add `use " + module + "`"; };
  if (auto at = index.find(name); at != index.end())
    return {"", "it is of the library: " + use(at->second), at->second};
  if (std::string instead = habitOfName(name); !instead.empty())
    return {"", instead, ""};
  if (!near.empty())
    return {"; did you mean `" + near + "`?", "", ""};
  std::vector<std::string> names;
  for (const auto &[known, module] : index)
    names.push_back(known);
  std::string other = nearest(name, names);
  if (other.empty())
    return {};
  const std::string &module = index.at(other);
  return {"; did you mean `" + other + "` of `" + module + "`?", use(module), ""};
}

} // namespace tl
