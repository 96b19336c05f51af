// Contractions: tiles of the result are held in registers while the summed loops run.
#include "compiler/kernels/Calculus.h"
#include "compiler/kernels/ContractTile.h"
#include "compiler/kernels/LoopNest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tl {
namespace {

class Contraction {
public:
  explicit Contraction(LoopNest &nest);
  void emit();

private:
  /// One loop of the contraction: its size and its stride in each operand (0: the operand does not have it).
  struct Loop {
    int64_t size = 1, left = 0, right = 0, outAxis = -1;
  };
  void tile(Value outer, Value row, Value column, int64_t rows, int64_t vectors, int64_t lastLanes);
  void pack(Value outer, Value column, int64_t vectors, int64_t lastLanes);
  void packTurned(Value base, int64_t vectors, int64_t lastLanes);
  void prefetch(ArrayRef<AxisIndex> outer, Value row, Value column, int64_t rows, int64_t vectors, Value step, int64_t steps);
  SmallVector<int64_t> sizesOf(ArrayRef<Loop> loops) {
    return llvm::map_to_vector(loops, [](const Loop &loop) { return loop.size; });
  }
  int64_t productOf(ArrayRef<Loop> loops) { return llvm::product_of(sizesOf(loops)); }
  Point pointAt(ArrayRef<AxisIndex> outer, Value row, Value column);
  void finishTile(ArrayRef<AxisIndex> outer, Value row, Value column, int64_t rows, int64_t vectors, int64_t lastLanes,
                  ArrayRef<Value> sums);

  LoopNest &nest;
  OpBuilder &b;
  Location loc;
  IndexMath math;
  Value left, right;
  SmallVector<Loop> outer, summed;
  Loop row, column;
  VectorType vector;
  Value scratch; // a tile on the stack, where the epilogue is too long to be repeated for every vector
  Value panel;   // a tile's columns of the right side on the stack, one row behind the other; null: read where it is
};

/// Tensors larger than this that the epilogue reads are fetched while the sums are still being made.
constexpr int64_t prefetchBytes = 128 << 10;

/// Epilogues with more ops than this run as a loop over the tile's rows.
constexpr int64_t longEpilogue = 8;

Contraction::Contraction(LoopNest &nest) : nest(nest), b(nest.b), loc(nest.loc), math(b, loc) {
  Operation *op = nest.root;
  left = op->getOperand(0);
  right = op->getOperand(1);
  vector = VectorType::get({lanes}, elementOf(op->getResult(0)));
  auto indices = contractIndices(op);
  std::map<int64_t, Loop> loops;
  auto scan = [&](ArrayRef<int64_t> list, ArrayRef<int64_t> shape, auto set) {
    int64_t stride = 1;
    for (int64_t axis = int64_t(list.size()) - 1; axis >= 0; stride *= shape[axis--]) {
      loops[list[axis]].size = shape[axis];
      set(loops[list[axis]], stride, axis);
    }
  };
  scan(indices[0], shapeOf(left), [](Loop &loop, int64_t stride, int64_t) { loop.left = stride; });
  scan(indices[1], shapeOf(right), [](Loop &loop, int64_t stride, int64_t) { loop.right = stride; });
  scan(indices[2], shapeOf(op->getResult(0)), [](Loop &loop, int64_t, int64_t axis) { loop.outAxis = axis; });
  // The last long axis of the result is the right side's last; the longest of the left side's own loops gives the rows.
  int64_t columnLoop = indices[2][laneAxis(shapeOf(op->getResult(0)))], rowLoop = -1;
  for (auto &[number, loop] : loops)
    if (loop.outAxis >= 0 && !loop.right && (rowLoop < 0 || loop.size > loops[rowLoop].size))
      rowLoop = number;
  for (auto &[number, loop] : loops) {
    if (number == columnLoop)
      column = loop;
    else if (number == rowLoop)
      row = loop;
    else
      (loop.outAxis >= 0 ? outer : summed).push_back(loop);
  }
}

Point Contraction::pointAt(ArrayRef<AxisIndex> outerIndices, Value rowIndex, Value columnIndex) {
  Point point(shapeOf(nest.root->getResult(0)).size(), math.at(0));
  for (auto [loop, index] : llvm::zip(outer, outerIndices))
    point[loop.outAxis] = index;
  if (row.outAxis >= 0)
    point[row.outAxis] = {rowIndex, 0, {}};
  point[column.outAxis] = {columnIndex, 1, {}};
  return point;
}

void Contraction::finishTile(ArrayRef<AxisIndex> outerIndices, Value rowIndex, Value columnIndex, int64_t rows,
                             int64_t vectors, int64_t lastLanes, ArrayRef<Value> sums) {
  auto finish = [&](Value r, int64_t v, Value sum) {
    Expression expression = nest.expression();
    if (v == vectors - 1 && lastLanes < lanes)
      expression.mask = nest.tailMask(lastLanes);
    expression.set(nest.root->getResult(0), sum);
    nest.finish(expression, pointAt(outerIndices, r, math.add(columnIndex, v * lanes)));
  };
  if (!scratch) {
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t v = 0; v < vectors; ++v)
        finish(math.add(rowIndex, r), v, sums[r * vectors + v]);
    return;
  }
  for (auto [i, sum] : llvm::enumerate(sums))
    vector::StoreOp::create(b, loc, sum, scratch, ValueRange{math.constant(i * lanes)});
  nest.carry({rows}, {}, [&](ValueRange r, ValueRange) -> LoopNest::Carry {
    for (int64_t v = 0; v < vectors; ++v) {
      Value position = math.add(math.mul(r[0], vectors * lanes), v * lanes);
      finish(math.add(rowIndex, r[0]), v, vector::LoadOp::create(b, loc, vector, scratch, ValueRange{position}));
    }
    return {};
  });
}

/// Copies the columns of the right side that a tile needs.
void Contraction::pack(Value outerPiece, Value columnIndex, int64_t vectors, int64_t lastLanes) {
  Value base = math.mul(columnIndex, column.right);
  for (auto [loop, index] : llvm::zip(outer, math.delinearize({outerPiece, 0, {}}, sizesOf(outer))))
    base = math.add(base, math.mul(index.base, loop.right));
  if (column.right != 1)
    return packTurned(base, vectors, lastLanes);
  Value source = nest.buffers[right];
  SmallVector<int64_t> sizes = sizesOf(summed);
  nest.carry(sizes, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
    Value from = base;
    Point point;
    for (auto [loop, index] : llvm::zip(summed, indices)) {
      from = math.add(from, math.mul(index, loop.right));
      point.push_back({index, 0, {}});
    }
    Value to = math.mul(math.linear(point, sizes).base, vectors * lanes);
    for (int64_t v = 0; v < vectors; ++v) {
      Value line = nest.load(source, math.add(from, v * lanes), v == vectors - 1 ? lastLanes : lanes);
      nest.store(line, panel, math.add(to, v * lanes), lanes);
    }
    return {};
  });
}

/// The same where the summed loop, not the columns, is contiguous: squares are turned on their way to the panel.
void Contraction::packTurned(Value base, int64_t vectors, int64_t lastLanes) {
  int64_t depth = summed.front().size, whole = depth / lanes, rest = depth % lanes;
  auto squares = [&](Value step, int64_t width) {
    for (int64_t v = 0; v < vectors; ++v) {
      int64_t height = v == vectors - 1 ? lastLanes : lanes;
      Value from = math.add(math.add(base, v * lanes * column.right), step);
      Value to = math.add(math.mul(step, vectors * lanes), v * lanes);
      nest.turnSquare(nest.buffers[right], from, column.right, height, panel, to, vectors * lanes, width, /*storedLanes=*/lanes);
    }
  };
  if (whole)
    nest.carry({whole}, {}, [&](ValueRange step, ValueRange) -> LoopNest::Carry {
      squares(math.mul(step[0], lanes), lanes);
      return {};
    });
  if (rest)
    squares(math.constant(whole * lanes), rest);
}

/// Asks for what the epilogue will read of large tensors, such as an optimizer's slots: a row at a time, spread over the
/// steps of the sum so that the requests do not queue up.
void Contraction::prefetch(ArrayRef<AxisIndex> outerIndices, Value rowIndex, Value columnIndex, int64_t rows, int64_t vectors,
                           Value step, int64_t steps) {
  Value result = nest.root->getResult(0);
  Value now = math.add(rowIndex, math.div(math.mul(step, rows), steps));
  for (Value tensor : nest.run.getBody().getArguments()) {
    if (tensor.getType() != result.getType() || tensor == left || tensor == right || bytesOf(tensor) < prefetchBytes)
      continue;
    for (int64_t v = 0; v < vectors; ++v) {
      Point point = pointAt(outerIndices, now, math.add(columnIndex, v * lanes));
      memref::PrefetchOp::create(b, loc, nest.buffers[tensor], ValueRange{math.linear(point, shapeOf(result)).base}, /*isWrite=*/true,
                                 /*localityHint=*/3, /*isDataCache=*/true);
    }
  }
}

void Contraction::tile(Value outerPiece, Value rowIndex, Value columnIndex, int64_t rows, int64_t vectors, int64_t lastLanes) {
  Point outerIndices = math.delinearize({outerPiece, 0, {}}, sizesOf(outer));
  Value leftBase = math.mul(rowIndex, row.left), rightBase = math.mul(columnIndex, column.right);
  for (auto [loop, index] : llvm::zip(outer, outerIndices)) {
    leftBase = math.add(leftBase, math.mul(index.base, loop.left));
    rightBase = math.add(rightBase, math.mul(index.base, loop.right));
  }
  SmallVector<int64_t> sizes = sizesOf(summed);
  Value zero = splatConstant(b, loc, vector, 0), leftBuffer = nest.buffers[left], rightBuffer = panel ? panel : nest.buffers[right];
  Value mask = lastLanes < lanes && !panel ? nest.tailMask(lastLanes) : Value();
  auto sums = nest.carry(sizes, LoopNest::Carry(rows * vectors, zero), [&](ValueRange indices, ValueRange carried) {
    Value leftAt = leftBase, rightAt = rightBase;
    Point point;
    for (auto [loop, index] : llvm::zip(summed, indices)) {
      leftAt = math.add(leftAt, math.mul(index, loop.left));
      rightAt = math.add(rightAt, math.mul(index, loop.right));
      point.push_back({index, 0, {}});
    }
    if (panel)
      rightAt = math.mul(math.linear(point, sizes).base, vectors * lanes);
    if (sizes.size() == 1 && sizes[0] >= rows)
      prefetch(outerIndices, rowIndex, columnIndex, rows, vectors, indices[0], sizes[0]);
    LoopNest::Carry next(carried);
    SmallVector<Value> rowOfRight;
    for (int64_t v = 0; v < vectors; ++v) {
      SmallVector<Value, 1> at{math.add(rightAt, v * lanes)};
      rowOfRight.push_back(v == vectors - 1 && mask
                               ? vector::MaskedLoadOp::create(b, loc, vector, rightBuffer, at, mask, zero).getResult()
                               : vector::LoadOp::create(b, loc, vector, rightBuffer, at).getResult());
    }
    for (int64_t r = 0; r < rows; ++r) {
      Value scalar = memref::LoadOp::create(b, loc, leftBuffer, math.add(leftAt, r * row.left));
      Value spread = vector::BroadcastOp::create(b, loc, vector, scalar);
      for (int64_t v = 0; v < vectors; ++v)
        next[r * vectors + v] = vector::FMAOp::create(b, loc, spread, rowOfRight[v], next[r * vectors + v]);
    }
    return next;
  });
  finishTile(outerIndices, rowIndex, columnIndex, rows, vectors, lastLanes, sums);
}

void Contraction::emit() {
  Tile size = chooseTile(row.size, column.size);
  int64_t ops = llvm::count_if(nest.run.getBody().front(), [](Operation &op) { return kindOf(&op) && isElementwise(*kindOf(&op)); });
  auto stack = [&](int64_t elements) -> Value {
    return memref::AllocaOp::create(b, loc, MemRefType::get({elements}, vector.getElementType()), b.getI64IntegerAttr(64));
  };
  if (ops > longEpilogue)
    scratch = stack(size.rows * size.vectors * lanes);
  int64_t vectors = (column.size + lanes - 1) / lanes;
  int64_t lastLanes = column.size - (vectors - 1) * lanes;
  int64_t rowTiles = row.size / size.rows, restRows = row.size % size.rows;
  // A last tile of columns is apart when it is narrower or when its last vector is cut.
  int64_t columnTiles = vectors / size.vectors, restVectors = vectors % size.vectors;
  if (!restVectors && lastLanes < lanes) {
    --columnTiles;
    restVectors = size.vectors;
  }
  int64_t outerCount = productOf(outer), depth = productOf(summed);
  int64_t allRows = rowTiles + (restRows ? 1 : 0), allColumns = columnTiles + (restVectors ? 1 : 0);
  bool packed = packsPanel(row.size, column.size, depth) && vector.getElementType().isF32();
  assert((packed || column.right == 1) && "columns that lie apart are only read through a panel");
  if (packed)
    panel = stack(depth * size.vectors * lanes);

  auto either = [&](Value index, int64_t full, int64_t last, auto &&body) {
    if (!full || !last)
      return body(full == 0);
    Value isFull = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, index, math.constant(full));
    auto branch = scf::IfOp::create(b, loc, isFull, /*withElseRegion=*/true);
    for (bool isLast : {false, true}) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(isLast ? branch.elseBlock() : branch.thenBlock());
      body(isLast);
    }
  };
  auto tileAt = [&](Value outerPiece, Value rowTile, Value columnIndex, bool lastColumns) {
    either(rowTile, rowTiles, restRows, [&](bool lastRows) {
      tile(outerPiece, math.mul(rowTile, size.rows), columnIndex, lastRows ? restRows : size.rows,
           lastColumns ? restVectors : size.vectors, lastColumns ? lastLanes : lanes);
    });
  };
  // Consecutive pieces share their columns of the right side, which then stay in cache; a packed panel serves all its rows.
  nest.forPieces(outerCount * allColumns * (packed ? 1 : allRows), [&](Value piece) {
    Value rowTile = packed ? Value() : math.rem(piece, allRows), rest = packed ? piece : math.div(piece, allRows);
    Value columnTile = math.rem(rest, allColumns), outerPiece = math.div(rest, allColumns);
    Value columnIndex = math.mul(columnTile, size.vectors * lanes);
    either(columnTile, columnTiles, restVectors, [&](bool lastColumns) {
      if (!packed)
        return tileAt(outerPiece, rowTile, columnIndex, lastColumns);
      pack(outerPiece, columnIndex, lastColumns ? restVectors : size.vectors, lastColumns ? lastLanes : lanes);
      nest.carry({allRows}, {}, [&](ValueRange row, ValueRange) -> LoopNest::Carry {
        tileAt(outerPiece, row[0], columnIndex, lastColumns);
        return {};
      });
    });
  });
}

} // namespace

void emitContract(LoopNest &nest) { Contraction(nest).emit(); }

} // namespace tl
