// Counts arithmetic by the words of the calculus.
#include "compiler/passes/Flops.h"
#include <map>

namespace tl {
using namespace mlir;

static int64_t multiplyAdds(ir::ContractOp op) {
  std::map<int64_t, int64_t> sizes;
  auto add = [&](llvm::ArrayRef<int64_t> loops, Value value) {
    for (auto [loop, size] : llvm::zip(loops, ir::typeOf(value).shape))
      sizes[loop] = size;
  };
  add(op.getLhsIndices(), op.getLhs());
  add(op.getRhsIndices(), op.getRhs());
  int64_t product = 1;
  for (auto [loop, size] : sizes)
    product *= size;
  return product;
}

int64_t flopsOf(Operation *op) {
  std::optional<Op> word = ir::wordOf(op);
  if (!word || !op->getNumResults())
    return 0;
  if (auto scan = llvm::dyn_cast<ir::ScanOp>(op))
    return scan.steps() * flopsOf(scan.getBody().front());
  if (*word == Op::Contract)
    return 2 * multiplyAdds(llvm::cast<ir::ContractOp>(op));
  if (*word == Op::ReduceSum || *word == Op::ReduceMax || *word == Op::ArgMax || *word == Op::Fold)
    return ir::typeOf(op->getOperand(0)).elements();
  if (*word == Op::ScatterAdd)
    return ir::typeOf(op->getOperand(1)).elements();
  return isElementwise(*word) || *word == Op::Random ? ir::typeOf(op->getResult(0)).elements() : 0;
}

int64_t flopsOf(Block &body) {
  int64_t flops = 0;
  for (Operation &op : body)
    flops += flopsOf(&op);
  return flops;
}

} // namespace tl
