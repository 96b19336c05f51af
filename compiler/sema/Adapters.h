// The `adapt` rules of a stage: which of its weights are made of what is kept for them and of further weights.
#pragma once
#include "compiler/stages/Plans.h"

namespace tl {

/// Gives the weights that the rules select their adapters, and the stage's tree the weights of these.
void adaptWeights(const Declared &declared, StagePlan &plan);

/// Reports rules whose adapters have weights of which no phase trains one.
void checkAdaptersTrain(const Declared &declared, const StagePlan &plan);

} // namespace tl
