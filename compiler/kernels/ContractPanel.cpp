// Parts of a contraction's operands, copied for the tiles that read them: columns of the right side, rows of the left.
#include "compiler/kernels/ContractPanel.h"

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

/// Where the last summed loop, not the columns, is contiguous: squares are turned on their way to the panel.
static void packTurned(LoopNest &nest, const ContractPlan &plan, Value base, int64_t vectors, int64_t lastLanes, Value panel,
                       Value panelAt) {
  IndexMath math = nest.math();
  const int64_t lanes = nest.lanes;
  Value right = nest.buffers[plan.right.base];
  ArrayRef<Loop> outer = ArrayRef(plan.summed).drop_back();
  int64_t depth = plan.summed.back().size, whole = depth / lanes, rest = depth % lanes, apart = plan.column.right;
  SmallVector<int64_t> sizes = sizesOf(outer);
  nest.carry(sizes, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
    Point point = pointOf(indices);
    Value from = sumOf(math, base, outer, point, &Loop::right);
    Value to = math.add(panelAt, math.mul(math.linear(point, sizes).base, depth * vectors * lanes));
    auto squares = [&](Value step, int64_t width) {
      for (int64_t v = 0; v < vectors; ++v)
        nest.turnSquare(right, math.add(math.add(from, v * lanes * apart), step), apart, v == vectors - 1 ? lastLanes : lanes, panel,
                        math.add(math.add(to, math.mul(step, vectors * lanes)), v * lanes), vectors * lanes, width,
                        /*storedLanes=*/lanes);
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

void packPanel(LoopNest &nest, const ContractPlan &plan, const Point &batch, Value column, int64_t vectors, int64_t lastLanes, Value panel,
               Value panelAt) {
  IndexMath math = nest.math();
  const int64_t lanes = nest.lanes;
  Value base = math.add(math.mul(column, plan.column.right), plan.right.offset);
  base = sumOf(math, base, plan.batch, batch, &Loop::right);
  if (plan.column.right != 1)
    return packTurned(nest, plan, base, vectors, lastLanes, panel, panelAt);
  SmallVector<int64_t> sizes = sizesOf(plan.summed);
  nest.carry(sizes, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
    Point point = pointOf(indices);
    Value from = sumOf(math, base, plan.summed, point, &Loop::right);
    Value to = math.add(panelAt, math.mul(math.linear(point, sizes).base, vectors * lanes));
    for (int64_t v = 0; v < vectors; ++v) {
      Value line = nest.load(nest.buffers[plan.right.base], math.add(from, v * lanes), v == vectors - 1 ? lastLanes : lanes);
      nest.store(line, panel, math.add(to, v * lanes), lanes);
    }
    return {};
  });
}

void copyRows(LoopNest &nest, const ContractPlan &plan, Value from, int64_t rows, Value copied) {
  IndexMath math = nest.math();
  const int64_t lanes = nest.lanes;
  Value left = nest.buffers[plan.left.base];
  int64_t depth = plan.summed[0].size, whole = depth / lanes, rest = depth % lanes;
  nest.carry({rows}, {}, [&](ValueRange row, ValueRange) -> LoopNest::Carry {
    Value start = math.add(from, math.mul(row[0], plan.row.left)), to = math.mul(row[0], plan.copiedRow);
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

} // namespace tl
