// The files that a script is made of: itself and everything it uses, directly or not.
#pragma once
#include "compiler/evaluate/Declared.h"
#include <deque>

namespace tl {

class ScriptFiles {
public:
  explicit ScriptFiles(Declared &declared) : declared(declared) {}

  /// Reads a script and what it uses. False where something could not be found, which has been reported.
  bool read(const std::string &path);

  std::deque<ast::File> all;       // the script first
  std::vector<std::string> paths;  // of all
  const ast::File &script() const { return all.front(); }

private:
  bool readFile(const std::string &path, ast::Span from);
  void readModules(const ast::File &file, const std::string &folder);

  Declared &declared;
  std::set<std::string> readPaths;
};

}  // namespace tl
