// The stages of a script, one after the other: keys, names, weights, phases, then their functions.
#pragma once
#include "compiler/sema/Adapters.h"
#include "compiler/sema/CheckedProgram.h"
#include "compiler/data/DataChecks.h"

namespace tl {

class StageChecks {
public:
  StageChecks(Declared &declared, const ScriptFiles &files, DataChecks &data, Draft &draft)
      : declared(declared), files(files), data(data), draft(draft) {}

  void check(const ast::Stage &stage);
  /// Null after an error.
  const StagePlan *trainedStage(const std::string &name, ast::Span span) const;
  /// The stage that a checkpoint is of, and "last" or the name of one that it keeps; null after an error.
  StagePlan *checkpointStage(const ast::Checkpoint &checkpoint, std::string &which);
  /// Once all tests are checked: that lines of stages that train nothing are about one of them.
  void checkLoadedUses() const;
  /// `into` stays as it is after an error.
  void checkBatch(const ast::Expr &value, const std::string &name, int64_t &into);
  /// Whether the script searches for what to set in it.
  bool isTuned(const std::string &stage) const;

  std::deque<StagePlan> plans;
  CheckedProgram::PhaseTable phaseTable;
  std::vector<CheckedProgram::Budget> budgets; // by stage
  std::set<std::string> usedParams;  // apart from Scalar nodes: epochs
  abi::Phase *openPhase = nullptr;   // whose step is being built

private:
  // StageKeys.cpp
  void collectRules(StagePlan &plan);
  void takeKept(StagePlan &plan, const ast::Rule &rule) const;
  void checkPrecision(const ast::Rule &rule, DType &into);
  void checkBudget(const ast::Rule &rule, CheckedProgram::Budget &into);
  void checkBudgetOfVariables(const StagePlan &plan) const;
  bool resolveNames(StagePlan &plan);
  // Sampling.cpp
  void checkSampling(const StagePlan &plan, const ast::Rule &rule);
  void checkBalanced(const StagePlan &plan, const ast::Rule &rule);
  void checkOrdered(const StagePlan &plan, const ast::Rule &rule);
  void reportHidden(const StagePlan &plan, const ast::Rule &rule) const;
  void describeSampling(const StagePlan &plan);
  // BesideData.cpp
  void resolveBeside(StagePlan &plan, std::vector<ObjectiveTerm> &terms);
  bool resolveBeside(StagePlan &plan, ObjectiveTerm &term);
  void requireOwn(const StagePlan &plan) const;
  bool checkBeside(const StagePlan &plan, const Function &probe, const Metrics &metrics) const;
  // LoadedStages.cpp
  void collectLoadedRules(StagePlan &plan);
  void checkWhollyLoaded(const StagePlan &plan, const std::vector<abi::Load> &loads) const;
  // Stages.cpp
  void reportUnkept(const StagePlan &plan, const ast::Checkpoint &checkpoint) const;
  const StagePlan *earlierStage(const StagePlan &plan, const ast::Checkpoint &checkpoint, std::string &which);
  bool probe(StagePlan &plan);
  const Calls *callsOf(StagePlan &plan, Calls &into);
  void planSlots(StagePlan &plan);
  void keepStarts(StagePlan &plan) const;

  std::set<const StagePlan *> toldOfBest; // that keep none, whatever asks for it
  WeightFiles weightFiles;

  Declared &declared;
  const ScriptFiles &files;
  DataChecks &data;
  Draft &draft;
  BatchFields fields{declared};
  Measures measures{declared};
  Updates updates{declared};
  StageFunctions functions{declared, draft};
};

/// Stages and deployed functions are commands of the program, beside those that every program has.
void checkCommandName(const Declared &declared, const abi::Program &program, const std::string &what, const std::string &name,
                      ast::Span span);

}  // namespace tl
