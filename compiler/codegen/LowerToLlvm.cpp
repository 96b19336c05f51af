// From kernels to LLVM: transcendental functions become polynomials, vectors become rows, and all the rest one
// conversion.
#include "compiler/codegen/LowerToLlvm.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace tl {
namespace {

/// exp, log, tanh, erf and their kin on f32 become polynomials: a call per element of libm costs ten times as much, and
/// libm's bits change with the machine.
struct ApproximateMath : PassWrapper<ApproximateMath, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ApproximateMath)
  StringRef getArgument() const override { return "tl-approximate-math"; }
  StringRef getDescription() const override { return "Turns functions of math on f32 into polynomials"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, vector::VectorDialect, math::MathDialect>();
  }
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateMathPolynomialApproximationPatterns(patterns, [](StringRef) { return true; });
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

/// Vectors of many dimensions become rows; transfers become loads and stores, masked where they may leave the memref.
struct LowerVectors : PassWrapper<LowerVectors, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerVectors)
  StringRef getArgument() const override { return "tl-lower-vectors"; }
  StringRef getDescription() const override { return "Lowers vector operations to those that LLVM has"; }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, scf::SCFDialect, memref::MemRefDialect, affine::AffineDialect,
                    vector::VectorDialect, ub::UBDialect>();
  }
  void runOnOperation() override {
    Operation *function = getOperation();
    auto apply = [&](auto populate) {
      RewritePatternSet patterns(&getContext());
      populate(patterns);
      if (failed(applyPatternsGreedily(function, std::move(patterns))))
        signalPassFailure();
    };
    // Contractions first: what they become is lowered below.
    apply([](RewritePatternSet &patterns) {
      vector::populateVectorContractLoweringPatterns(patterns, vector::VectorContractLowering::OuterProduct);
      vector::populateVectorOuterProductLoweringPatterns(patterns);
      vector::populateVectorMultiReductionLoweringPatterns(patterns,
                                                           vector::VectorMultiReductionLowering::InnerReduction);
      vector::populateVectorTransposeLoweringPatterns(patterns, vector::VectorTransposeLowering::Shuffle16x16);
      vector::populateVectorTransferPermutationMapLoweringPatterns(patterns);
      vector::populateVectorMaskOpLoweringPatterns(patterns);
      vector::populateVectorMaskLoweringPatternsForSideEffectingOps(patterns);
    });
    apply([](RewritePatternSet &patterns) {
      populateVectorToSCFConversionPatterns(patterns, VectorTransferToSCFOptions().enableFullUnroll());
    });
    apply([](RewritePatternSet &patterns) {
      vector::populateVectorMaskMaterializationPatterns(patterns, /*force32BitVectorIndices=*/true);
      vector::populateVectorTransferLoweringPatterns(patterns, /*maxTransferRank=*/1);
      vector::populateVectorBroadcastLoweringPatterns(patterns);
      vector::populateVectorShapeCastLoweringPatterns(patterns);
      vector::populateVectorInterleaveLoweringPatterns(patterns);
      vector::populateVectorBitCastLoweringPatterns(patterns);
      vector::populateVectorGatherLoweringPatterns(patterns);
      vector::populateVectorStepLoweringPatterns(patterns);
      vector::populateVectorFromElementsUnrollPatterns(patterns);
      vector::populateVectorToElementsUnrollPatterns(patterns);
      vector::populateVectorRankReducingFMAPattern(patterns);
      vector::populateVectorInsertExtractStridedSliceTransforms(patterns);
    });
  }
};

LowerToLLVMOptions loweringOptions(MLIRContext *context) {
  LowerToLLVMOptions options(context);
  options.useBarePtrCallConv = true;
  return options;
}

/// Functions are LLVM's, of pointers; what reads an argument in a body reads what it was by a cast.
struct LowerSignatures : PassWrapper<LowerSignatures, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerSignatures)
  StringRef getArgument() const override { return "tl-lower-signatures"; }
  StringRef getDescription() const override { return "Lowers functions to LLVM's, but for their bodies"; }
  void getDependentDialects(DialectRegistry &registry) const override { registerLlvmDialects(registry); }
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    LLVMTypeConverter converter(context, loweringOptions(context));
    RewritePatternSet patterns(context);
    populateFuncToLLVMConversionPatterns(converter, patterns);
    ConversionTarget target(*context);
    target.markUnknownOpDynamicallyLegal([](Operation *op) { return !isa<func::FuncDialect>(op->getDialect()); });
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};

/// Everything that is left in one conversion, function by function, so that threads share them.
struct LowerBodies : PassWrapper<LowerBodies, OperationPass<LLVM::LLVMFuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerBodies)
  StringRef getArgument() const override { return "tl-lower-bodies"; }
  StringRef getDescription() const override {
    return "Lowers loops, memrefs and vectors of one dimension to LLVM";
  }
  void getDependentDialects(DialectRegistry &registry) const override { registerLlvmDialects(registry); }
  LogicalResult initialize(MLIRContext *context) override {
    converter = std::make_shared<LLVMTypeConverter>(context, loweringOptions(context));
    RewritePatternSet all(context);
    populateAffineToStdConversionPatterns(all);
    populateSCFToControlFlowConversionPatterns(all);
    cf::populateControlFlowToLLVMConversionPatterns(*converter, all);
    cf::populateAssertToLLVMConversionPattern(*converter, all);
    arith::populateCeilFloorDivExpandOpsPatterns(all);
    arith::populateArithToLLVMConversionPatterns(*converter, all);
    index::populateIndexToLLVMConversionPatterns(*converter, all);
    populateMathToLLVMConversionPatterns(*converter, all);
    populateVectorToLLVMConversionPatterns(*converter, all, /*reassociateFPReductions=*/false,
                                           /*force32BitVectorIndices=*/true);
    populateFinalizeMemRefToLLVMConversionPatterns(*converter, all);
    populateFuncToLLVMConversionPatterns(*converter, all);
    ub::populateUBToLLVMConversionPatterns(*converter, all);
    patterns = std::make_shared<FrozenRewritePatternSet>(std::move(all));
    return success();
  }
  void runOnOperation() override {
    LLVMConversionTarget target(getContext());
    target.addLegalOp<UnrealizedConversionCastOp>(); // of arguments
    if (failed(applyFullConversion(getOperation(), target, *patterns)))
      return signalPassFailure();
    SmallVector<UnrealizedConversionCastOp> casts;
    getOperation().walk([&](UnrealizedConversionCastOp cast) { casts.push_back(cast); });
    reconcileUnrealizedCasts(casts);
  }

private:
  std::shared_ptr<LLVMTypeConverter> converter; // of all copies that threads have of this pass
  std::shared_ptr<FrozenRewritePatternSet> patterns;
};

/// Line tables want a place for each call: where the script has none, its first line.
struct PlaceCalls : PassWrapper<PlaceCalls, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PlaceCalls)
  void runOnOperation() override {
    getOperation().walk([&](LLVM::CallOp call) {
      if (isa<UnknownLoc>(call.getLoc()))
        call->setLoc(getOperation().getLoc());
    });
  }
};

} // namespace

void addLlvmPasses(OpPassManager &pm, bool hasLines) {
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(std::make_unique<ApproximateMath>());
  functions.addPass(std::make_unique<LowerVectors>());
  functions.addPass(createCSEPass()); // Address arithmetic repeats with every row of a vector.
  pm.addPass(std::make_unique<LowerSignatures>());
  pm.nest<LLVM::LLVMFuncOp>().addPass(std::make_unique<LowerBodies>());
  if (!hasLines)
    return;
  pm.addPass(std::make_unique<PlaceCalls>());
  pm.addPass(LLVM::createDIScopeForLLVMFuncOpPass());
}

void registerLlvmDialects(DialectRegistry &registry) {
  registry
      .insert<LLVM::LLVMDialect, func::FuncDialect, scf::SCFDialect, cf::ControlFlowDialect, arith::ArithDialect,
              math::MathDialect, vector::VectorDialect, memref::MemRefDialect, affine::AffineDialect, ub::UBDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

void registerLlvmPasses() {
  PassRegistration<ApproximateMath>();
  PassRegistration<LowerVectors>();
  PassRegistration<LowerSignatures>();
  PassRegistration<LowerBodies>();
}

} // namespace tl
