// Searches for what to set: which params are varied between which bounds, what decides, and by which method.
#pragma once
#include "compiler/sema/StageChecks.h"

namespace tl {

/// A dim that a search varies.
struct VariedDim {
  const ast::Varied *varied;
  const ast::Dim *dim;
  size_t stage; // which is searched: index into abi::Program::stages
  double own;   // that this program is checked with
  std::vector<double> values;
};

class Tunes {
public:
  Tunes(const Declared &declared, const Dims &dims, StageChecks &stages, Draft &draft) : declared(declared), dims(dims), stages(stages), draft(draft) {}

  void check(const std::vector<ast::Tune> &tunes);
  const std::vector<VariedDim> &variedDims() const { return variedHere; }

private:
  void check(const ast::Tune &tune);
  void checkOnce(const ast::Tune &tune) const;
  std::optional<abi::Setting> setting(const ast::Varied &varied, const StagePlan &plan);
  std::optional<abi::Setting> settingOfDim(const ast::Varied &varied, const ast::Dim &dim, const StagePlan &plan);
  std::optional<double> ownValue(const ast::Varied &varied, const ast::Dim &dim) const;
  void checkCombinations() const;
  const abi::Param *paramOf(const ast::Varied &varied) const;
  std::optional<double> choiceOf(const ast::Expr &choice, const ast::Varied &varied, const abi::Param *param) const;
  bool takeBounds(const ast::Varied &varied, const abi::Param &param, abi::Setting &into) const;
  bool takeChoices(const ast::Varied &varied, const abi::Param *param, abi::Setting &into) const;
  bool isTaken(double value, ast::Span span, const ast::Varied &varied, const abi::Param &param) const;
  bool isRead(const std::string &param, const StagePlan &plan) const;
  void takeGoal(const ast::Tune &tune, const StagePlan &plan, abi::Search &into) const;
  void takeMethod(const ast::Tune::Key &key, abi::Search &into) const;
  void takeTrials(const ast::Tune &tune, abi::Search &into) const;
  void checkRungs(const ast::Tune &tune, const StagePlan &plan, const abi::Search &search) const;

  const Declared &declared;
  const Dims &dims;
  StageChecks &stages;
  Draft &draft;
  std::vector<VariedDim> variedHere;
};

}  // namespace tl
