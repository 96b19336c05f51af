// The rules of a stage's phases, applied to its tree.
#pragma once
#include "compiler/stages/Plans.h"

namespace tl {

/// Decides how each parameter, buffer and layer is treated in each phase, and reports rules that decide nothing.
void resolvePhases(const Declared &declared, StagePlan &plan);

/// For which parameters each argument of the optimizer holds.
void resolveOptimizerSelectors(const Declared &declared, StagePlan &plan);

}  // namespace tl
