// Loops of a product's tile that stay as they are written.
#include "compiler/kernels/Rolled.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

void tl::keepRolled(OpBuilder &b, int64_t sums, const Target &target) {
  if (sums * 2 <= target.registers)
    return;
  auto unroll = LLVM::LoopUnrollAttr::get(b.getContext(), /*disable=*/b.getBoolAttr(true), {}, {}, {}, {}, {}, {});
  auto annotation = LLVM::LoopAnnotationAttr::get(b.getContext(), {}, {}, {}, unroll, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {});
  for (auto loop = dyn_cast<scf::ForOp>(b.getInsertionBlock()->getParentOp()); loop && int64_t(loop.getNumResults()) == sums;
       loop = dyn_cast<scf::ForOp>(loop->getParentOp()))
    loop->setAttr("loop_annotation", annotation);
}
