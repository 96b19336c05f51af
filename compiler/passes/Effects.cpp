// Walks from effects to what they need; ports of functions that were parted.
#include "compiler/passes/Effects.h"
#include "llvm/ADT/StringMap.h"

namespace tl {

llvm::SmallVector<mlir::Operation *> effectsOf(mlir::Block &body) {
  llvm::SmallVector<mlir::Operation *> effects;
  for (mlir::Operation &op : body) {
    auto output = llvm::dyn_cast<ir::OutputOp>(op);
    if (output ? !output.getLogged() : llvm::isa<ir::WriteOp>(op))
      effects.push_back(&op);
  }
  return effects;
}

llvm::SetVector<mlir::Operation *> neededBy(llvm::ArrayRef<mlir::Operation *> ops) {
  llvm::SetVector<mlir::Operation *> needed(ops.begin(), ops.end());
  for (size_t next = 0; next < needed.size(); ++next)
    for (mlir::Value operand : needed[next]->getOperands())
      needed.insert(operand.getDefiningOp());
  return needed;
}

void layOutPorts(mlir::Block &body) {
  llvm::StringMap<int64_t> offsets;
  int64_t end = 0;
  auto take = [&](const TensorType &type) {
    int64_t offset = end;
    end += (type.bytes() + 63) / 64 * 64;
    return offset;
  };
  for (auto input : body.getOps<ir::InputOp>()) {
    auto known = offsets.find(input.getName());
    if (known == offsets.end())
      known = offsets.try_emplace(input.getName(), take(ir::typeOf(input.getOut()))).first;
    input.setOffset(uint64_t(known->second));
  }
  end = 0;
  for (auto output : body.getOps<ir::OutputOp>())
    output.setOffset(uint64_t(take(ir::typeOf(output.getValue()))));
}

} // namespace tl
