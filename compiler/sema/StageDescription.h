// A stage in the descriptor: its variables, its phases, what it watches. What makes no sense there is reported.
#pragma once
#include "compiler/sema/CheckedProgram.h"
#include "compiler/stages/Stages.h"

namespace tl {

class StageDescription {
public:
  StageDescription(const Declared &declared, Draft &draft, CheckedProgram::PhaseTable &phaseTable,
                   std::set<std::string> &usedParams)
      : declared(declared), draft(draft), phaseTable(phaseTable), usedParams(usedParams) {}

  void variables(StagePlan &plan);
  void phases(StagePlan &plan);
  /// What `key`, which stands at `span`, watches; `waits`: it has a patience.
  static abi::Watch watch(const Declared &declared, const StagePlan &plan, const std::string &key, ast::Span span, const ast::Watched &watched, bool waits = false);

private:
  void describeLength(const PhasePlan &phase, abi::Phase &into);
  abi::Watch watch(const StagePlan &plan, const ast::Rule &rule);

  const Declared &declared;
  Draft &draft;
  CheckedProgram::PhaseTable &phaseTable;
  std::set<std::string> &usedParams;
};

}  // namespace tl
