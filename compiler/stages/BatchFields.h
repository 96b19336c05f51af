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
  /// Of each data that the steps of a stage read.
  std::optional<Batches> ofStage(Elaborator &elaborator, const StagePlan &plan, bool training) const;
  /// Of one of them alone.
  std::optional<Batches> ofStage(Elaborator &elaborator, const StagePlan &plan, size_t on, bool training) const;
  /// One number of each record as f32[batch]: that of a field, or of a field of tokens how many it has (`isLength`); nullopt where it has many numbers.
  static std::optional<TensorValue> numberOf(Elaborator &elaborator, const TensorValue &field, bool &isLength, ast::Span span);
  /// Adds a function of a stage that puts that out as "value", and says of a sample by the field which it is.
  void buildNumber(const StagePlan &plan, abi::Sample &sample, Draft &draft) const;
  /// Finds what is fitted for them, and whether they are sound.
  void plan(DataPlan &plan) const;
  /// Adds the functions that fit it, as functions of a stage whose names begin with `prefix`.
  std::vector<abi::Fit> buildFits(const DataPlan &plan, int stage, const std::string &prefix, Draft &draft) const;

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
