// Folds: how many parts the records of a stage are measured in, by what, and that nothing of a part is known before it is measured.
#pragma once
#include "compiler/sema/StageChecks.h"

namespace tl {

class Folds {
public:
  Folds(const Declared &declared, DataChecks &data, StageChecks &stages, Draft &draft) : declared(declared), data(data), stages(stages), draft(draft) {}

  void check(const std::vector<ast::Folds> &all);

private:
  void check(const ast::Folds &folds);
  std::optional<int64_t> parts(const ast::Folds &folds) const;
  void takeField(const ast::Folds &folds, const DataPlan &plan, abi::Folds &into) const;
  void checkSplits(const ast::Folds &folds, const StagePlan &plan) const;
  void takeVocabularies(const ast::Folds &folds, const StagePlan &plan, abi::Folds &into) const;
  void checkTables(const ast::Folds &folds, const StagePlan &plan, const DataPlan &parted) const;
  bool hasSeen(const StagePlan &plan, const DataPlan &parted) const;
  void checkLoads(const ast::Folds &folds, const StagePlan &plan) const;

  const Declared &declared;
  DataChecks &data;
  StageChecks &stages;
  Draft &draft;
};

}  // namespace tl
