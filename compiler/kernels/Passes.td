// From kernels to loop nests.
#ifndef TL_KERNEL_PASSES
#define TL_KERNEL_PASSES

include "mlir/Pass/PassBase.td"

def EmitKernels : Pass<"tl-emit-kernels", "mlir::ModuleOp"> {
  let summary = "Turns kernels into loops over vectors";
  let description = [{
    Requires: memory is planned.
    Ensures:  no op of `tl` or `kernel` is left; functions have the signature of runtime/abi/Program.h.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::math::MathDialect", "mlir::scf::SCFDialect", "mlir::memref::MemRefDialect",
                           "mlir::vector::VectorDialect", "mlir::func::FuncDialect", "mlir::LLVM::LLVMDialect"];
}

#endif
