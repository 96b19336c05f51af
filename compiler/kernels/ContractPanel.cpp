// Parts of a contraction's operands, copied for the tiles that read them: columns of the right side, rows of the left.
#include "compiler/kernels/ContractPanel.h"
#include "compiler/kernels/SplitFactors.h"
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

Value loadRight(LoopNest &nest, const ContractPlan &plan, Value at, int64_t count) {
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

static Value zeros(LoopNest &nest) { return splatConstant(nest.b, nest.loc, VectorType::get({nest.lanes}, nest.b.getF32Type()), 0); }

/// Calls `clear` for each step that fills the last summed loop up.
static void clearSteps(LoopNest &nest, const ContractPlan &plan, llvm::function_ref<void(Value step)> clear) {
  IndexMath math = nest.math();
  SmallVector<int64_t> all = plan.stepSizes(), sizes = all;
  const int64_t summed = plan.summed.back().size;
  sizes.back() -= summed;
  if (sizes.back())
    nest.carry(sizes, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
      Point point = pointOf(indices);
      point.back().base = math.add(point.back().base, summed);
      clear(math.linear(point, all).base);
      return {};
    });
}

/// Where the last summed loop, not the columns, is contiguous: squares are turned on their way to the panel.
static void packTurned(LoopNest &nest, const ContractPlan &plan, Value base, int64_t vectors, int64_t lastLanes, Value panel,
                       Value panelAt) {
  IndexMath math = nest.math();
  const int64_t lanes = nest.lanes;
  ArrayRef<Loop> outer = ArrayRef(plan.summed).drop_back();
  int64_t depth = plan.summed.back().size, whole = depth / lanes, rest = depth % lanes, apart = plan.column.right;
  SmallVector<int64_t> sizes = sizesOf(outer);
  const int64_t steps = plan.stepSizes().back(), ofRest = steps - whole * lanes; // Steps behind the sum's are of rows of zeros.
  nest.carry(sizes, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
    Point point = pointOf(indices);
    Value from = sumOf(math, base, outer, point, &Loop::right);
    Value to = math.add(panelAt, math.mul(math.linear(point, sizes).base, steps * vectors * lanes));
    auto squares = [&](Value step, int64_t width, int64_t storedSteps) {
      for (int64_t v = 0; v < vectors; ++v) {
        SmallVector<Value> rows(lanes, zeros(nest));
        for (int64_t row = 0; row < (v == vectors - 1 ? lastLanes : lanes); ++row)
          rows[row] = loadRight(nest, plan, math.add(math.add(from, step), (v * lanes + row) * apart), width);
        storeTurned(nest, std::move(rows), panel, math.add(math.add(to, math.mul(step, vectors * lanes)), v * lanes), vectors * lanes, storedSteps, lanes);
      }
    };
    if (whole)
      nest.carry({whole}, {}, [&](ValueRange step, ValueRange) -> LoopNest::Carry {
        squares(math.mul(step[0], lanes), lanes, lanes);
        return {};
      });
    if (rest)
      squares(math.constant(whole * lanes), rest, ofRest);
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

void askForLeft(LoopNest &nest, const ContractPlan &plan, Value at) { askFor(nest, plan, plan.left.base, at, 1); }

void packPanels(LoopNest &nest, const ContractPlan &plan, Value start, Value panel, llvm::function_ref<void(PackTile)> forTiles) {
  if (plan.isSplit)
    return packSplit(nest, plan, start, panel, forTiles);
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
    Value row = sumOf(math, start, plan.summed, point, &Loop::right), step = math.linear(point, plan.stepSizes()).base;
    // Else it is a weight, which is near, or rows follow each other, or what was copied before has asked for it.
    bool isFar = plan.copies.tiles && (plan.copies.step != 1 || plan.summed.back().left != 1) && !plan.copies.areAll;
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
  clearSteps(nest, plan, [&](Value step) {
    forTiles([&](Value, int64_t vectors, int64_t, Value panelAt) {
      for (int64_t v = 0; v < vectors; ++v)
        nest.store(zeros(nest), panel, math.add(math.add(panelAt, math.mul(step, vectors * lanes)), v * lanes), lanes);
    });
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

/// Rows whose numbers do not lie side by side along the last summed loop: squares are turned.
static void turnRows(LoopNest &nest, const ContractPlan &plan, Value from, int64_t rows, Value copied) {
  IndexMath math = nest.math();
  const int64_t lanes = nest.lanes, depth = plan.summed.back().size;
  Value left = nest.buffers[plan.left.base];
  SmallVector<int64_t> blocks = plan.stepSizes(), sizes = blocks;
  blocks.back() /= lanes;
  nest.carry(blocks, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
    Point point = pointOf(indices);
    Value block = point.back().base;
    point.back().base = math.mul(block, lanes);
    Value at = sumOf(math, from, plan.summed, point, &Loop::left), to = math.linear(point, sizes).base;
    auto square = [&](Value row, int64_t width, int64_t steps) {
      Value next = math.add(math.add(at, row), plan.copies.tiles * plan.tile.rows); // of the tiles that are copied next
      for (int64_t step = 0; step < steps; ++step)
        askFor(nest, plan, plan.left.base, math.add(next, step * plan.summed.back().left), lanes);
      nest.turnSquare(left, math.add(at, row), plan.summed.back().left, steps, copied, math.add(to, math.mul(row, plan.copies.row)), plan.copies.row, width, lanes);
    };
    auto squares = [&](int64_t steps) {
      if (rows / lanes)
        nest.carry({rows / lanes}, {}, [&](ValueRange number, ValueRange) -> LoopNest::Carry {
          square(math.mul(number[0], lanes), lanes, steps);
          return {};
        });
      if (rows % lanes)
        square(math.constant(rows / lanes * lanes), rows % lanes, steps);
    };
    nest.either(block, depth / lanes, depth % lanes, [&](bool isLast) { squares(isLast ? depth % lanes : lanes); });
    return {};
  });
}

/// Rows as they are, the last loop of the sum filled up with zeros where steps are.
static void copyRows(LoopNest &nest, const ContractPlan &plan, Value from, int64_t rows, Value copied) {
  IndexMath math = nest.math();
  const int64_t lanes = nest.lanes, depth = plan.summed.back().size, whole = depth / lanes, rest = depth % lanes;
  Value left = nest.buffers[plan.left.base];
  SmallVector<int64_t> sizes = sizesOf(ArrayRef(plan.summed).drop_back()), steps = plan.stepSizes();
  sizes.insert(sizes.begin(), rows);
  nest.carry(sizes, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
    Point point = pointOf(indices.drop_front());
    point.push_back({math.constant(0), 0, {}});
    Value at = sumOf(math, math.add(from, math.mul(indices[0], plan.row.left)), plan.summed, point, &Loop::left);
    Value to = math.add(math.mul(indices[0], plan.copies.row), math.linear(point, steps).base);
    auto copy = [&](Value step, int64_t count) { nest.store(nest.load(left, math.add(at, step), count), copied, math.add(to, step), lanes); };
    if (whole)
      nest.carry({whole}, {}, [&](ValueRange vector, ValueRange) -> LoopNest::Carry {
        copy(math.mul(vector[0], lanes), lanes);
        return {};
      });
    if (rest)
      copy(math.constant(whole * lanes), rest);
    return {};
  });
}

void copyLeft(LoopNest &nest, const ContractPlan &plan, Value from, int64_t tiles, int64_t lastRows, Value copied) {
  const int64_t rows = (tiles - 1) * plan.tile.rows + lastRows;
  if (plan.isSplit)
    copySplit(nest, plan, from, rows, copied);
  else if (plan.copies.step != 1)
    copySteps(nest, plan, from, tiles, lastRows, copied);
  else if (plan.summed.back().left == 1)
    copyRows(nest, plan, from, rows, copied);
  else
    turnRows(nest, plan, from, rows, copied);
}

} // namespace tl
