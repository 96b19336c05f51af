// Applies the equations of SimplifyArithmetic.cpp, SimplifyLayout.cpp, SimplifySums.cpp, SimplifyProducts.cpp, SimplifyWindows.cpp, SimplifyFolds.cpp and
// SimplifyScan.cpp and merges equal ops.
#include "compiler/passes/Passes.h"
#include "compiler/passes/SimplifyPatterns.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tl {
#define GEN_PASS_DEF_SIMPLIFY
#include "compiler/passes/Passes.h.inc"

namespace {
using namespace mlir;

struct Simplify : impl::SimplifyBase<Simplify> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    addArithmeticPatterns(set);
    addLayoutPatterns(set);
    addSumPatterns(set);
    addProductPatterns(set);
    addScanPatterns(set);
    addWindowPatterns(set);
    addFoldPatterns(set);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    // Merging makes a value's only use one of several and the other way round, which some equations ask about.
    for (bool changed = true; changed;) {
      bool rewritten = false, merged = false;
      if (failed(applyPatternsGreedily(getOperation(), patterns, GreedyRewriteConfig(), &rewritten)))
        return signalPassFailure();
      IRRewriter rewriter(&getContext());
      DominanceInfo dominance(getOperation());
      eliminateCommonSubExpressions(rewriter, dominance, getOperation(), &merged);
      changed = merged;
    }
  }

  FrozenRewritePatternSet patterns;
};

}  // namespace
}  // namespace tl
