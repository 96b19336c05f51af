// The rules of a stage's phases, applied to its tree.
#pragma once
#include "compiler/stages/Plans.h"

namespace tl {

/// What a selector means in the stage's tree; nullopt after an error.
std::optional<Selection> select(const Declared &declared, const StagePlan &plan, const ast::Selector &selector);

/// Decides how each parameter, buffer and layer is treated in each phase, and reports rules that decide nothing.
void resolvePhases(const Declared &declared, StagePlan &plan);

/// For which parameters each argument of the optimizer holds.
void resolveOptimizerSelectors(const Declared &declared, StagePlan &plan);

}  // namespace tl
