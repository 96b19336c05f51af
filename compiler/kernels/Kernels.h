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

/// The four passes, in order.
void addKernelPasses(mlir::OpPassManager &passes);
void registerKernelPasses();
void registerKernelDialects(mlir::DialectRegistry &registry);

} // namespace tl
