// The pass of the kernels room.
#include "compiler/kernels/Kernels.h"
#include "mlir/Pass/PassRegistry.h"

void tl::registerKernelPasses() {
  mlir::registerPass([] { return createEmitKernels(); });
}
