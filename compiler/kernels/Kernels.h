// The door into the kernels room: from explicit gradients to loops over vectors.
#pragma once
#include "mlir/Pass/Pass.h"

namespace mlir {
class OpPassManager;
class DialectRegistry;
} // namespace mlir

namespace tl {

#define GEN_PASS_DECL
#include "compiler/kernels/Passes.h.inc"

/// From explicit gradients to kernels: everything up to `tl-fuse`.
void addFusePasses(mlir::OpPassManager &passes, const NormalizeForKernelsOptions &normalize = {},
                   const FuseKernelsOptions &fuse = {});
/// The whole room, in order.
void addKernelPasses(mlir::OpPassManager &passes);
void registerKernelPasses();
void registerKernelDialects(mlir::DialectRegistry &registry);

} // namespace tl
