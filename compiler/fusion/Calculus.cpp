// Reading tl ops without their classes.
#include "compiler/fusion/Calculus.h"
#include "compiler/ir/TlDialect.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;

namespace tl {

std::optional<Op> kindOf(Operation *op) { return ir::wordOf(op); }

bool isOf(Operation *op, Form form) {
  std::optional<Op> kind = op ? kindOf(op) : std::nullopt;
  return kind && factsOf(*kind).form == form;
}

Value withoutReshapes(Value tensor) {
  while (isKind(tensor.getDefiningOp(), Op::Reshape))
    tensor = tensor.getDefiningOp()->getOperand(0);
  return tensor;
}

static SmallVector<int64_t> integersOf(Attribute attribute) {
  if (auto dense = dyn_cast<DenseI64ArrayAttr>(attribute))
    return llvm::to_vector(dense.asArrayRef());
  SmallVector<int64_t> values;
  for (Attribute item : cast<ArrayAttr>(attribute))
    values.push_back(cast<IntegerAttr>(item).getInt());
  return values;
}

SmallVector<int64_t> integers(Operation *op, StringRef attribute) { return integersOf(op->getAttr(attribute)); }

int64_t integer(Operation *op, StringRef attribute) { return cast<IntegerAttr>(op->getAttr(attribute)).getInt(); }

SmallVector<SmallVector<int64_t>> contractIndices(Operation *contract) {
  return {integers(contract, "lhsIndices"), integers(contract, "rhsIndices"), integers(contract, "outIndices")};
}

double constantValue(Operation *constant) {
  Attribute value = constant->getAttr("value");
  if (auto splat = dyn_cast<SplatElementsAttr>(value))
    value = splat.getSplatValue<Attribute>();
  if (auto real = dyn_cast<FloatAttr>(value))
    return real.getValueAsDouble();
  if (auto truth = dyn_cast<BoolAttr>(value))
    return truth.getValue();
  return double(cast<IntegerAttr>(value).getValue().getSExtValue());
}

ArrayRef<int64_t> shapeOf(Value tensor) { return cast<RankedTensorType>(tensor.getType()).getShape(); }
int64_t elementsOf(Value tensor) { return cast<RankedTensorType>(tensor.getType()).getNumElements(); }
Type elementOf(Value tensor) { return cast<RankedTensorType>(tensor.getType()).getElementType(); }
int64_t bytesOf(Value tensor) { return ir::typeOf(tensor).bytes(); }

} // namespace tl
