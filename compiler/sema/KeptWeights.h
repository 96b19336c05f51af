// `freeze S in i8`: what a stage never trains is kept in fewer bits while it runs.
#pragma once
#include "compiler/stages/Plans.h"

namespace tl {

/// Decides which weights are kept in which form, and reports rules that cannot hold. The phases are resolved; `loads` are those of the stage.
void keepWeights(const Declared &declared, StagePlan &plan, const std::vector<abi::Load> &loads);

} // namespace tl
