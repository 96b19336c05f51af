// What a step makes small: one objective, or a sum of several, each as often as it counts.
#pragma once
#include "compiler/stages/Measures.h"

namespace tl {

/// The terms of `objective a(x) + 0.3 * b(y)`, in order and with names of their own; what is no sum of objectives is told.
std::vector<ObjectiveTerm> termsOf(const Declared &declared, const ast::Rule &rule);

/// Gives all that the objectives of a stage measure names of their own: where two are called alike, the later is `PHASE.NAME`, `OBJECTIVE.NAME` or `DATA.NAME`.
void nameMeasures(StagePlan &plan);

/// Whether an objective calls the model itself.
bool takesModel(const ast::Definition &objective);

/// How often a term counts: a number, or f32[] of params; nothing after an error.
struct TermWeight {
  double number = 1;
  std::optional<TensorValue> value;  // times `number`, where it is known only when the program runs
};
std::optional<TermWeight> weightOf(const Declared &declared, Elaborator &elaborator, const ObjectiveTerm &term);

/// The total of the losses of several terms. Where they are on one data and count alike it is their sum over that count; else the batch's own value, and
/// `Measured::terms` says of which measures it is made when many batches are added up. `isAddedUp`: several batches make a step, so a term of weights
/// alone counts as the others do.
Measured totalOf(Elaborator &elaborator, const Function &function, const std::vector<ObjectiveTerm> &terms,
                 const std::vector<TermWeight> &weights, const Metrics &losses, ast::Span span, bool isAddedUp);
/// That of terms which are not all measured here: nothing but what it is made of.
Measured totalLater(Elaborator &elaborator, const std::vector<ObjectiveTerm> &terms, const std::vector<TermWeight> &weights, ast::Span span);

}  // namespace tl
