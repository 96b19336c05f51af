// Kernels that go through a square in tiles.
#pragma once
#include "compiler/fusion/Squares.h"
#include "compiler/kernels/SquareProducts.h"

namespace tl {

/// A square as it is gone through. Tiles stand on their side: a line of a tile has the places of one column, with rows along the lanes,
/// so that what each row has of its own (its greatest score, its sum) is a vector, and nothing is added up across lanes.
class SquareKernel {
public:
  explicit SquareKernel(LoopNest &nest);
  void emit();

private:
  using Index = llvm::SmallVector<mlir::Value>; // along each axis of the square
  void rowTile(const Index &at, mlir::Value number);
  void forNeeded(const Index &at, llvm::function_ref<void(mlir::Value columnTile)> body);
  mlir::Value needsAll(const Index &at);
  void tile(const Index &at, int64_t columns);
  void shares(const Index &at, int64_t columns);
  void places(const Index &at, int64_t columns);
  void takeUp(SquareProduct &taker, mlir::Value square, mlir::Value sum, const Index &at, int64_t columns);
  void pack(SquareProduct &maker, mlir::Value panel, const Index &at);
  void finishMeans();
  void storeRows(SquareProduct &taker, mlir::Value sums, const Index &at);
  void storeOfRows(mlir::Value tensor, mlir::Value vectors, const Index &at);
  void clear(mlir::Value buffer, mlir::Value at, int64_t stride, int64_t lines, int64_t length);

  mlir::Value stack(int64_t elements);
  mlir::Value startOf(const SquareSide &side, const Index &at);
  mlir::Value outputOf(mlir::Value result);
  void forRowVectors(llvm::function_ref<void(mlir::Value start)> body);
  Expression expressionAt(const Index &at, mlir::Value start);
  Point pointAt(const Index &at, mlir::Value start, mlir::Value column);
  mlir::Value load(mlir::Value buffer, mlir::Value at) { return nest.load(buffer, at, nest.lanes); }
  void ifLast(mlir::Value number, int64_t tiles, bool isOther, llvm::function_ref<void(bool isLast)> body);

  LoopNest &nest;
  mlir::OpBuilder &b;
  mlir::Location loc;
  IndexMath math;
  SquarePlan plan;
  llvm::SmallVector<mlir::Value> squares; // a tile for each product that makes one, or for what is taken up of it
  llvm::SmallVector<mlir::Value> panels;  // the rows of each maker, turned
  llvm::SmallVector<mlir::Value> sums;    // of each taker that gives rows, turned; null: it gives columns
  llvm::SmallVector<mlir::Value> taken;   // what takers read of the square, each once
  mlir::Value tops, totals;               // of each row: the greatest score, and the sum of exponentials so far; null where the kernel does without
  mlir::Value rowTileNumber;              // of the tile at hand
};

inline void emitSquare(LoopNest &nest) { SquareKernel(nest).emit(); }

} // namespace tl
