// Squares: tensors that a product makes of every row with every column and another product takes up again, such as the scores and
// the probabilities of attention. A kernel that goes through them tile by tile stores none of them.
#pragma once
#include "compiler/fusion/KernelDialect.h"
#include "compiler/fusion/Strides.h"
#include "compiler/fusion/Target.h"
#include "compiler/ir/TlDialect.h"

namespace tl {

/// What the axes of a square are: `row` and `column` are cut into tiles; rows and columns both have those of `batch`, rows alone those
/// of `across` (heads that share keys).
struct SquareAxes {
  llvm::SmallVector<int64_t> shape, batch, across;
  int64_t row = 0, column = 0;
  int64_t size(llvm::ArrayRef<int64_t> axes) const;
};

/// The axes of what `product` makes, with columns along `column`; nullopt where they are no such axes.
std::optional<SquareAxes> squareAxes(ir::ContractOp product, int64_t column);

/// What a product reads or gives beside its square: rows (axes batch, across, row) or columns (axes batch, column), with `depth`
/// numbers for each.
struct SquareSide {
  mlir::Value tensor;
  llvm::SmallVector<int64_t> loops; // of its axes: the axis of the square, or its rank for that of the numbers
  StridedView view;                 // where they lie
  llvm::SmallVector<int64_t> strides; // along each axis of the square; 0: it has not that axis
  int64_t depth = 1, step = 1;      // how many numbers, and how far apart
};

/// A contraction of rows with columns that makes a square, or of a square with columns (rows) that gives rows (columns).
struct SquareProduct {
  ir::ContractOp op;
  mlir::Value square;
  SquareSide rows, columns;
  bool makes() const { return square == op->getResult(0); }
  bool givesRows() const { return rows.tensor == op->getResult(0); }
};
std::optional<SquareProduct> squareProduct(ir::ContractOp op, mlir::Value square, const SquareAxes &axes);

/// Are the factors of few digits, as kernels of tiles do not read them?
bool hasRoundedFactors(SquareProduct product);

/// What `value` is before it is rounded to few digits, and made f32 again.
mlir::Value withoutRounding(mlir::Value value);

/// Rows and columns that a tile has at the most: half of the first cache takes it, and half of the second what is kept of rows besides, as
/// products read them and as they add them up. 0: they are too long for any tile.
int64_t sideOfTiles(const Target &target, llvm::ArrayRef<SquareProduct> makers, llvm::ArrayRef<SquareProduct> takers);

/// Is `spread` what `rows` has for each row, repeated along the columns?
bool isAlongColumns(mlir::Value spread, mlir::Value rows, int64_t column);

/// What a number or truth value (0, 1) may be in a box of places.
struct Range {
  double low, high;
};
/// `box`: the first and the last index along each axis.
Range rangeIn(mlir::Value tensor, llvm::ArrayRef<std::pair<int64_t, int64_t>> box);

/// A kernel that goes through a square in tiles: where its parts are, and how it is cut.
class SquarePlan {
public:
  /// Of a kernel that `isOfSquare`.
  explicit SquarePlan(kernel::RunOp run);

  const Target target;
  SquareAxes axes;
  llvm::SmallVector<SquareProduct, 2> makers, takers;
  ir::ExpOp exponential;     // e^(score - top)
  mlir::Value score, top;    // the score of each place; the greatest of a row
  ir::ReduceSumOp total;     // of the exponentials of a row; null: the kernel is given the greatest and the total
  mlir::Value topOfRow() { return top.getDefiningOp<ir::BroadcastOp>().getX(); }

  int64_t rows = 0, columns = 0;          // of a tile
  int64_t rowTiles = 0, columnTiles = 0;
  int64_t lastRows = 0, lastColumns = 0;  // of the last tile; as many as of the others, or fewer

  /// Tiles that rows need not look at: whose scores are at most `hidden`, which is so far below the greatest that nothing is added.
  /// Of row tile i they need those from `(i·rows + low) / columns` on, and before `(i·rows + high) / columns`, both cut to those that there are.
  bool skips = false;
  int64_t low = 0, high = 0;
  double hidden = 0;
  std::pair<int64_t, int64_t> needed(int64_t rowTile) const;

  /// Operations for one call: of the tiles that are needed.
  int64_t flops() const;

private:
  void findParts();
  void chooseTiles();
  void chooseSkips();
  mlir::Block &body;
};

/// The axis of columns, as `tl-tile-squares` has written it down; nullopt of any other kernel.
std::optional<int64_t> columnsOfSquare(kernel::RunOp run);
inline bool isOfSquare(kernel::RunOp run) { return columnsOfSquare(run).has_value(); }
void setColumnsOfSquare(kernel::RunOp run, int64_t column);

/// Operations that a kernel takes, of a square those of the tiles that are needed.
int64_t flopsOfKernel(kernel::RunOp run);

} // namespace tl
