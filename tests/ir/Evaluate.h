// Runs a function of `tl` in double, one element at a time: as plain as the formulas in TlOps.td.
#pragma once
#include "compiler/passes/Passes.h"
#include <map>

namespace tl::test {

struct Tensor {
  std::vector<int64_t> shape;
  std::vector<double> data;  // row-major
};
using Named = std::map<std::string, Tensor>;

/// The result of one op, given its operands.
Tensor evaluate(mlir::Operation *op, const std::vector<Tensor> &operands);

/// The values that `function` writes, given those it reads. Its dtypes are taken for real numbers, whatever they are.
Named evaluate(mlir::func::FuncOp function, const Named &reads);

}  // namespace tl::test
