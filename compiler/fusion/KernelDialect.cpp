// Registration and verification of the `kernel` dialect.
#include "compiler/fusion/KernelDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "compiler/fusion/KernelDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "compiler/fusion/KernelAttributes.cpp.inc"
#define GET_OP_CLASSES
#include "compiler/fusion/KernelOps.cpp.inc"

void tl::kernel::KernelDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "compiler/fusion/KernelAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "compiler/fusion/KernelOps.cpp.inc"
      >();
}

llvm::LogicalResult tl::kernel::RunOp::verify() {
  mlir::Block &block = getBody().front();
  auto yield = mlir::dyn_cast<YieldOp>(block.getTerminator());
  if (!yield)
    return emitOpError("ends in `kernel.yield`");
  if (block.getArgumentTypes() != getInputs().getTypes() || yield.getValues().getTypes() != getOutputs().getTypes()) // C1 of run
    return emitOpError("region and operands or results differ in type");
  return mlir::success();
}
