// Contractions: the tiles of the result, one after the other; ContractTile.cpp says what each computes.
#include "compiler/kernels/ContractKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tl {

using Loop = ContractPlan::Loop;

/// Epilogues with more ops than this run as a loop over the tile's rows; after a long sum, shorter ones too: they hardly
/// count then, and every copy of them is compiled.
constexpr int64_t longEpilogue = 8, longSum = 128;

Contraction::Contraction(LoopNest &nest) : nest(nest), b(nest.b), loc(nest.loc), math(nest.math()), plan(nest.root) {
  Operation *op = nest.root;
  left = nest.buffers.lookup(plan.left.base);
  right = nest.buffers.lookup(plan.right.base); // null of what is made for panels alone
  vector = VectorType::get({lanes}, elementOf(op->getResult(0)));
  zero = splatConstant(b, loc, vector, 0);
  int64_t columns = plan.column.size;
  vectors = (columns + lanes - 1) / lanes;
  lastLanes = columns - (vectors - 1) * lanes;
  rowTiles = plan.row.size / plan.tile.rows, restRows = plan.row.size % plan.tile.rows;
  // A last tile of columns is apart when it is narrower or when its last vector is cut.
  columnTiles = vectors / plan.tile.vectors, restVectors = vectors % plan.tile.vectors;
  if (!restVectors && lastLanes < lanes) {
    --columnTiles;
    restVectors = plan.tile.vectors;
  }
  if (plan.slabs.empty())
    return;
  auto yielded = nest.run.getBody().front().getTerminator()->getOperands();
  kept = nest.outputs[llvm::find(yielded, op->getResult(0)) - yielded.begin()];
}

Contraction::Place Contraction::placeAt(const Point &batch, const Point &across, Value rowTile, Value columnTile, bool lastRows,
                                        bool lastColumns) {
  return {batch, across, math.mul(rowTile, plan.tile.rows), math.mul(columnTile, plan.tile.vectors * lanes),
          (lastRows ? restRows : plan.tile.rows) * plan.wholeRows, lastColumns ? restVectors : plan.tile.vectors,
          lastColumns ? lastLanes : lanes};
}

/// Consecutive pieces share their columns of the right side, which then stay in cache, or their rows.
void Contraction::forTiles(Value slab) {
  int64_t allRows = rowTiles + (restRows ? 1 : 0), allColumns = columnTiles + (restVectors ? 1 : 0);
  SmallVector<int64_t> sizes = sizesOf(plan.batch), acrossSizes = sizesOf(plan.across);
  size_t columnsAt = sizes.size() + (plan.isByRows ? acrossSizes.size() + 1 : 0);
  sizes.append(acrossSizes);
  sizes.push_back(allRows);
  sizes.insert(sizes.begin() + columnsAt, allColumns);
  nest.forPieces(llvm::product_of(sizes), [&](Value piece) {
    if (slab)
      prefetchSlab(slab, piece, llvm::product_of(sizes));
    Point indices = math.delinearize({piece, 0, {}}, sizes);
    Value columnTile = indices[columnsAt].base;
    indices.erase(indices.begin() + columnsAt);
    Value rowTile = indices.pop_back_val().base;
    ArrayRef<AxisIndex> outer = indices;
    Point batch(outer.take_front(plan.batch.size())), across(outer.drop_front(plan.batch.size()));
    nest.either(columnTile, columnTiles, restVectors, [&](bool lastColumns) {
      nest.either(rowTile, rowTiles, restRows, [&](bool lastRows) {
        tile(placeAt(batch, across, rowTile, columnTile, lastRows, lastColumns), slab, {}, {});
      });
    });
  });
}

/// A panel serves all rows that a thread has of its columns; the tiles of columns that were copied together follow each other, so
/// that rows are read, or copied, once for all. Where rows are copied once for all columns, tiles ask for the columns that are copied next.
void Contraction::forPackedTiles(Value slab) {
  int64_t allRows = rowTiles + (restRows ? 1 : 0), allColumns = columnTiles + (restVectors ? 1 : 0);
  int64_t atOnce = copied && !plan.copies.areAll ? plan.copies.tiles : 1;
  int64_t blocks = (allRows + atOnce - 1) / atOnce, panelSize = plan.planes() * plan.steps() * plan.tile.vectors * lanes;
  SmallVector<int64_t> sizes = sizesOf(plan.batch), rowSizes = sizesOf(plan.across);
  sizes.push_back(allColumns / plan.group);
  rowSizes.push_back(blocks);
  if (plan.copies.areAll)
    copyBlock({}, {}, math.constant(0), slab);
  nest.forRanges(llvm::product_of(sizes), llvm::product_of(rowSizes), [&](Value range, Value low, Value high) {
    Point batch = math.delinearize({range, 0, {}}, sizes);
    Value firstColumn = math.mul(batch.pop_back_val().base, plan.group);
    Value right = rightOf(batch, slab);
    packPanels(nest, plan, right, panel, [&](PackTile pack) {
      nest.carry({plan.group}, {}, [&](ValueRange member, ValueRange) -> LoopNest::Carry {
        Value columnTile = math.add(firstColumn, member[0]);
        nest.either(columnTile, columnTiles, restVectors, [&](bool isLast) {
          pack(math.mul(columnTile, plan.tile.vectors * lanes), isLast ? restVectors : plan.tile.vectors, isLast ? lastLanes : lanes,
               math.mul(member[0], panelSize));
        });
        return {};
      });
    });
    nest.carry(low, high, {}, [&](Value piece, ValueRange) -> LoopNest::Carry {
      Point across = math.delinearize({piece, 0, {}}, rowSizes);
      Value block = across.pop_back_val().base, firstTile = math.mul(block, atOnce);
      if (copied && !plan.copies.areAll)
        copyBlock(batch, across, block, slab);
      Value tiles = arith::MinUIOp::create(b, loc, math.constant(atOnce), arith::SubIOp::create(b, loc, math.constant(allRows), firstTile));
      nest.carry(math.constant(0), tiles, {}, [&](Value number, ValueRange) -> LoopNest::Carry {
        Value rowTile = math.add(firstTile, number), copyAt = math.mul(plan.copies.areAll ? rowTile : number, plan.copies.tile);
        if (plan.copies.areAll && plan.column.right == 1)
          askForPanel(nest, plan, math.add(right, math.mul(math.add(firstColumn, 1), plan.tile.vectors * lanes)), rowTile, allRows);
        nest.either(rowTile, rowTiles, restRows, [&](bool lastRows) {
          nest.carry({plan.group}, {}, [&](ValueRange member, ValueRange) -> LoopNest::Carry {
            Value columnTile = math.add(firstColumn, member[0]);
            nest.either(columnTile, columnTiles, restVectors, [&](bool lastColumns) {
              tile(placeAt(batch, across, rowTile, columnTile, lastRows, lastColumns), slab, copyAt, math.mul(member[0], panelSize));
            });
            return {};
          });
        });
        return {};
      });
      return {};
    });
  });
}

void Contraction::copyBlock(const Point &batch, const Point &across, Value block, Value slab) {
  int64_t allRows = rowTiles + (restRows ? 1 : 0), atOnce = plan.copies.tiles, blocks = (allRows + atOnce - 1) / atOnce;
  int64_t lastTiles = allRows - (blocks - 1) * atOnce;
  bool isLastApart = restRows || lastTiles < atOnce;
  Value from = leftOf(placeAt(batch, across, math.mul(block, atOnce), math.constant(0), false, false), slab);
  nest.either(block, blocks - isLastApart, isLastApart, [&](bool isLast) {
    copyLeft(nest, plan, from, isLast ? lastTiles : atOnce, isLast && restRows ? restRows : plan.tile.rows, copied);
  });
}

void Contraction::emit() {
  int64_t ops = llvm::count_if(nest.run.getBody().front(), [](Operation &op) { return kindOf(&op) && isElementwise(*kindOf(&op)); });
  auto stack = [&](int64_t elements) -> Value {
    return memref::AllocaOp::create(b, loc, MemRefType::get({elements}, vector.getElementType()), b.getI64IntegerAttr(64));
  };
  if (plan.isInTileRegisters || ops > longEpilogue || (ops > 1 && sizeOf(plan.summed) >= longSum))
    scratch = stack(plan.tile.rows * plan.wholeRows * plan.tile.vectors * lanes);
  if (plan.packed) {
    panel = stack(plan.planes() * plan.steps() * plan.tile.vectors * lanes * plan.group);
    if (plan.copies.tiles)
      copied = stack(plan.planes() * plan.copies.tiles * plan.copies.tile);
  }
  if (plan.isInTileRegisters) {
    shapes = memref::AllocaOp::create(b, loc, MemRefType::get({64}, b.getI8Type()), b.getI64IntegerAttr(64));
    setTileRegisters(plan.tile.rows);
  }
  auto all = [&](Value slab) { plan.packed ? forPackedTiles(slab) : forTiles(slab); };
  const bool isLastApart = plan.isInTileRegisters && plan.lastSteps; // what it fills up is its own
  if (plan.slabs.empty())
    all({});
  else
    nest.carry({sizeOf(plan.slabs) - isLastApart}, {}, [&](ValueRange slab, ValueRange) -> LoopNest::Carry {
      all(slab[0]);
      return {};
    });
  if (isLastApart) {
    plan.summed.back().size = plan.lastSteps;
    all(math.constant(sizeOf(plan.slabs) - 1));
  }
  if (plan.isInTileRegisters)
    releaseTileRegisters();
}

void emitContract(LoopNest &nest) { Contraction(nest).emit(); }

} // namespace tl
