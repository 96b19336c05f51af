// What the elementwise words of the calculus mean for one element.
#pragma once
#include "compiler/calculus/Graph.h"
#include "compiler/reference/Tensor.h"

namespace tl::reference {

/// The result of an elementwise op. `from`: the dtype of its last operand; `to`: that of its result.
Tensor pointwise(Op word, const std::vector<Tensor> &operands, DType from, DType to);

}  // namespace tl::reference
