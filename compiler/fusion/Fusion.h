// The door into the fusion room: from explicit gradients to kernels whose tensors have a place.
#pragma once
#include "mlir/Pass/Pass.h"

namespace mlir::func {
class FuncOp;
}

namespace mlir {
class OpPassManager;
class DialectRegistry;
} // namespace mlir

namespace tl {

#define GEN_PASS_DECL
#include "compiler/fusion/Passes.h.inc"

/// From explicit gradients to kernels: everything up to `tl-fuse`.
void addFusePasses(mlir::OpPassManager &passes, const NormalizeForKernelsOptions &normalize = {},
                   const FuseKernelsOptions &fuse = {}, bool usesWinograd = true);
/// Brings reshapes, pads and long sums of a function into the forms the kernels know.
void normalizeLayout(mlir::func::FuncOp function);
/// Everything up to `tl-plan-memory`: where what a function takes lies is known then, see Arenas.h.
void addPlanPasses(mlir::OpPassManager &passes);
void registerFusionPasses();
void registerKernelDialects(mlir::DialectRegistry &registry);

} // namespace tl
