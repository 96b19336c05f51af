// Means of columns that each row weighs by softmax, such as attention, become kernels that go through the square of scores in tiles:
// one for the means, one for all that their derivative makes of the square.
#include "compiler/fusion/Factors.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/fusion/OutlineSquare.h"
#include "compiler/fusion/RowSums.h"
#include "compiler/ir/Build.h"
#include "compiler/passes/Flops.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tl {
#define GEN_PASS_DEF_TILESQUARES
#include "compiler/fusion/Passes.h.inc"

namespace {

/// One square, from the greatest score of each row on.
class Square {
public:
  explicit Square(ir::ReduceMaxOp top) : top(top), block(*top->getBlock()) {}
  /// True where kernels have taken the place of its ops.
  bool tile();

private:
  bool findSoftmax();
  bool findProducts();
  bool isOfSquare(Value value) { return shapeOf(value) == ArrayRef(axes.shape); }
  bool isPointwise(Operation *op) { return op && op->getBlock() == &block && kindOf(op) && isElementwise(*kindOf(op)) && isOfSquare(op->getResult(0)); }
  bool isMade(Value value);
  bool addUsers(Value made);
  bool isWorthIt();
  SquareProduct unroundedMean(SquareProduct mean);
  SquareProduct asKernelsReadIt(SquareProduct product);
  SquareProduct withWideFactors(SquareProduct product);
  SquareProduct withLastNumbers(SquareProduct product);
  Value lastInMemory(Value side, int64_t depthAxis);

  ir::ReduceMaxOp top;
  Block &block;
  SquareAxes axes;
  ir::ExpOp exponential;
  ir::ReduceSumOp total;
  ir::DivOp share;
  llvm::SetVector<Value> made;              // what depends on a product, in the order in which it is found
  DenseMap<Operation *, bool> known;        // whether it does
  SmallVector<SquareProduct, 2> makers, takers;
  SmallVector<ir::ReduceSumOp> rowSums;     // of gradients
  Factors factors;
};

/// e^(x - max x) / Σ e^(x - max x)
bool Square::findSoftmax() {
  if (top.getAxes().size() != 1 || !elementOf(top.getX()).isF32())
    return false;
  int64_t column = top.getAxes()[0];
  for (Operation *user : top.getX().getUsers())
    if (auto sub = dyn_cast<ir::SubOp>(user); sub && sub.getLhs() == top.getX() && isAlongColumns(sub.getRhs(), top.getOut(), column) && sub->hasOneUse())
      exponential = dyn_cast<ir::ExpOp>(*sub->user_begin());
  if (!exponential)
    return false;
  for (Operation *user : exponential.getOut().getUsers())
    if (auto sum = dyn_cast<ir::ReduceSumOp>(user); sum && sum.getAxes() == ArrayRef(column))
      total = sum;
  for (Operation *user : exponential.getOut().getUsers())
    if (auto div = dyn_cast<ir::DivOp>(user); div && total && div.getLhs() == exponential.getOut() && isAlongColumns(div.getRhs(), total.getOut(), column))
      share = div;
  return bool(share);
}

/// Does pointwise work on the square depend on a product that makes one?
bool Square::isMade(Value value) {
  Operation *op = value.getDefiningOp();
  if (!isOfSquare(value) || !op || op->getBlock() != &block)
    return false;
  if (auto contract = dyn_cast<ir::ContractOp>(op))
    return squareProduct(contract, value, axes) && !isMade(contract.getLhs()) && !isMade(contract.getRhs());
  if (!isPointwise(op))
    return false;
  auto [found, isNew] = known.try_emplace(op, false);
  if (isNew) {
    bool is = llvm::any_of(op->getOperands(), [&](Value operand) { return isMade(operand); });
    return known[op] = is;
  }
  return found->second;
}

/// What becomes of a value that is made: false where it is needed in memory.
bool Square::addUsers(Value value) {
  for (Operation *user : value.getUsers()) {
    if (user == top || user == total)
      continue;
    if (auto sum = dyn_cast<ir::ReduceSumOp>(user); sum && sum.getAxes() == top.getAxes()) {
      rowSums.push_back(sum);
    } else if (auto contract = dyn_cast<ir::ContractOp>(user)) {
      std::optional<SquareProduct> product = squareProduct(contract, value, axes);
      if (!product || isMade(contract.getLhs()) == isMade(contract.getRhs()))
        return false;
      takers.push_back(*product);
    } else if (isPointwise(user)) {
      made.insert(user->getResult(0));
    } else {
      return false;
    }
  }
  return true;
}

/// All that is made of the square, and of what else takes part in that.
bool Square::findProducts() {
  SmallVector<Value> above{top.getX()};
  ir::ContractOp first;
  while (!above.empty() && !first) { // any product that makes scores tells the axes
    Operation *op = above.pop_back_val().getDefiningOp();
    first = dyn_cast_if_present<ir::ContractOp>(op);
    if (op && kindOf(op) && isElementwise(*kindOf(op)))
      llvm::append_range(above, op->getOperands());
  }
  std::optional<SquareAxes> found = first && first->getBlock() == &block ? squareAxes(first, top.getAxes()[0]) : std::nullopt;
  if (!found || ArrayRef(found->shape) != shapeOf(top.getX()))
    return false;
  axes = *found;
  if (!isMade(top.getX()))
    return false;
  made.insert(top.getX());
  for (size_t next = 0; next < made.size(); ++next) {
    Value value = made[next];
    if (!addUsers(value))
      return false;
    Operation *op = value.getDefiningOp();
    if (auto contract = dyn_cast<ir::ContractOp>(op)) {
      makers.push_back(*squareProduct(contract, value, axes));
      continue;
    }
    for (Value operand : op->getOperands())
      if (isMade(operand))
        made.insert(operand);
  }
  return true;
}

/// Scores that the second cache holds are read from it at each step, which costs less than to make them twice. Stored scores are multiplied in pairs
/// of bf16 where there are such instructions, twice as fast as tiles: there a short row is stored, which takes no more memory than what else the row has.
bool Square::isWorthIt() {
  constexpr int64_t products = 6; // that a step makes of a row: of as many times its numbers at the most
  Target target = Target::of(top);
  bool isPaired = target.multipliesPairs && llvm::any_of(makers, hasRoundedFactors);
  if (isPaired && axes.shape[axes.column] <= products * makers.front().rows.depth)
    return false;
  return ir::typeOf(top.getX()).bytes() > target.secondCache && axes.shape[axes.row] >= target.lanes &&
         axes.shape[axes.column] >= target.lanes && sideOfTiles(target, makers, takers);
}

/// The mean of shares as they are before they are rounded.
SquareProduct Square::unroundedMean(SquareProduct mean) {
  ir::ContractOp op = mean.op;
  OpBuilder b(op);
  Value shares = withoutRounding(mean.square);
  auto factor = [&](Value of) { return of == mean.square ? shares : factors.wide(of); };
  Value out = ir::ContractOp::create(b, op.getLoc(), op.getType(), factor(op.getLhs()), factor(op.getRhs()), op.getLhsIndices(), op.getRhsIndices(), op.getOutIndices());
  return *squareProduct(out.getDefiningOp<ir::ContractOp>(), shares, axes);
}

/// The same product of the same factors as f32: those of rows and columns are rounded before kernels read them, those of the square in each tile.
SquareProduct Square::withWideFactors(SquareProduct product) {
  if (!hasRoundedFactors(product))
    return product;
  Value square = product.square;
  for (OpOperand &factor : product.op->getOpOperands()) {
    Value wide = factors.wide(factor.get());
    if (factor.get() == product.square)
      square = wide;
    factor.set(wide);
  }
  return *squareProduct(product.op, square, axes);
}

SquareProduct Square::asKernelsReadIt(SquareProduct product) { return withLastNumbers(withWideFactors(product)); }

/// A side whose numbers lie one behind the other, as tiles read them.
Value Square::lastInMemory(Value side, int64_t depthAxis) {
  int64_t rank = int64_t(shapeOf(side).size());
  SmallVector<int64_t> there, back(rank);
  for (int64_t axis = 0; axis < rank; ++axis)
    if (axis != depthAxis)
      there.push_back(axis);
  there.push_back(depthAxis);
  for (auto [to, from] : llvm::enumerate(there))
    back[from] = int64_t(to);
  SmallVector<int64_t> shape = llvm::map_to_vector(there, [&](int64_t axis) { return shapeOf(side)[axis]; });
  OpBuilder b(block.getParentOp()->getContext());
  b.setInsertionPointAfterValue(side);
  auto type = RankedTensorType::get(shape, elementOf(side));
  return ir::TransposeOp::create(b, side.getLoc(), type, side, there);
}

/// The same product, of sides and with a result that have their numbers last.
SquareProduct Square::withLastNumbers(SquareProduct product) {
  int64_t depth = int64_t(axes.shape.size());
  ir::ContractOp op = product.op;
  SmallVector<Value> operands{op.getLhs(), op.getRhs()};
  SmallVector<SmallVector<int64_t>> loops{llvm::to_vector(op.getLhsIndices()), llvm::to_vector(op.getRhsIndices()), llvm::to_vector(op.getOutIndices())};
  OpBuilder b(op);
  bool changes = false;
  auto turn = [&](SmallVector<int64_t> &list, int64_t at) {
    int64_t loop = list[at];
    list.erase(list.begin() + at);
    list.push_back(loop);
    changes = true;
  };
  for (const SquareSide *side : {&product.rows, &product.columns}) {
    int64_t at = llvm::find(side->loops, depth) - side->loops.begin();
    bool isOut = side->tensor == op.getOut();
    if (side->step == 1 || side->depth == 1 || (!isOut && wholeView(side->tensor).strides[at] == 1))
      continue;
    for (size_t operand : {0, 1})
      if (!isOut && operands[operand] == side->tensor) {
        operands[operand] = lastInMemory(side->tensor, at);
        turn(loops[operand], at);
      }
    if (isOut)
      turn(loops[2], at);
  }
  if (!changes)
    return product;
  auto again = cast<ir::ContractOp>(ir::Build{b, op.getLoc()}.contract(operands[0], operands[1], {loops[0].begin(), loops[0].end()}, {loops[1].begin(), loops[1].end()}, {loops[2].begin(), loops[2].end()}).getDefiningOp());
  Value result = again.getOut();
  if (again.getType() != op.getType()) {
    SmallVector<int64_t> back;
    for (int64_t loop : op.getOutIndices())
      back.push_back(llvm::find(loops[2], loop) - loops[2].begin());
    result = ir::TransposeOp::create(b, op.getLoc(), op.getType(), result, back);
  }
  Value square = product.makes() ? again.getOut() : product.square;
  op.getOut().replaceAllUsesWith(result);
  return *squareProduct(again, square, axes);
}

/// Does what a kernel reads depend on what it gives?
static bool isCircular(kernel::RunOp run, ArrayRef<Value> results) {
  llvm::SetVector<Operation *> behind;
  for (Value result : results)
    behind.insert(result.user_begin(), result.user_end());
  for (size_t next = 0; next < behind.size(); ++next) {
    for (Value value : behind[next]->getResults())
      if (llvm::is_contained(run.getInputs(), value))
        return true;
    behind.insert(behind[next]->user_begin(), behind[next]->user_end());
  }
  return llvm::any_of(results, [&](Value result) { return llvm::is_contained(run.getInputs(), result); });
}

bool Square::tile() {
  if (!findSoftmax() || !findProducts() || !isWorthIt())
    return false;
  // The means: what takes up shares that nothing but numbers, masks and rates have changed.
  auto isMean = [&](const SquareProduct &taker) { return taker.givesRows() && isOfShares(withoutRounding(taker.square), share.getOut()); };
  if (llvm::count_if(takers, isMean) != 1)
    return false;
  SquareProduct &mean = *llvm::find_if(takers, isMean);
  // What is rounded is the share, which takes the sum of its row: then means are made when all sums are there. What the derivative adds up follows
  // from means of shares that are not rounded, which are made with the sums.
  const bool isRounded = hasRoundedFactors(mean);
  std::optional<SquareProduct> unrounded;
  if (isRounded && !rowSums.empty())
    unrounded = unroundedMean(mean);
  SmallVector<Value> sums;
  for (ir::ReduceSumOp sum : rowSums) {
    sums.push_back(sumOfMeans(sum, share.getOut(), mean, unrounded ? unrounded->op.getOut() : mean.op.getOut(), axes));
    if (!sums.back())
      return false;
  }
  for (auto products : {&makers, &takers})
    for (SquareProduct &product : *products)
      product = asKernelsReadIt(product);
  if (unrounded)
    unrounded = withLastNumbers(*unrounded);
  for (auto [sum, other] : llvm::zip(rowSums, sums))
    sum.getOut().replaceAllUsesWith(other);
  auto made = [&](Value value) { return isMade(value); };
  SquareParts parts{axes, top, total, made};
  auto give = [](ValueRange results, kernel::RunOp run) {
    for (auto [result, given] : llvm::zip(results, run.getResults()))
      result.replaceAllUsesWith(given);
  };
  SmallVector<Value> means{mean.op.getOut()}, others;
  for (SquareProduct &taker : takers)
    if (!isMean(taker))
      others.push_back(taker.op.getOut());
  if (!others.empty()) {
    kernel::RunOp ofOthers = outlineSquare(parts, others, /*areMeans=*/false);
    if (isCircular(ofOthers, others)) {
      ofOthers->erase();
      return false;
    }
    give(others, ofOthers);
  }
  if (isRounded) {
    give(means, outlineSquare(parts, means, /*areMeans=*/false));
    means.clear();
    if (unrounded)
      means.push_back(unrounded->op.getOut());
  }
  if (isRounded || !others.empty())
    means.append({top.getOut(), total.getOut()});
  give(means, outlineSquare(parts, means, /*areMeans=*/true));
  return true;
}

struct TileSquares : impl::TileSquaresBase<TileSquares> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isDeclaration())
        continue;
      SmallVector<ir::ReduceMaxOp> tops(function.getBody().front().getOps<ir::ReduceMaxOp>());
      Block &block = function.getBody().front();
      int64_t before = flopsOf(block);
      bool changes = false;
      for (ir::ReduceMaxOp top : tops)
        changes |= Square(top).tile();
      if (!changes)
        continue;
      sweep(block);
      int64_t after = flopsOf(block);
      for (auto run : block.getOps<kernel::RunOp>())
        after += SquarePlan(run).flops();
      function->setAttr("tl.flops_of_tiles", IntegerAttr::get(IntegerType::get(&getContext(), 64), after - before));
    }
  }

  /// What kernels have taken the place of goes; what reads their results comes behind them.
  void sweep(Block &block) {
    sortTopologically(&block);
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op))
        op.erase();
  }
};

} // namespace

} // namespace tl
