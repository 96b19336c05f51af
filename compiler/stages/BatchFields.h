// The fields of a batch: what records have, after the pipeline that their data declares.
#pragma once
#include "compiler/stages/Draft.h"
#include "compiler/stages/Plans.h"

namespace tl {

class BatchFields {
public:
  explicit BatchFields(const Declared &declared) : declared(declared) {}

  /// By name; with `training`, augmented. nullopt after errors.
  std::optional<Values> of(Elaborator &elaborator, const DataPlan &plan, int64_t batch, bool training) const;
  /// Finds what is fitted for them, and whether they are sound.
  void plan(DataPlan &plan) const;
  /// Adds the functions that fit it.
  void buildFits(DataPlan &plan, int stage, Draft &draft) const;

  /// The value of what is fitted for a field as the `ordinal`-th.
  using FitAnswer = std::function<std::optional<TensorValue>(Elaborator &, const std::string &field, int ordinal,
                                                             const Elaborator::Fitted &)>;

private:
  std::optional<Values> of(Elaborator &elaborator, const DataPlan &plan, int64_t batch, bool training,
                           const FitAnswer &answer) const;
  /// That a mean or deviation for `field` would be none: there are holes in what it is of.
  void reportHoles(const DataPlan &plan, const std::string &field, const std::string &holes) const;

  const Declared &declared;
};

}  // namespace tl
