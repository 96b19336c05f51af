// Simplify: what scans take and give. The equation stands above its pattern.
#include "compiler/passes/SimplifyPatterns.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SetVector.h"

namespace tl {
namespace {
using namespace mlir;
using namespace tl::ir;

/// The same scan with only some of its operands and yields; dropped arguments have no uses, nor have the
/// results of dropped yields.
void rebuild(ScanOp scan, const llvm::BitVector &keptArguments, const llvm::BitVector &keptYields,
             PatternRewriter &rewriter) {
  SmallVector<Value> init, xs, constants, yields, used;
  SmallVector<Type> types;
  size_t states = scan.getInit().size(), rows = states + scan.getXs().size();
  for (auto [n, operand] : llvm::enumerate(scan->getOperands()))
    if (keptArguments[unsigned(n)])
      (n < states ? init
       : n < rows ? xs
                  : constants)
          .push_back(operand);
  for (auto [n, value, result] : llvm::enumerate(scan.yield().getValues(), scan.getResults()))
    if (keptYields[unsigned(n)]) {
      yields.push_back(value);
      types.push_back(result.getType());
      used.push_back(result);
    }
  auto made = ScanOp::create(rewriter, scan.getLoc(), types, init, xs, constants, scan.getReverse());
  Block &body = scan.getBody().front();
  rewriter.modifyOpInPlace(scan.yield(), [&] { scan.yield()->setOperands(yields); });
  rewriter.inlineRegionBefore(scan.getBody(), made.getBody(), made.getBody().end());
  body.eraseArguments(llvm::BitVector(keptArguments).flip());
  for (auto [old, result] : llvm::zip(used, made.getResults()))
    rewriter.replaceAllUsesWith(old, result);
  rewriter.eraseOp(scan);
}

/// A state is needed where its last value is, or where a step reads it for something that is needed; a row or constant
/// where a step reads it so; at least one row stays.
struct DropUnused : OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScanOp scan, PatternRewriter &rewriter) const override {
    Block &body = scan.getBody().front();
    size_t states = scan.getInit().size();
    llvm::SetVector<Value> needed;
    llvm::BitVector arguments(body.getNumArguments()), yields(scan.getNumResults());
    auto need = [&](size_t n) {
      yields.set(unsigned(n));
      needed.insert(scan.yield().getValues()[n]);
    };
    for (OpResult result : scan.getResults())
      if (!result.use_empty())
        need(result.getResultNumber());
    for (size_t next = 0; next < needed.size(); ++next) {
      if (Operation *op = needed[next].getDefiningOp()) {
        needed.insert(op->operand_begin(), op->operand_end());
        continue;
      }
      unsigned n = llvm::cast<BlockArgument>(needed[next]).getArgNumber();
      arguments.set(n);
      if (n < states)
        need(n);
    }
    for (size_t n = 0; n < states; ++n)
      if (yields[unsigned(n)])
        arguments.set(unsigned(n));
    auto rows = scan.rowArguments();
    if (llvm::none_of(rows, [&](BlockArgument row) { return arguments[row.getArgNumber()]; }))
      arguments.set(rows[0].getArgNumber());
    if ((arguments.all() && yields.all()) || yields.none())
      return failure();
    rewriter.modifyOpInPlace(scan.yield(), [&] { // What only dropped yields needed must not hold arguments.
      for (auto [n, operand] : llvm::enumerate(scan.yield()->getOpOperands()))
        if (!yields[unsigned(n)] && n < states)
          operand.set(scan.stateArguments()[n]);
        else if (!yields[unsigned(n)])
          operand.set(rows[0]);
    });
    for (Operation *op = scan.yield()->getPrevNode(), *previous; op; op = previous) {
      previous = op->getPrevNode();
      if (llvm::none_of(op->getResults(), [&](Value v) { return needed.contains(v); }))
        rewriter.eraseOp(op);
    }
    rebuild(scan, arguments, yields, rewriter);
    return success();
  }
};

/// Two of xs or two constants that are equal are one; so are two stacks of one value.
struct MergeEqual : OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScanOp scan, PatternRewriter &rewriter) const override {
    bool isChanged = false;
    auto merge = [&](OperandRange operands, ArrayRef<BlockArgument> arguments) {
      for (size_t n = 0; n < operands.size(); ++n) {
        size_t first = size_t(llvm::find(operands, operands[n]) - operands.begin());
        if (first != n && !arguments[n].use_empty()) {
          rewriter.replaceAllUsesWith(arguments[n], arguments[first]);
          isChanged = true;
        }
      }
    };
    merge(scan.getXs(), scan.rowArguments());
    merge(scan.getConstants(), scan.constantArguments());
    for (size_t n = scan.getInit().size(); n < scan.getNumResults(); ++n) {
      Value stack = scan.stackOf(scan.yield().getValues()[n]);
      if (stack != scan.getResult(unsigned(n)) && !scan.getResult(unsigned(n)).use_empty()) {
        rewriter.replaceAllUsesWith(scan.getResult(unsigned(n)), stack);
        isChanged = true;
      }
    }
    return success(isChanged);
  }
};

/// What is the same in every row, and any constant that one number fills, is made in the body: x[t] = broadcast k
struct MakeInBody : OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScanOp scan, PatternRewriter &rewriter) const override {
    size_t states = scan.getInit().size(), rows = states + scan.getXs().size();
    rewriter.setInsertionPointToStart(&scan.getBody().front());
    Build m{rewriter, scan.getLoc()};
    bool isChanged = false;
    for (size_t n = states; n < scan->getNumOperands(); ++n) {
      BlockArgument argument = scan.getBody().getArgument(unsigned(n));
      Value operand = scan->getOperand(unsigned(n));
      if (argument.use_empty())
        continue;
      if (std::optional<double> number = constantOf(operand)) {
        rewriter.replaceAllUsesWith(argument, m.fill(*number, argument));
        isChanged = true;
      }
      auto broadcast = operand.getDefiningOp<BroadcastOp>();
      if (n >= rows || !broadcast || llvm::is_contained(broadcast.getAxes(), 0))
        continue;
      scan.getConstantsMutable().append(broadcast.getX());
      Value constant = scan.getBody().addArgument(broadcast.getX().getType(), scan.getLoc());
      std::vector<int64_t> axes;
      for (int64_t axis : broadcast.getAxes())
        axes.push_back(axis - 1);
      rewriter.replaceAllUsesWith(argument, m.broadcast(constant, axes, typeOf(argument).shape));
      isChanged = true;
    }
    return success(isChanged);
  }
};

/// A constant of which the body makes one with few digits: that is made once, before the scan
struct RoundOutside : OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScanOp scan, PatternRewriter &rewriter) const override {
    for (auto [argument, constant] : llvm::zip(scan.constantArguments(), scan.getConstants()))
      for (Operation *user : argument.getUsers()) {
        auto cast = llvm::dyn_cast<CastOp>(user);
        if (!cast || !isNarrow(typeOf(cast.getOut()).dtype))
          continue;
        rewriter.setInsertionPoint(scan);
        Value made = Build{rewriter, scan.getLoc()}.cast(constant, typeOf(cast.getOut()).dtype);
        rewriter.modifyOpInPlace(scan, [&] { scan.getConstantsMutable().append(made); });
        rewriter.replaceOp(cast, scan.getBody().addArgument(made.getType(), scan.getLoc()));
        return success();
      }
    return failure();
  }
};

} // namespace

void addScanPatterns(RewritePatternSet &patterns) {
  patterns.add<DropUnused, MergeEqual, MakeInBody, RoundOutside>(patterns.getContext());
}

} // namespace tl
