// `tl-opt`: runs single passes of the corridor on text, for tests and for looking around.
#include "compiler/codegen/LowerToLlvm.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/kernels/Kernels.h"
#include "compiler/passes/Passes.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<tl::ir::TlDialect>();
  tl::registerKernelDialects(registry);
  tl::registerLlvmDialects(registry);
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::registerSymbolDCEPass();
  tl::registerTlPasses();
  tl::registerFusionPasses();
  tl::registerKernelPasses();
  tl::registerLlvmPasses();
  return mlir::failed(mlir::MlirOptMain(argc, argv, "tl-opt: the passes of the corridor\n", registry));
}
