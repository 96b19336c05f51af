// The order of a check: files, names, data, dims and params, stages, what is done with them, and what nothing uses.
#pragma once
#include "compiler/builtins/Builtins.h"
#include "compiler/sema/TestsAndDeploys.h"
#include "compiler/sema/Tunes.h"

namespace tl {

class Checker : private Declared {
public:
  /// `given`: values of dims in place of those that the script says.
  Checker(const CheckOptions &options, Diagnostics &diagnostics, std::map<std::string, double> given = {})
      : Declared(options.stdlibDirectory, builtins(), diagnostics), draft(options.sharesSteps, options.storesGradients), given(std::move(given)) {}
  /// One program: the dims that searches vary have one value each.
  std::unique_ptr<CheckedProgram> run(const std::string &scriptPath);
  const std::vector<VariedDim> &variedDims() const { return tunes.variedDims(); }
  const ast::File &script() const { return files.script(); }
  /// The beginning of a check: files, names, sources, dims, params. False after errors.
  bool readDeclarations(const std::vector<std::string> &paths);

private:
  friend class Declarations;
  bool canGoOn() const;
  bool followsFromReading(const Diagnostic &diagnostic) const;
  void describeSources();
  void declareAll();
  void declareStandard(const std::deque<ast::File> &of);
  void declareOwn(const ast::File &file);
  void checkTypes();
  void evaluateNames();
  void checkAll();
  void addRequirement(const abi::Requirement &requirement);
  // Unused.cpp
  void checkNames();
  void warnOfUnused();
  void warnOfUnusedDefinitions();

  Draft draft;
  const std::map<std::string, double> given;
  ScriptFiles files{*this};
  std::deque<ast::File> rest; // of the library, once a message asked for it
  Dims dims{*this};
  DataChecks data{*this, files, dims, draft};
  StageChecks stages{*this, files, data, draft};
  Tunes tunes{*this, dims, stages, draft};
};

}  // namespace tl
