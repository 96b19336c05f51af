// Counts arithmetic by what words cost.
#include "compiler/passes/Flops.h"
#include "compiler/calculus/Facts.h"
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
  if (!word)
    return 0;
  if (auto more = op->getAttrOfType<IntegerAttr>(standsFor))
    return more.getInt();
  switch (factsOf(*word).cost) {
  case Cost::Nothing: case Cost::Lookup: return 0;
  case Cost::Instruction: case Cost::Several: case Cost::Series: return ir::typeOf(op->getResult(0)).elements();
  case Cost::Terms: return ir::typeOf(op->getOperands().back()).elements();
  case Cost::Products: return 2 * multiplyAdds(llvm::cast<ir::ContractOp>(op));
  case Cost::Steps: break;
  }
  auto scan = llvm::cast<ir::ScanOp>(op);
  return scan.steps() * flopsOf(scan.getBody().front());
}

int64_t flopsOf(Block &body) {
  int64_t flops = 0;
  for (Operation &op : body)
    flops += flopsOf(&op);
  return flops;
}

} // namespace tl
