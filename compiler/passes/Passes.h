// The door into the passes on `tl`.
#pragma once
#include "compiler/ir/TlDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace tl {
// createRoundProducts(), createDifferentiate(), createPruneFrozen(), createCacheFeatures(), createSimplify(), createSparseRows(), createPartLogged(), createListOps(); registerTlPasses() for tl-opt.
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/passes/Passes.h.inc"
}  // namespace tl
