// The checker's own state, shared by its parts: Check (names), Data, Stages, Phases, TestsAndDeploys.
#pragma once
#include "compiler/sema/CheckedProgram.h"
#include "compiler/stages/Stages.h"
#include <deque>
#include <set>

namespace tl {

namespace data { struct Facts; }

class Checker : private Declared {
public:
  Checker(const CheckOptions &options, Diagnostics &diagnostics)
      : Declared(options.stdlibDirectory, diagnostics), options(options) {}
  std::unique_ptr<const CheckedProgram> run(const std::string &scriptPath);
  /// The beginning of a check: files, names, sources, dims, params. False after errors.
  bool readDeclarations(const std::vector<std::string> &paths);

private:
  friend class Declarations;
  // Check.cpp, Modules.cpp, DimsAndParams.cpp, Unused.cpp: files, names, dims, params, and what nothing uses.
  bool canGoOn() const;
  void checkAll();
  bool followsFromReading(const Diagnostic &diagnostic) const;
  bool readScript(const std::string &path);
  void evaluateNames();
  void readModules(const ast::File &file, const std::string &folder);
  bool readFile(const std::string &path, ast::Span from);
  void declareAll();
  void checkTypes();
  void evaluateDims();
  bool evaluateDim(const ast::Dim &dim, std::vector<std::string> &path);
  void checkParam(const ast::Param &param);
  void warnOfUnused();
  void warnOfUnusedDefinitions();
  void checkNames();
  void describeSources();
  void addRequirement(const abi::Requirement &requirement);

  // Data.cpp
  void checkData(const ast::Data &data, DataPlan &plan);
  void checkSource(const ast::Source &source, DataPlan &plan);
  void checkClasses(const DataPlan &plan);
  void checkAugments(const DataPlan &plan);
  // DataSplits.cpp
  bool checkFiles(const ast::Source &source, const abi::Source &described, const data::Facts &found, DataPlan &plan);
  void checkSplits(const ast::Data &data, abi::Data &facts);
  void reportLeftOut(const ast::Split &split, const std::string &source, double rest, const abi::Data &facts);
  void checkSharedRecords(const DataPlan &plan);
  void warnOfUnreadTests();
  // DataTokens.cpp
  void evaluateDimsIn(const ast::Expr &expr);
  std::optional<std::map<std::string, std::string>> tokenOptions(const ast::Statement &step);
  void fitVocabularies(DataPlan &plan);
  void shareVocabulary(const ast::Statement &step, DataPlan &plan);
  void checkDataInOrder(const ast::Data &data, std::vector<std::string> &open);
  DataPlan *planOf(const std::string &data);

  // StageKeys.cpp, Stages.cpp: one stage, from its keys to its description.
  void checkStage(const ast::Stage &stage, StagePlan &plan);
  bool resolveStageNames(StagePlan &plan);
  void collectRules(StagePlan &plan);
  void checkBatch(const ast::Rule &rule, int64_t &into);
  bool probeStage(StagePlan &plan);
  void describeVariables(StagePlan &plan);
  void describePhases(StagePlan &plan);
  std::string statsText(const StagePlan &plan, const PhasePlan &phase, size_t weight) const;
  void describeLength(const PhasePlan &phase, abi::Phase &into);
  abi::Watch watch(const StagePlan &plan, const ast::Rule &rule);
  void planSlots(StagePlan &plan);

  // TestsAndDeploys.cpp
  void checkTest(const ast::Test &test);
  void checkDeploy(const ast::Deploy &deploy);
  void checkCommandName(const std::string &what, const std::string &name, ast::Span span);
  const StagePlan *earlierStage(const StagePlan &plan, const ast::Checkpoint &checkpoint, std::string &which);
  StagePlan *checkpointStage(const ast::Checkpoint &checkpoint, std::string &which);

  const CheckOptions &options;
  Draft draft{options.sharesSteps};
  CheckedProgram::PhaseTable phaseTable;
  BatchFields fields{*this};
  Measures measures{*this};
  Updates updates{*this};
  StageFunctions functions{*this, draft};
  std::deque<ast::File> files;  // the script first
  std::vector<std::string> filePaths;
  std::set<std::string> readPaths;
  std::map<std::string, const ast::Dim *> dims;
  std::set<std::string> badDims;
  std::deque<DataPlan> datas;
  std::deque<StagePlan> stages;
  std::set<std::string> usedParams;  // apart from Scalar nodes: epochs
  abi::Phase *openPhase = nullptr;  // whose step is being built
};

}  // namespace tl
