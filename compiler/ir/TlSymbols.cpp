// What functions name exists, and is used as it is declared.
#include "compiler/ir/TlDialect.h"
#include "compiler/ir/TlEnums.cpp.inc"

namespace tl::ir {
using namespace mlir;

llvm::StringRef namedBy(Operation *op) {
  if (auto port = op->getAttrOfType<StringAttr>("name"))
    return port;
  for (const char *symbol : {"variable", "scalar"})
    if (auto name = op->getAttrOfType<SymbolRefAttr>(symbol))
      return name.getLeafReference();
  return {};
}

/// The op of its kind that stands before it in its block, if any. Each op asks for the one before, so that all of a function
/// walk through it once.
template <typename OpT> static OpT previous(OpT op) {
  for (Operation *other = op->getPrevNode(); other; other = other->getPrevNode())
    if (auto found = llvm::dyn_cast<OpT>(other))
      return found;
  return {};
}

template <typename OpT> LogicalResult verifyPorts(OpT op) { // C1 of input, output
  if (previous(op))
    return success(); // The first of a function looks at all.
  llvm::SmallDenseSet<StringAttr> names;
  for (OpT port : op->getBlock()->template getOps<OpT>())
    if (!names.insert(port.getNameAttr()).second)
      return port.emitOpError("is the second named ") << port.getNameAttr();
  return success();
}
template LogicalResult verifyPorts(InputOp);
template LogicalResult verifyPorts(OutputOp);

static LogicalResult verifyVariable(Operation *op, SymbolRefAttr name, Type type, SymbolTableCollection &symbols) {
  auto variable = symbols.lookupNearestSymbolFrom<VariableOp>(op, name);
  if (!variable) // C1 of read, write
    return op->emitOpError("names ") << name << ", which is no variable";
  if (variable.getType() == type) // C2 of read, write
    return success();
  InFlightDiagnostic error = op->emitOpError("has ") << type << " for " << name << ", which is " << variable.getType();
  error.attachNote(variable.getLoc()) << "it is declared here";
  return error;
}

LogicalResult ReadOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyVariable(*this, getVariable(), getOut().getType(), symbols);
}

/// For all writes of a function.
static LogicalResult verifyWrites(Block &block) {
  llvm::SmallDenseMap<SymbolRefAttr, ReadOp> frozen;
  for (ReadOp read : block.getOps<ReadOp>())
    if (read.getFrozen())
      frozen.try_emplace(read.getVariable(), read);
  llvm::SmallDenseMap<SymbolRefAttr, WriteOp> written;
  for (WriteOp write : block.getOps<WriteOp>()) {
    if (ReadOp read = frozen.lookup(write.getVariable())) { // C4 of write
      InFlightDiagnostic error = write.emitOpError("writes ") << write.getVariable() << ", which is frozen";
      error.attachNote(read.getLoc()) << "it is read as frozen here";
      return error;
    }
    if (auto [other, isNew] = written.try_emplace(write.getVariable(), write); !isNew) { // C3 of write
      InFlightDiagnostic error = write.emitOpError("writes ") << write.getVariable() << " a second time";
      error.attachNote(other->second.getLoc()) << "the first is here";
      return error;
    }
  }
  return success();
}

LogicalResult WriteOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (failed(verifyVariable(*this, getVariable(), getValue().getType(), symbols)))
    return failure();
  return previous(*this) ? success() : verifyWrites(*(*this)->getBlock());
}

LogicalResult ScalarOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (symbols.lookupNearestSymbolFrom<RuntimeScalarOp>(*this, getScalarAttr())) // C1 of scalar
    return success();
  return emitOpError("names ") << getScalarAttr() << ", which is no run-time scalar";
}

LogicalResult VariableOp::verifySymbolUses(SymbolTableCollection &symbols) {
  bool isSlot = getKind() == VariableKind::Slot;
  if (isSlot != getState().has_value() || (isSlot && !getOf())) // C2 of variable
    return emitOpError(isSlot ? "is a slot and does not say of what, or which" : "has a state and is no slot");
  if (getRange() && getKind() != VariableKind::Accumulator) // C3 of variable
    return emitOpError("is in a range of gradients and is no accumulator");
  if (!getOfAttr())
    return success();
  auto of = symbols.lookupNearestSymbolFrom<VariableOp>((*this)->getParentOp(), getOfAttr());
  if (!of || of.getKind() != VariableKind::Parameter) // C1 of variable
    return emitOpError("is of ") << getOfAttr() << ", which is no parameter";
  return success();
}

Value readParameter(OpBuilder &b, Location loc, StageOp stage, StringRef name, const tl::TensorType &type) {
  RankedTensorType tensor = typeOf(b.getContext(), type);
  OpBuilder inside = OpBuilder::atBlockEnd(&stage.getBody().front());
  auto variable = VariableOp::create(inside, loc, name, VariableKind::Parameter, StringAttr(),
                                     FlatSymbolRefAttr(), StringAttr(), tensor, IntegerAttr());
  return ReadOp::create(b, loc, tensor, symbolOf(variable), false);
}

SymbolRefAttr symbolOf(VariableOp variable) {
  auto own = FlatSymbolRefAttr::get(variable.getSymNameAttr());
  auto stage = llvm::dyn_cast<StageOp>(variable->getParentOp());
  return stage ? SymbolRefAttr::get(stage.getSymNameAttr(), {own}) : own;
}

}  // namespace tl::ir
