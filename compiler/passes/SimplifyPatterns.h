// The rewrites of `tl-simplify`, by family.
#pragma once
#include "compiler/ir/Build.h"
#include "mlir/IR/PatternMatch.h"

namespace tl {

/// Constants, neutral elements, signs.
void addArithmeticPatterns(mlir::RewritePatternSet &patterns);
/// Reshapes, transposes, broadcasts, slices, and contractions of them.
void addLayoutPatterns(mlir::RewritePatternSet &patterns);
/// Sums of products with a common factor, and of parts beside each other.
void addSumPatterns(mlir::RewritePatternSet &patterns);
/// Products of products.
void addProductPatterns(mlir::RewritePatternSet &patterns);
/// What scans take and give that nobody needs.
void addScanPatterns(mlir::RewritePatternSet &patterns);
/// Windows, slices and reshapes of them and of contractions.
void addWindowPatterns(mlir::RewritePatternSet &patterns);
/// What is added up from windows.
void addFoldPatterns(mlir::RewritePatternSet &patterns);

/// Where `count` axes of `from` that begin at `axis` stand in `to`, after a reshape; nullopt: they are split or joined.
std::optional<int64_t> placeOfAxes(llvm::ArrayRef<int64_t> from, int64_t axis, int64_t count, llvm::ArrayRef<int64_t> to);

/// The number that fills `value`, where a constant does.
inline std::optional<double> constantOf(mlir::Value value) {
  auto constant = value.getDefiningOp<ir::ConstantOp>();
  return constant ? std::optional(constant.number()) : std::nullopt;
}

/// A pattern that finds another value for the one result of an op.
template <typename OpTy> struct ValuePattern : mlir::OpRewritePattern<OpTy> {
  using mlir::OpRewritePattern<OpTy>::OpRewritePattern;
  /// The equal value, or null where the equation does not apply.
  virtual mlir::Value equal(OpTy op, ir::Build m) const = 0;
  mlir::LogicalResult matchAndRewrite(OpTy op, mlir::PatternRewriter &rewriter) const final {
    mlir::Value value = equal(op, {rewriter, op.getLoc()});
    if (!value)
      return mlir::failure();
    rewriter.replaceOp(op, value);
    return mlir::success();
  }
};

}  // namespace tl
