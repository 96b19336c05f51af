// How a kernel goes through a square.
#include "compiler/fusion/Squares.h"
#include "compiler/calculus/Facts.h"
#include "compiler/passes/Flops.h"
#include "llvm/ADT/STLExtras.h"
#include <limits>

using namespace mlir;

namespace tl {
namespace {

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Scores above are taken for what somebody means to be looked at.
constexpr double mostHidden = -1e4;

/// What `offset` may be so that the quotient (start + offset) / size, cut to 0 … count, is a given one for each of several starts.
struct Offsets {
  int64_t least = std::numeric_limits<int64_t>::min(), most = std::numeric_limits<int64_t>::max();
  void mustGive(int64_t quotient, int64_t start, int64_t size, int64_t count) {
    if (quotient > 0)
      least = std::max(least, quotient * size - start);
    if (quotient < count)
      most = std::min(most, quotient * size - start + size - 1);
  }
  bool exist() const { return least <= most; }
  /// One of them that is no larger than it need be.
  int64_t one() const { return least > std::numeric_limits<int64_t>::min() ? least : std::min<int64_t>(most, 0); }
};

} // namespace

int64_t sideOfTiles(const Target &target, ArrayRef<SquareProduct> makers, ArrayRef<SquareProduct> takers) {
  int64_t numbers = 0, size = bytesOf(DType::F32); // of a row
  for (const SquareProduct &maker : makers)
    numbers += maker.rows.depth;
  for (const SquareProduct &taker : takers)
    numbers += taker.givesRows() ? taker.rows.depth : 0;
  int64_t side = 0;
  auto fits = [&](int64_t side) { return side * side * size <= target.firstCache / 2 && side * numbers * size <= target.secondCache / 2; };
  while (fits(side + target.lanes))
    side += target.lanes;
  return side;
}

SquarePlan::SquarePlan(kernel::RunOp run) : target(Target::of(run)), body(run.getBody().front()) {
  auto first = *body.getOps<ir::ContractOp>().begin();
  axes = *squareAxes(first, *columnsOfSquare(run));
  findParts();
  chooseTiles();
  chooseSkips();
}

void SquarePlan::findParts() {
  llvm::DenseSet<Value> made; // what depends on a product
  auto isMade = [&](Value value) { return made.contains(value); };
  for (Operation &op : body) {
    auto contract = dyn_cast<ir::ContractOp>(op);
    if (contract) {
      auto square = llvm::find_if(op.getOperands(), isMade);
      if (square != op.getOperands().end()) {
        takers.push_back(*squareProduct(contract, *square, axes));
        continue;
      }
      makers.push_back(*squareProduct(contract, contract.getOut(), axes));
    }
    if (contract || (kindOf(&op) && isElementwise(*kindOf(&op)) && llvm::any_of(op.getOperands(), isMade)))
      made.insert(op.getResult(0));
    if (auto exp = dyn_cast<ir::ExpOp>(op))
      if (auto sub = exp.getX().getDefiningOp<ir::SubOp>(); sub && isMade(sub.getLhs()))
        if (auto spread = sub.getRhs().getDefiningOp<ir::BroadcastOp>(); spread && isAlongColumns(spread, spread.getX(), axes.column)) {
          exponential = exp;
          score = sub.getLhs();
          top = sub.getRhs();
        }
    if (auto sum = dyn_cast<ir::ReduceSumOp>(op))
      total = sum;
  }
}

void SquarePlan::chooseTiles() {
  int64_t side = sideOfTiles(target, makers, takers), allRows = axes.shape[axes.row], allColumns = axes.shape[axes.column];
  auto evenly = [&](int64_t size, int64_t multiple) { return ceilDiv(ceilDiv(size, ceilDiv(size, side)), multiple) * multiple; };
  rows = evenly(allRows, target.lanes);
  columns = evenly(allColumns, 1);
  rowTiles = ceilDiv(allRows, rows);
  columnTiles = ceilDiv(allColumns, columns);
  lastRows = allRows - (rowTiles - 1) * rows;
  lastColumns = allColumns - (columnTiles - 1) * columns;
}

void SquarePlan::chooseSkips() {
  SmallVector<std::pair<int64_t, int64_t>> box;
  for (int64_t size : axes.shape)
    box.push_back({0, size - 1});
  Offsets ofFirst, ofEnd;
  hidden = -std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < rowTiles; ++i) {
    box[axes.row] = {i * rows, std::min((i + 1) * rows, axes.shape[axes.row]) - 1};
    int64_t first = columnTiles, end = 0;
    for (int64_t j = 0; j < columnTiles; ++j) {
      box[axes.column] = {j * columns, std::min((j + 1) * columns, axes.shape[axes.column]) - 1};
      double most = rangeIn(score, box).high;
      if (most <= mostHidden) {
        hidden = std::max(hidden, most);
        continue;
      }
      first = std::min(first, j);
      end = j + 1;
    }
    first = std::min(first, end);
    skips |= first > 0 || end < columnTiles;
    ofFirst.mustGive(first, i * rows, columns, columnTiles);
    ofEnd.mustGive(end, i * rows, columns, columnTiles);
  }
  skips &= ofFirst.exist() && ofEnd.exist();
  low = ofFirst.one();
  high = ofEnd.one();
}

std::pair<int64_t, int64_t> SquarePlan::needed(int64_t rowTile) const {
  if (!skips)
    return {0, columnTiles};
  auto tile = [&](int64_t offset) { return std::min(std::max<int64_t>(rowTile * rows + offset, 0) / columns, columnTiles); };
  return {tile(low), tile(high)};
}

int64_t SquarePlan::flops() const {
  int64_t area = 0, each = 0;
  for (int64_t i = 0; i < rowTiles; ++i) {
    auto [from, to] = needed(i);
    int64_t length = std::min(to * columns, axes.shape[axes.column]) - from * columns;
    area += (i + 1 < rowTiles ? rows : lastRows) * std::max<int64_t>(length, 0);
  }
  for (Operation &op : body.without_terminator())
    if (std::optional<Op> kind = kindOf(&op); kind && isElementwise(*kind) && shapeOf(op.getResult(0)) == ArrayRef(axes.shape) && factsOf(*kind).cost != Cost::Nothing)
      ++each;
  for (auto products : {ArrayRef(makers), ArrayRef(takers)})
    for (const SquareProduct &product : products)
      each += 2 * product.rows.depth;
  return axes.size(axes.batch) * axes.size(axes.across) * area * (each + (total ? 2 : 0));
}

int64_t flopsOfKernel(kernel::RunOp run) { return isOfSquare(run) ? SquarePlan(run).flops() : flopsOf(run.getBody().front()); }

} // namespace tl
