// What is done with a trained stage: tests on the test split, and functions of one record.
#pragma once
#include "compiler/sema/StageChecks.h"

namespace tl {

/// What is said where a field of two data, by its name, numbers classes otherwise; `ownedBy` stands behind the name of the one in `own`.
struct ClassesApart {
  std::string message, help;
};
std::optional<ClassesApart> classesApart(const DataPlan &data, const abi::Field &field, const DataPlan &own, const std::string &ownedBy);

class TestsAndDeploys {
public:
  TestsAndDeploys(const Declared &declared, const ScriptFiles &files, DataChecks &datas, StageChecks &stages, Draft &draft)
      : declared(declared), files(files), datas(datas), stages(stages), draft(draft) {}

  void checkTest(const ast::Test &test);
  void checkDeploy(const ast::Deploy &deploy);

private:
  bool takeInterval(const ast::Test &test, abi::Test &into) const;
  // OtherData.cpp
  /// `areOfModel`: all that is reported asks the whole model, and not what it makes of records.
  bool isTestable(const ast::Test &test, const StagePlan &plan, const DataPlan &data, bool areOfModel) const;
  bool numbersWordsAlike(const ast::Test &test, const StagePlan &plan, const DataPlan &data) const;
  bool numbersClassesAlike(const ast::Test &test, const StagePlan &plan, const DataPlan &data) const;
  bool noteUse(const ast::Test &test, StagePlan &plan) const;
  // Deploys.cpp
  void checkDeployedName(const ast::Deploy::Predict &entry);
  void addDeployed(const ast::Deploy::Predict &entry, StagePlan &plan, const std::string &which);
  bool isOfItsClasses(const ast::Definition &answer, const StagePlan &plan, const std::vector<Value> &results, ast::Span span) const;
  bool addAnswers(Elaborator &elaborator, const ast::Deploy::Predict &entry, const StagePlan &plan, const std::vector<Value> &results, abi::Deploy &into);
  void add(abi::Deploy described, const ast::Deploy::Predict &entry, const StagePlan &plan, const std::string &which, Function function);
  std::vector<std::string> deployedInputs(const ast::Deploy::Predict &entry, const std::vector<std::string> &tokens, const StagePlan &plan,
                                          const Function &function);
  // AskedModels.cpp
  void addAsked(const ast::Deploy::Predict &entry, StagePlan &plan, const std::string &which);
  std::optional<Values> askedFor(Elaborator &elaborator, const ast::Deploy::Predict &entry, StagePlan &plan, std::vector<std::string> &tokens);
  std::optional<std::vector<Value>> callAsked(Elaborator &elaborator, const ast::Deploy::Predict &entry, const Values &given);

  const Declared &declared;
  const ScriptFiles &files;
  DataChecks &datas;
  StageChecks &stages;
  Draft &draft;
  BatchFields fields{declared};
  Measures measures{declared};
};

}  // namespace tl
