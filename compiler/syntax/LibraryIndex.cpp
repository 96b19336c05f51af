// Scans the standard library for the words that begin a declaration.
#include "compiler/syntax/LibraryIndex.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/syntax/Habits.h"
#include "compiler/syntax/Words.h"
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace fs = std::filesystem;

namespace tl {

/// Declarations of a file begin at the margin: `layer Linear(in, out, …`.
static void scan(const std::string &path, const std::string &module, std::map<std::string, std::string> &into) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string keyword, name;
    words >> keyword >> name;
    name = name.substr(0, name.find_first_of("({:="));
    if (!line.starts_with(' ') && beginsDeclaration(keyword) && keyword != "use" && !name.empty())
      into.emplace(name, module);
  }
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
