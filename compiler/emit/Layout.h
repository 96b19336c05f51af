// Where every variable, input and output of a program lies in its arena.
#pragma once
#include "runtime/abi/Descriptor.h"

namespace tl {

/// Fills Variable::offset and Stage::variablesBytes of every stage, Port::offset and Function::inputBytes and
/// outputBytes of every function. In a stage: fitted values first, at the same place in all stages of the data, for the
/// one function that fits them; then parameters, side by side, so that gradients and weights are ranges; then slots, those
/// of one state side by side in the order of the parameters; then accumulators, likewise; then the rest. Everything starts at a multiple of 64.
void layOut(abi::Program &program);

}  // namespace tl
