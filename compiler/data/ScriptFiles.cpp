// Which files a script is made of: itself and everything it uses, directly or not.
#include "compiler/data/ScriptFiles.h"
#include "compiler/support/ScriptFile.h"
#include "compiler/syntax/Parser.h"
#include <algorithm>
#include <filesystem>
#include <unordered_map>
#include <unordered_set>

namespace fs = std::filesystem;

namespace tl {

bool ScriptFiles::read(const std::string &path) {
  declared.library.scriptFolder = fs::path(path).parent_path().string();
  if (declared.library.scriptFolder.empty())
    declared.library.scriptFolder = ".";
  return readFile(path, {});
}

static bool isUse(const Piece &piece) { return piece.keyword == "use"; }

/// Reads some declarations of a file, at the places that they have in it.
ast::File ScriptFiles::part(int file, const std::function<bool(const Piece &)> &isKept) const {
  std::string kept = text(file);
  for (const Piece &piece : piecesOf(text(file)))
    if (!isKept(piece))
      blank(kept, piece);
  return parse(file, kept, declared.diagnostics);
}

void ScriptFiles::readReached() {
  std::unordered_multimap<std::string_view, std::pair<int, Piece>> pieces;
  std::vector<std::string_view> open;
  for (const ast::File &file : all)
    if (declared.library.isStandard(file.file))
      for (const Piece &piece : piecesOf(text(file.file)))
        pieces.emplace(piece.name, std::pair(file.file, piece));
    else
      for (std::string_view word : wordsOf(text(file.file)))
        open.push_back(word);
  std::unordered_set<std::string_view> words(open.begin(), open.end());
  std::set<int> files;
  while (!open.empty()) {
    auto [at, end] = pieces.equal_range(open.back());
    open.pop_back();
    for (; at != end; ++at) {
      const auto &[file, piece] = at->second;
      if (isUse(piece) || !reached.emplace(file, piece.begin).second)
        continue;
      files.insert(file);
      for (std::string_view word : wordsOf(std::string_view(text(file)).substr(piece.begin, piece.end - piece.begin)))
        if (words.insert(word).second)
          open.push_back(word);
    }
  }
  for (ast::File &file : all)
    if (files.contains(file.file))
      file = part(file.file, [&](const Piece &piece) { return isUse(piece) || reached.contains({file.file, piece.begin}); });
}

void ScriptFiles::readWhole() {
  for (ast::File &file : all) {
    if (!declared.library.isStandard(file.file))
      continue;
    for (const Piece &piece : piecesOf(text(file.file)))
      reached.emplace(file.file, piece.begin);
    file = parse(file.file, declared.diagnostics);
  }
}

std::deque<ast::File> ScriptFiles::readRest() {
  std::deque<ast::File> rest;
  for (const ast::File &file : all)
    if (declared.library.isStandard(file.file))
      rest.push_back(part(file.file, [&](const Piece &piece) { return !isUse(piece) && !reached.contains({file.file, piece.begin}); }));
  return rest;
}

bool ScriptFiles::readFile(const std::string &path, ast::Span from) {
  std::error_code ignored;
  std::string canonical = fs::weakly_canonical(path, ignored).string();
  if (!readPaths.insert(canonical).second)
    return true;  // Read already; files may use each other.
  std::string why, name = scriptName(path);
  std::optional<std::string> text = readScriptFile(path, why);
  if (!text && from.file >= 0) {
    declared.report(Diag::ModuleMissing, from, "cannot read `" + path + "`: " + why);
    return false;
  }
  int file = declared.diagnostics.sources().add(name, text.value_or(""));
  if (!text) {
    declared.report(Diag::ScriptMissing, {file, 1, 1, 1}, "cannot read the script `" + path + "`: " + why);
    return false;
  }
  if (from.line > 0 && path.starts_with(declared.library.stdlib + "/"))
    declared.library.standardFiles.insert(file); // a script that stands there itself is somebody's work
  if (canonical.starts_with(fs::weakly_canonical(declared.library.stdlib, ignored).string() + "/"))
    declared.library.standardFolder.insert(file);
  paths.push_back(name);
  all.push_back(declared.library.isStandard(file) ? part(file, isUse) : parse(file, declared.diagnostics));
  readModules(all.back(), fs::path(path).parent_path().string());
  return true;
}

/// `path` as a module: PATH.tl, or every *.tl of the folder PATH.
static std::vector<std::string> filesOf(const fs::path &path) {
  std::vector<std::string> found;
  std::error_code ignored;
  if (fs::is_regular_file(path.string() + ".tl", ignored))
    found.push_back(path.string() + ".tl");
  else if (fs::is_directory(path, ignored))
    for (const auto &entry : fs::directory_iterator(path, ignored))
      if (entry.path().extension() == ".tl")
        found.push_back(entry.path().string());
  std::sort(found.begin(), found.end());  // Directory order differs between machines.
  return found;
}

/// The modules under a folder, as `prefix` + dotted names.
static void listModules(const fs::path &folder, const std::string &prefix, std::vector<std::string> &into) {
  std::error_code ignored;
  for (const auto &entry : fs::directory_iterator(folder, ignored)) {
    std::string name = prefix + entry.path().stem().string();
    bool isFolder = entry.is_directory(ignored);
    if (isFolder && !filesOf(entry.path()).empty())
      into.push_back(name);
    if (isFolder && prefix.find('.') != std::string::npos && prefix.size() < 64)
      listModules(entry.path(), name + ".", into);
    if (entry.path().extension() == ".tl")
      into.push_back(name);
  }
}

void ScriptFiles::readModules(const ast::File &file, const std::string &folder) {
  for (const ast::Use &use : file.uses) {
    if (use.path.empty())
      continue;
    bool isStandard = use.path[0] == "std";
    fs::path path = isStandard ? fs::path(declared.library.stdlib) : fs::path(folder.empty() ? "." : folder);
    std::string dotted;
    for (size_t i = 0; i < use.path.size(); ++i) {
      dotted += (i ? "." : "") + use.path[i];
      if (i > 0 || !isStandard)
        path /= use.path[i];
    }
    std::vector<std::string> found;
    if (!isStandard || use.path.size() > 1)
      found = filesOf(path);
    for (const std::string &name : found)
      readFile(name, use.span);
    if (!found.empty())
      continue;
    std::vector<std::string> known;
    listModules(declared.library.stdlib, "std.", known);
    listModules(folder.empty() ? "." : folder, "", known);
    std::erase(known, fs::path(declared.diagnostics.sources().name(file.file)).stem().string());
    std::string near = nearest(dotted, known);
    Diagnostic &diagnostic = declared.report(Diag::ModuleMissing, use.span,
                                             "there is no module `" + dotted + "`" +
                                                 (near.empty() ? "" : "; did you mean `" + near + "`?"));
    diagnostic.help = "looked for `" + path.string() + ".tl` and for a folder `" + path.string() + "` with .tl files";
  }
}

}  // namespace tl
