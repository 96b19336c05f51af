// The door into the kernels room: from explicit gradients to loops over vectors.
#pragma once
#include <memory>

namespace mlir {
class OpPassManager;
class DialectRegistry;
class Pass;
} // namespace mlir

namespace tl {

std::unique_ptr<mlir::Pass> createNormalizeForKernels();
std::unique_ptr<mlir::Pass> createFuseKernels();
std::unique_ptr<mlir::Pass> createPlanMemory();
std::unique_ptr<mlir::Pass> createEmitKernels();

/// From explicit gradients to kernels: everything up to `tl-fuse`.
void addFusePasses(mlir::OpPassManager &passes);
/// The whole room, in order.
void addKernelPasses(mlir::OpPassManager &passes);
void registerKernelPasses();
void registerKernelDialects(mlir::DialectRegistry &registry);

} // namespace tl
