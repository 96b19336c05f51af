// What a function of `tl` computes, in double, with a bound on how far compiled code may be from it.
#pragma once
#include "compiler/reference/Evaluate.h"
#include <array>

namespace tl::test {

using reference::Named;
using reference::Tensor;

/// A tensor as compiled code should have it: each element within `error` of `value`; 0 means the same number.
struct Bounded {
  Tensor value, error;
};

/// The values that `function` writes and outputs, by name, given its inputs, reads and scalars. Bounds are running
/// error bounds: what an op's operands may be off by, plus what the op itself may round.
std::map<std::string, Bounded> expected(mlir::func::FuncOp function, const Named &given,
                                        const std::array<uint32_t, 4> &counters);

} // namespace tl::test
