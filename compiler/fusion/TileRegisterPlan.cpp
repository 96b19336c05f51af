// How a contraction is cut up for registers of tiles.
#include "compiler/fusion/ContractPlan.h"
#include "compiler/fusion/ContractBudgets.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace tl {

/// Tiles of two by two registers, where the columns can be packed and each row has the numbers of a register side by side, or a copy of it has. Numbers of
/// f32 are split into three of bf16. Nothing is decided where it returns false.
bool ContractPlan::chooseTileRegisters(const Loops &rows, bool isFloat) {
  constexpr int64_t side = Target::tileSide;
  if (!target.multipliesTiles || !(isPaired || isFloat) || isLanewise() || target.lanes != side || summed.empty())
    return false;
  const int64_t unit = isPaired ? side : 2 * side, stepBytes = isPaired ? floatBytes : partsOfSplit * floatBytes / 2; // of the sum, in a register and a panel
  auto waste = [&](const Loop &loop, int64_t of) { return double(ceilDiv(loop.size, of) * of) / double(loop.size); };
  // The rows and the last loop of the sum that leave the fewest numbers of a register unused; the least that must be copied, of those.
  double least = 1e30;
  size_t bestRow = 0, bestStep = 0;
  for (size_t r = 0; r < std::max<size_t>(1, rows.size()); ++r)
    for (size_t s = 0; s < summed.size(); ++s) {
      const Loop candidate = rows.empty() ? Loop() : rows[r], &step = summed[s];
      bool isRead = step.left == 1, isTurned = candidate.left == 1, isPacked = column.right == 1 || step.right == 1;
      double cost = waste(candidate, side) * waste(step, unit) * (isRead ? step.size % unit ? 1.1 : 1 : 1.2);
      if (isPacked && (isRead || isTurned) && cost < least)
        least = cost, bestRow = r, bestStep = s;
    }
  if (least == 1e30)
    return false;
  const Loops summedBefore = summed;
  const auto bordersBefore = borders;
  auto leave = [&] {
    summed = summedBefore, borders = bordersBefore, across = {}, slabs = {}, row = {}, tile = {}, copies = {};
    lastSteps = 0, group = 1;
    isInTileRegisters = isSplit = packed = false;
    return false;
  };
  std::rotate(summed.begin() + bestStep, summed.begin() + bestStep + 1, summed.end());
  summed.back().number = -1; // zeros are summed up, too
  row = rows.empty() ? Loop() : rows[bestRow];
  for (auto [number, loop] : llvm::enumerate(rows))
    if (number != bestRow)
      across.push_back(loop);
  tile = {row.size > side ? 2 * side : side, column.size > side ? 2 : 1};
  isInTileRegisters = packed = true;
  isSplit = !isPaired;
  const int64_t depth = sizeOf(summed);
  auto isCopied = [&] { return isSplit || summed.back().left != 1 || summed.back().size % side || lastSteps % side; };
  // Of a long sum a piece at a time: where rows are copied, so long that panels of several tiles of columns read each copy.
  const int64_t sharing = isCopied() ? std::min<int64_t>(ceilDiv(column.size, tile.vectors * side), copiedTiles) : 1;
  const int64_t mostSteps = std::min(panelMostBytes(target) / (tile.vectors * side * stepBytes * sharing), isCopied() ? copiedBytes(target) / (tile.rows * stepBytes) : INT64_MAX);
  auto fits = [&](int64_t steps) { return double(steps) * waste(summed.back(), unit) <= double(mostSteps) && (summed.size() > 1 || steps % unit == 0); };
  auto panelBytes = [&] { return planes() * steps() * tile.vectors * side * floatBytes; };
  if (depth > mostSteps && !cutSum(fits) && !cutUnevenly(mostSteps / unit * unit) && panelBytes() > panelMostBytes(target)) {
    tile.vectors = 1;
    if (panelBytes() > panelMostBytes(target))
      return leave();
  }
  dropBorders();
  choosePanels(panelBytes());
  if (isSplit && !isWorthSplitting(sizeOf(across) * row.size, depth))
    return leave();
  if (isCopied()) {
    const int64_t rowTiles = ceilDiv(row.size, tile.rows), apart = steps() + Target::line, ofTile = tile.rows * apart;
    int64_t most = std::clamp<int64_t>(2 * copiedBytes(target) / (planes() * ofTile * floatBytes), 1, copiedTiles);
    copies = {ceilDiv(rowTiles, ceilDiv(rowTiles, most)), ofTile, apart, 1};
  }
  return true;
}

/// Six products of parts in tile registers, splitting what is read, and sums that reach what follows them through memory, against the one product of vectors, in cycles.
/// A row is split once for all columns that are packed together.
bool ContractPlan::isWorthSplitting(int64_t rows, int64_t depth) const {
  auto filled = [](int64_t size, int64_t of) { return double(ceilDiv(size, of) * of); };
  const double vectorsOfTerms = double(depth) / double(target.lanes * target.vectorsACycle);
  const double products = filled(rows, Target::tileSide) * filled(column.size, Target::tileSide) * vectorsOfTerms * double(steps() * 2) / double(sizeOf(summed));
  const double splitting = double(depth) * (double(rows) * double(ceilDiv(column.size, tile.vectors * target.lanes)) / double(group) + double(column.size));
  const double results = double(rows) * double(column.size);
  return Target::splitProducts * products + Target::splitNumber * splitting + Target::splitResult * results < Target::vectorProducts * results * vectorsOfTerms;
}

SmallVector<int64_t> ContractPlan::stepSizes() const {
  SmallVector<int64_t> sizes = llvm::map_to_vector(summed, [](const Loop &loop) { return loop.size; });
  if (isInTileRegisters)
    sizes.back() = ceilDiv(ceilDiv(sizes.back(), isSplit ? 2 : 1), Target::tileSide) * Target::tileSide;
  return sizes;
}

} // namespace tl
