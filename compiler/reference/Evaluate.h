// The meaning of the calculus, said a second time: what an op, and what a function of `tl`, computes. In double, slow and
// plain, from the meanings in Ops.def; it shares nothing with the lowering, the algebra or the runtime.
#pragma once
#include "compiler/reference/Tensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tl::reference {

/// What random numbers are a function of, besides their site and element.
struct Counters {
  uint64_t seed = 0, step = 0, batch = 0;  // batch: its number within the step
};

/// The result of one op. i32, u8 and i1 are exact; f32 is computed in double and stays it, unless `isRounded`: then an f32
/// result is rounded to f32, and what it is a sum of is added up in f32. What is cast to bf16 or f16 is rounded to it in any case; with
/// `isRounded` what lies next to the border between two of its numbers becomes the other one, for f32 may have decided. Ops with a name (`tl.read`, `tl.input`, …) and
/// `tl.gradient` have no value of their own.
Tensor evaluate(mlir::Operation *op, const std::vector<Tensor> &operands, const Counters &counters = {},
                bool isRounded = false);

/// Row `t` of a tensor along its first axis, and putting one there.
Tensor rowOf(const Tensor &x, int64_t t);
void putRow(Tensor &x, int64_t t, const Tensor &row);

/// What a function takes, by the names of its ops.
struct Given {
  Named variables, inputs;
  std::map<std::string, double> scalars;
  Counters counters;
  bool isRounded = false;  // computes f32 as f32, to see how much that changes
};
struct Results {
  Named writes, outputs;
};

/// What `function`, with explicit gradients, writes and outputs.
Results run(mlir::func::FuncOp function, const Given &given);

}  // namespace tl::reference
