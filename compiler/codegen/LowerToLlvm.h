// The door from kernels to the LLVM dialect: loops and vectors in, LLVM out.
#pragma once

namespace mlir {
class OpPassManager;
class DialectRegistry;
} // namespace mlir

namespace tl {

/// Lowers a module of func, scf, arith, math, vector and memref to the LLVM dialect alone. A memref argument becomes a
/// bare pointer, so a function of static memrefs has the C signature of `TlFunction` (runtime/abi/Program.h). `hasLines`: places
/// in the script become line tables.
void addLlvmPasses(mlir::OpPassManager &pm, bool hasLines = false);

/// The dialects these passes make, and LLVM's translations.
void registerLlvmDialects(mlir::DialectRegistry &registry);

/// Makes the passes known to `tl-opt`: --tl-approximate-math, --tl-lower-vectors, --tl-lower-signatures, --tl-lower-bodies.
void registerLlvmPasses();

} // namespace tl
