// Where searches vary dims, each combination of values is a program of its own: checked as a script that says them, and held to what all have in common.
#pragma once
#include "compiler/sema/Programs.h"
#include "compiler/sema/Tunes.h"

namespace tl {

class Variants {
public:
  Variants(const std::string &scriptPath, const CheckOptions &options, const ast::File &script, const std::vector<VariedDim> &varied, Diagnostics &diagnostics)
      : scriptPath(scriptPath), options(options), script(script), varied(varied), diagnostics(diagnostics) {}

  /// The program with the script's own values and those with all others. Empty after errors, which say what with.
  std::vector<ScriptProgram> allWith(std::unique_ptr<CheckedProgram> own);

private:
  using Combination = std::vector<double>; // of each varied dim its value
  using Parts = std::map<std::string, std::string>;

  std::vector<Combination> combinations() const;
  bool add(const Combination &values);
  void relay(const Diagnostics &found, const std::string &with);
  ast::Span here(ast::Span span) const;
  std::map<std::string, double> dimsOf(const Combination &values) const;
  std::string textOf(const Combination &values) const;
  /// Of the program with these values, and of that with the script's own of one dim.
  const Parts &partsOf(const Combination &values) const;
  const Parts &partsWithOwn(Combination values, size_t dim) const;
  void requireShared();
  void requireRead();
  void reportShared(const VariedDim &dim, const std::string &part);

  const std::string &scriptPath;
  const CheckOptions &options;
  const ast::File &script;
  const std::vector<VariedDim> &varied;
  Diagnostics &diagnostics;
  std::vector<Combination> tried; // the script's own first
  std::vector<std::unique_ptr<CheckedProgram>> programs;
};

} // namespace tl
