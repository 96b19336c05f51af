// Which values may be NaN because a record lacks them: of tables whose holes are kept, `missing = keep`.
#pragma once
#include "compiler/calculus/Graph.h"
#include "runtime/abi/Descriptor.h"

namespace tl {

/// The field of `data` whose holes may be in the values of a node; "" where there is none. A `select` by `x == x` or `x != x` takes the one side where x
/// is there and the other where it is not. `beside`: the name that inputs have of data beside the stage's own.
std::string holesIn(const Function &function, NodeId node, const abi::Data &data, const std::string &beside = "");

}  // namespace tl
