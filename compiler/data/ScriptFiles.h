// The files that a script is made of: itself and everything it uses, directly or not.
#pragma once
#include "compiler/evaluate/Declared.h"
#include "compiler/syntax/Outline.h"
#include <deque>

namespace tl {

class ScriptFiles {
public:
  explicit ScriptFiles(Declared &declared) : declared(declared) {}

  /// Reads a script and what it uses; of the standard library only which files those are. False where something could not be
  /// found, which has been reported.
  bool read(const std::string &path);
  /// Then, once: what these scripts can reach of the library, by any of their words, and what that can reach.
  void readReached();
  /// Or, once, all of it.
  void readWhole();
  /// What was left out, as files of their own.
  std::deque<ast::File> readRest();

  std::deque<ast::File> all;       // the script first
  std::vector<std::string> paths;  // of all
  const ast::File &script() const { return all.front(); }

private:
  bool readFile(const std::string &path, ast::Span from);
  void readModules(const ast::File &file, const std::string &folder);
  ast::File part(int file, const std::function<bool(const Piece &)> &isKept) const;
  const std::string &text(int file) const { return declared.diagnostics.sources().text(file); }

  Declared &declared;
  std::set<std::string> readPaths;
  std::set<std::pair<int, size_t>> reached; // declarations of the library: file, and where its text begins
};

}  // namespace tl
