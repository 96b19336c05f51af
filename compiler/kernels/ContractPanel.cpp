// Parts of a contraction's operands, copied for the tiles that read them: columns of the right side, rows of the left.
#include "compiler/kernels/ContractPanel.h"
#include "compiler/kernels/TurnRows.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace tl {

using Loop = ContractPlan::Loop;

SmallVector<int64_t> sizesOf(ArrayRef<Loop> loops) {
  return llvm::map_to_vector(loops, [](const Loop &loop) { return loop.size; });
}

Value sumOf(IndexMath &math, Value start, ArrayRef<Loop> loops, const Point &indices, int64_t Loop::*stride) {
  for (auto [loop, index] : llvm::zip(loops, indices))
    start = math.add(start, math.mul(index.base, loop.*stride));
  return start;
}

static Point pointOf(ValueRange indices) {
  return llvm::map_to_vector<4>(indices, [](Value index) { return AxisIndex{index, 0, {}}; });
}

/// `count` neighbours of the right side: from memory, or of a weight that is kept in fewer bits as they are made of it.
static Value loadRight(LoopNest &nest, const ContractPlan &plan, Value at, int64_t count) {
  if (Value buffer = nest.buffers.lookup(plan.right.base))
    return nest.load(buffer, at, count);
  IndexMath math = nest.math();
  Expression expression = nest.expression();
  if (count < nest.lanes)
    expression.mask = nest.tailMask(count);
  Point point = math.delinearize({at, 0, {}}, shapeOf(plan.right.base));
  point.back().step = 1; // which stays within the row
  return expression.lanesAt(plan.right.base, point);
}

/// Where the last summed loop, not the columns, is contiguous: squares are turned on their way to the panel.
static void packTurned(LoopNest &nest, const ContractPlan &plan, Value base, int64_t vectors, int64_t lastLanes, Value panel,
                       Value panelAt) {
  IndexMath math = nest.math();
  const int64_t lanes = nest.lanes;
  ArrayRef<Loop> outer = ArrayRef(plan.summed).drop_back();
  int64_t depth = plan.summed.back().size, whole = depth / lanes, rest = depth % lanes, apart = plan.column.right;
  SmallVector<int64_t> sizes = sizesOf(outer);
  nest.carry(sizes, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
    Point point = pointOf(indices);
    Value from = sumOf(math, base, outer, point, &Loop::right);
    Value to = math.add(panelAt, math.mul(math.linear(point, sizes).base, depth * vectors * lanes));
    auto squares = [&](Value step, int64_t width) {
      for (int64_t v = 0; v < vectors; ++v) {
        SmallVector<Value> rows(lanes, splatConstant(nest.b, nest.loc, VectorType::get({lanes}, nest.b.getF32Type()), 0));
        for (int64_t row = 0; row < (v == vectors - 1 ? lastLanes : lanes); ++row)
          rows[row] = loadRight(nest, plan, math.add(math.add(from, step), (v * lanes + row) * apart), width);
        storeTurned(nest, std::move(rows), panel, math.add(math.add(to, math.mul(step, vectors * lanes)), v * lanes), vectors * lanes, width, lanes);
      }
    };
    if (whole)
      nest.carry({whole}, {}, [&](ValueRange step, ValueRange) -> LoopNest::Carry {
        squares(math.mul(step[0], lanes), lanes);
        return {};
      });
    if (rest)
      squares(math.constant(whole * lanes), rest);
    return {};
  });
}

/// How many steps of the sum before they are copied numbers are asked for: they lie pages apart, which no hardware foresees, and in so few
/// sets of the first cache that they push each other out.
constexpr int64_t stepsAhead = 32;

/// Asks for `count` numbers from `at` on; for the last of the operand where they lie past it.
static void askFor(LoopNest &nest, const ContractPlan &plan, Value operand, Value at, int64_t count) {
  IndexMath math = nest.math();
  Value last = math.constant(plan.countOf(operand) - 1), buffer = nest.buffers.lookup(operand);
  for (int64_t number = 0; buffer && number < count; number += Target::line)
    nest.askFor(buffer, arith::MinUIOp::create(nest.b, nest.loc, math.add(at, number), last));
}

void packPanels(LoopNest &nest, const ContractPlan &plan, Value start, Value panel, llvm::function_ref<void(PackTile)> forTiles) {
  IndexMath math = nest.math();
  const int64_t lanes = nest.lanes;
  auto columnAt = [&](Value from, Value column) { return math.add(from, math.mul(column, plan.column.right)); };
  if (plan.column.right != 1)
    return forTiles([&](Value column, int64_t vectors, int64_t lastLanes, Value panelAt) {
      packTurned(nest, plan, columnAt(start, column), vectors, lastLanes, panel, panelAt);
    });
  // All tiles of a row before the next, in the order that they lie in memory.
  SmallVector<int64_t> sizes = sizesOf(plan.summed);
  nest.carry(sizes, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
    Point point = pointOf(indices);
    Value row = sumOf(math, start, plan.summed, point, &Loop::right), step = math.linear(point, sizes).base;
    // Else it is a weight, which is near, or rows follow each other, or what was copied before has asked for it.
    bool isFar = plan.copies.tiles && plan.copies.step != 1 && !plan.copies.areAll;
    forTiles([&](Value column, int64_t vectors, int64_t lastLanes, Value panelAt) {
      if (isFar)
        askFor(nest, plan, plan.right.base, columnAt(math.add(row, plan.summed.back().right * stepsAhead), column), vectors * lanes);
      Value from = columnAt(row, column), to = math.add(panelAt, math.mul(step, vectors * lanes));
      for (int64_t v = 0; v < vectors; ++v) {
        Value line = loadRight(nest, plan, math.add(from, v * lanes), v == vectors - 1 ? lastLanes : lanes);
        nest.store(line, panel, math.add(to, v * lanes), lanes);
      }
    });
    return {};
  });
}

void askForPanel(LoopNest &nest, const ContractPlan &plan, Value at, Value share, int64_t shares) {
  IndexMath math = nest.math();
  SmallVector<int64_t> sizes = sizesOf(plan.summed);
  auto stepsBefore = [&](Value number) { return math.div(math.mul(number, sizeOf(plan.summed)), shares); };
  nest.carry(stepsBefore(share), stepsBefore(math.add(share, 1)), {}, [&](Value step, ValueRange) -> LoopNest::Carry {
    Point point = math.delinearize({step, 0, {}}, sizes);
    askFor(nest, plan, plan.right.base, sumOf(math, at, plan.summed, point, &Loop::right), plan.tile.vectors * nest.lanes);
    return {};
  });
}

/// Rows that are numbers side by side: at each step of the sum, those of all tiles.
static void copySteps(LoopNest &nest, const ContractPlan &plan, Value from, int64_t tiles, int64_t lastRows, Value copied) {
  IndexMath math = nest.math();
  SmallVector<int64_t> sizes = sizesOf(plan.summed);
  Value buffer = nest.buffers[plan.left.base];
  nest.carry(sizes, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
    Point point = pointOf(indices);
    Value at = sumOf(math, from, plan.summed, point, &Loop::left), to = math.mul(math.linear(point, sizes).base, plan.copies.step);
    // The vectors of the last tile reach into a line more, also where a mask holds them back.
    int64_t reach = (tiles - 1) * plan.tile.rows + (plan.tile.rows + nest.lanes - 1) / nest.lanes * nest.lanes;
    askFor(nest, plan, plan.left.base, math.add(at, plan.summed.back().left * stepsAhead), reach);
    for (int64_t tile = 0; tile < tiles; ++tile) {
      int64_t rows = tile == tiles - 1 ? lastRows : plan.tile.rows;
      for (int64_t row = 0; row < rows; row += nest.lanes) // What is stored past the rows, the next step overwrites.
        nest.store(nest.load(buffer, math.add(at, tile * plan.tile.rows + row), std::min(nest.lanes, rows - row)), copied,
                   math.add(to, tile * plan.copies.tile + row), nest.lanes);
    }
    return {};
  });
}

static void copyRows(LoopNest &nest, const ContractPlan &plan, Value from, int64_t rows, Value copied) {
  IndexMath math = nest.math();
  const int64_t lanes = nest.lanes;
  Value left = nest.buffers[plan.left.base];
  int64_t depth = plan.summed[0].size, whole = depth / lanes, rest = depth % lanes;
  nest.carry({rows}, {}, [&](ValueRange row, ValueRange) -> LoopNest::Carry {
    Value start = math.add(from, math.mul(row[0], plan.row.left)), to = math.mul(row[0], plan.copies.row);
    nest.carry({whole}, {}, [&](ValueRange vector, ValueRange) -> LoopNest::Carry {
      Value at = math.mul(vector[0], lanes);
      nest.store(nest.load(left, math.add(start, at), lanes), copied, math.add(to, at), lanes);
      return {};
    });
    if (rest)
      nest.store(nest.load(left, math.add(start, whole * lanes), rest), copied, math.add(to, whole * lanes), lanes);
    return {};
  });
}

void copyLeft(LoopNest &nest, const ContractPlan &plan, Value from, int64_t tiles, int64_t lastRows, Value copied) {
  if (plan.copies.step == 1)
    copyRows(nest, plan, from, lastRows, copied);
  else
    copySteps(nest, plan, from, tiles, lastRows, copied);
}

} // namespace tl
