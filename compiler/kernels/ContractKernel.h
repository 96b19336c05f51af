// A contraction as it is written: which tiles there are and in which order (ContractKernel.cpp), what each computes (ContractTile.cpp).
#pragma once
#include "compiler/kernels/ContractPanel.h"
#include "compiler/kernels/LoopNest.h"

namespace tl {

class Contraction {
public:
  explicit Contraction(LoopNest &nest);
  void emit();

private:
  /// A tile of the result: where it starts, how much of it there is.
  struct Place {
    Point batch, across;
    mlir::Value row, column; // index; of the plan's row and column
    int64_t rows, vectors, lastLanes; // rows of registers
  };
  void tile(const Place &place, mlir::Value slab, mlir::Value copyAt, mlir::Value panelAt);
  LoopNest::Carry sumsOf(const Place &place, mlir::Value leftAt, mlir::Value rightAt, LoopNest::Carry start, mlir::Value slab);
  LoopNest::Carry withinBorders(const Place &place, llvm::ArrayRef<int64_t> sizes, LoopNest::Carry start, llvm::function_ref<LoopNest::Carry(mlir::ValueRange indices, mlir::ValueRange)> step);
  llvm::SmallVector<mlir::Value> readByEpilogue();
  void prefetch(const Place &place, mlir::Value row, llvm::ArrayRef<mlir::Value> tensors);
  bool rowsComeFromAfar();
  void askForNextRow(const Place &place, mlir::Value leftBase, mlir::Value row);
  void prefetchSlab(mlir::Value slab, mlir::Value piece, int64_t pieces);
  mlir::Value leftOf(const Place &place, mlir::Value slab);
  mlir::Value rightOf(const Point &batch, mlir::Value slab);
  mlir::Value multiplyAdd(mlir::Value factor, mlir::Value other, mlir::Value sum);
  mlir::Value loadLanes(mlir::Value buffer, mlir::Value at, int64_t stride, int64_t count);
  int64_t lanesOf(const Place &place, int64_t vector) { return vector == place.vectors - 1 ? place.lastLanes : lanes; }
  void setAxes(Point &point, const ContractPlan::Loop &loop, const AxisIndex &index);
  Point pointAt(const Place &place, mlir::Value row, int64_t vector);
  void finishTile(const Place &place, llvm::ArrayRef<mlir::Value> sums);
  void finishRows(const Place &place);
  void finishVector(const Place &place, mlir::Value row, int64_t vector, mlir::Value sum);
  /// What earlier slabs have summed up; what the last one leaves.
  void keepTile(const Place &place, llvm::ArrayRef<mlir::Value> sums);
  LoopNest::Carry keptTile(const Place &place, mlir::Value slab);
  int64_t keptStride(const ContractPlan::Loop &loop);
  mlir::Value keptStart(const Place &place);
  llvm::SmallVector<mlir::Value> keptPositions(const Place &place);
  void ifLast(mlir::Value slab, llvm::function_ref<void(bool isLast)> body);
  /// Tile registers (TileRegisters.cpp): how many rows they have, and a tile summed up in them.
  void setTileRegisters(int64_t rows);
  void releaseTileRegisters();
  void tileOfRegisters(const Place &place, mlir::Value slab, mlir::Value leftAt, mlir::Value panelAt);
  void sumInRegisters(const Place &place, mlir::Value leftAt, mlir::Value panelAt);
  void moveRows(const Place &place, llvm::function_ref<void(mlir::Value inScratch, mlir::Value inKept, mlir::Value mask)> move);
  void forTiles(mlir::Value slab);
  void forPackedTiles(mlir::Value slab);
  void copyBlock(const Point &batch, const Point &across, mlir::Value block, mlir::Value slab);
  Place placeAt(const Point &batch, const Point &across, mlir::Value rowTile, mlir::Value columnTile, bool lastRows, bool lastColumns);

  LoopNest &nest;
  mlir::OpBuilder &b;
  mlir::Location loc;
  IndexMath math;
  ContractPlan plan;
  const int64_t lanes = plan.target.lanes;
  mlir::Value left, right, kept; // memrefs; kept: of the result, where slabs are added up
  mlir::VectorType vector;
  mlir::Value zero;
  mlir::Value scratch; // a tile on the stack, where the epilogue is too long to be repeated for every vector, or what tile registers leave
  mlir::Value shapes;  // of the tile registers: 64 bytes on the stack, as the processor reads them
  mlir::Value panel;   // tiles' columns of the right side on the stack, one row behind the other; null: read where it is
  mlir::Value copied;  // a tile's rows of the left side on the stack; null: read where they are
  int64_t vectors, lastLanes, rowTiles, restRows, columnTiles, restVectors; // in all; full tiles and what is left
};

} // namespace tl
