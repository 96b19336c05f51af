// The `adapt` rules of a stage: which of its weights and layers become what adapters make of them.
#pragma once
#include "compiler/stages/Plans.h"

namespace tl {

/// What goes first into a layer and what comes out, of those that take a tensor and give one.
using Calls = std::map<const Instance *, std::pair<TensorType, TensorType>>;
/// Runs the model once; null after errors, which have been reported.
using CallsOf = std::function<const Calls *()>;

/// Gives what the rules select their adapters, and the stage's tree the weights of these; false where the model has mistakes that were found by running it.
bool adaptWeights(const Declared &declared, StagePlan &plan, const CallsOf &callsOf);

/// Reports rules whose adapters have weights of which no phase trains one.
void checkAdaptersTrain(const Declared &declared, const StagePlan &plan);

} // namespace tl
