// How a contraction is cut up: decided by its shape and by where its operands lie, before and while its kernel is emitted.
#pragma once
#include "compiler/fusion/Borders.h"
#include "compiler/fusion/Strides.h"
#include "compiler/fusion/Target.h"

namespace tl {

/// Rows and vectors of columns that one register tile holds.
struct Tile {
  int64_t rows, vectors;
};

/// The tile that needs the fewest cycles for an M × N result of sums of `depth` terms, each of its rows standing for
/// `rowsAtOnce`, of which the first cache holds `cachedRows`; 0: none does.
struct TileChoice {
  Tile tile{0, 0};
  double cycles = 1e30; // of all tiles, for one step of the sum
};
/// `isLanewise`: of the left side, too, there is a vector for each of columns, not one number for all.
TileChoice chooseTile(const Target &target, int64_t rows, int64_t columns, int64_t depth, int64_t rowsAtOnce, int64_t cachedRows, bool isLanewise);

struct ContractPlan {
  /// Some loops of the contraction that run as one: their size and stride in each operand (0: it does not have them).
  struct Loop {
    int64_t size = 1, left = 0, right = 0;
    llvm::SmallVector<int64_t, 2> outAxes{}; // outermost first; none: summed over
    int64_t number = -1; // of a loop that borders are of, which runs alone
  };
  using Loops = llvm::SmallVector<Loop>;

  explicit ContractPlan(mlir::Operation *contract);

  /// How far each of a tile's first `rows` rows lies behind the first, by a stride for each loop.
  llvm::SmallVector<int64_t> rowOffsets(int64_t rows, llvm::function_ref<int64_t(const Loop &)> stride) const;

  /// Elements of an operand's base, as the plan counts them.
  int64_t countOf(mlir::Value base) const { return elementsOf(base) / (isPaired ? 2 : 1); }

  /// Steps of the summed loops as panels and copies have them: of tile registers the last loop is filled up with zeros to whole ones, and counts pairs.
  llvm::SmallVector<int64_t> stepSizes() const;
  int64_t steps() const { return llvm::product_of(stepSizes()); }

  /// Whether the lanes are those of both operands, of which each has a sum of its own: no matrix product.
  bool isLanewise() const { return column.left != 0; }

  const Target target;
  const bool mayCutSum; // else a kernel does not store the result, and there is no place for what pieces of the sum add up
  /// Both operands are bf16, whose last axis is one loop of two that is summed over: for the plan, what lies in such a pair is one number
  /// of 32 bits, so that strides, offsets and sums count pairs.
  const bool isPaired;
  StridedView left, right;
  Loop column;       // has the lanes: of the right alone, or of both operands
  Loop row;          // cut into tiles
  Loops whole;       // all of their indices are rows of every tile
  Loops batch;       // of both operands, or of the right alone
  Loops across;      // of the left alone
  Loops slabs;       // summed over outermost, so that what each adds stays in cache; the result is kept in memory
  int64_t lastSteps = 0; // of the sum in the last slab, where it is shorter than those before; 0: all are alike
  Loops summed;      // summed over while a tile is held in registers
  Tile tile;         // in rows of `row`
  int64_t wholeRows = 1; // rows of a tile for each of `row`
  bool isInTileRegisters = false; // sums are, too: the last summed loop is taken as many steps at a time as those registers have numbers in a row
  /// Of f32 in tile registers: each number is the sum of three of bf16, and panels and copies have a plane of each, first the largest. Strides and sums count
  /// numbers, steps of panels two of them.
  bool isSplit = false;
  static constexpr int64_t partsOfSplit = 3;
  int64_t planes() const { return isSplit ? partsOfSplit : 1; }
  bool packed = false;   // the columns a tile reads are first copied one row behind the other
  bool isByRows = false; // tiles of the same rows follow each other, not those of the same columns
  int64_t group = 1;     // tiles of columns that are copied together
  /// Each sums up only where terms are not zero: of loops that a tile has one index of, and summed ones.
  llvm::SmallVector<Border> borders;
  /// The rows of some tiles, copied together before they are read: how many tiles, and how far apart the copy has them, the
  /// rows of a tile and the steps of the sum. No tiles: rows are read where they are.
  struct {
    int64_t tiles = 0, tile = 0, row = 0, step = 0;
    bool areAll = false; // all tiles are copied, once for all columns, whose tiles follow each other
  } copies;

private:
  double shareKept(llvm::function_ref<bool(int64_t number)> isOfTile) const;
  void dropBorders();
  void chooseRows(Loops loops);
  bool chooseTileRegisters(const Loops &rows, bool isFloat);
  bool isWorthSplitting(int64_t rows, int64_t depth) const;
  void choosePanels(int64_t bytes);
  void choosePacking(bool isFloat);
  void chooseCopies();
  void chooseSlabs();
  bool cutSum(llvm::function_ref<bool(int64_t steps)> isShort);
  bool cutUnevenly(int64_t mostSteps);
};

/// Whether a contraction reads an operand that is a view at the view's strides: not where its columns would lie apart.
bool readsInPlace(mlir::Operation *contract, mlir::Value operand);

int64_t sizeOf(llvm::ArrayRef<ContractPlan::Loop> loops);

} // namespace tl
