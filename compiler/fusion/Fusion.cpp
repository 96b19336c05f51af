// The order of the fusion room.
#include "compiler/fusion/Fusion.h"
#include "compiler/fusion/KernelDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

void tl::addFusePasses(mlir::OpPassManager &passes, const NormalizeForKernelsOptions &normalize,
                       const FuseKernelsOptions &fuse, bool usesWinograd) {
  const bool isWhole = !normalize.onlyProducts && !fuse.isApart;
  if (isWhole && usesWinograd)
    passes.addPass(createWinograd());
  if (isWhole)
    passes.addPass(createTileSquares());
  passes.addPass(createNormalizeForKernels(normalize));
  passes.addPass(mlir::createCSEPass()); // Two contractions may want the same transpose.
  passes.addPass(createFuseKernels(fuse));
}

void tl::addPlanPasses(mlir::OpPassManager &passes) {
  addFusePasses(passes);
  passes.addPass(createPlanMemory());
}

void tl::registerFusionPasses() {
  mlir::registerPass([] { return createWinograd(); });
  mlir::registerPass([] { return createTileSquares(); });
  mlir::registerPass([] { return createNormalizeForKernels(); });
  mlir::registerPass([] { return createFuseKernels(); });
  mlir::registerPass([] { return createRecompute(); });
  mlir::registerPass([] { return createPlanMemory(); });
}

void tl::registerKernelDialects(mlir::DialectRegistry &registry) { registry.insert<kernel::KernelDialect>(); }
