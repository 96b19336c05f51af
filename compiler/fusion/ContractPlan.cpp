// How a contraction is cut up.
#include "compiler/fusion/ContractPlan.h"
#include "compiler/fusion/ContractBudgets.h"
#include "compiler/fusion/KernelDialect.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

using namespace mlir;

namespace tl {
namespace {

using Loop = ContractPlan::Loop;
using Loops = ContractPlan::Loops;

/// A panel is copied when it is read at least this often and is too large to stay in the first cache beside the rest: rows
/// a power of two apart push each other out of every cache.
constexpr int64_t panelReuse = 4;
int64_t panelLeastBytes(const Target &target) { return target.firstCache / 4; }
/// What the columns of a tile may take of the first cache.
int64_t columnBytes(const Target &target) { return target.firstCache / 8 * 5; }
/// What the operands of a slab may take of the second cache, and how long its sums must at least be.
int64_t slabBytes(const Target &target) { return target.secondCache / 64 * 25; }
constexpr int64_t slabDepth = 128, wastefulDepth = 1024;
/// Of how many rows may take the same set of the first cache. Short rows are not worth a copy.
int64_t sharedWays(const Target &target) { return target.ways / 2; }
constexpr int64_t copiedDepth = 128;
/// How many tiles of columns must read rows that are copied.
constexpr int64_t copyReuse = 4;
/// What a panel may take of the second cache together with a copy of all rows, and of how many steps of the sum they are: the panel leaves
/// half of the first cache to what else a tile reads.
int64_t sharedBytes(const Target &target) { return target.secondCache / 16 * 13; }
constexpr int64_t sharedDepth = 256;

/// The sets of the first cache that numbers begin in which lie so far apart.
int64_t placesOf(const Target &target, int64_t stride) {
  int64_t way = target.firstCache / target.ways;
  return way / std::gcd(std::abs(stride) * floatBytes, way);
}

/// Whether lines that lie so far apart push each other out of the first cache.
bool collide(const Target &target, int64_t lines, int64_t stride) {
  int64_t sets = target.firstCache / target.ways / (Target::line * floatBytes);
  return lines > std::min(placesOf(target, stride), sets) * sharedWays(target);
}

/// Joins neighbours that are one loop in both operands (and in the result) as well.
void join(Loops &loops, const llvm::DenseSet<int64_t> &unitAxes) {
  auto areNeighbours = [&](int64_t a, int64_t b) {
    for (int64_t axis = a + 1; axis < b; ++axis)
      if (!unitAxes.contains(axis))
        return false;
    return a < b;
  };
  Loops joined;
  for (const Loop &loop : loops) {
    if (!joined.empty()) {
      Loop &last = joined.back();
      if (last.number < 0 && loop.number < 0 && last.left == loop.left * loop.size && last.right == loop.right * loop.size &&
          (loop.outAxes.empty() || areNeighbours(last.outAxes.back(), loop.outAxes.front()))) {
        last = {last.size * loop.size, loop.left, loop.right, last.outAxes, -1};
        last.outAxes.append(loop.outAxes);
        continue;
      }
    }
    joined.push_back(loop);
  }
  loops = joined;
}

bool mayBeStored(Operation *op) {
  auto run = dyn_cast_if_present<kernel::RunOp>(op->getParentOp());
  return !run || llvm::is_contained(run.getBody().front().getTerminator()->getOperands(), op->getResult(0));
}

} // namespace

bool readsInPlace(Operation *contract, Value operand) {
  ContractPlan plan(contract);
  if (operand == contract->getOperand(1))
    return plan.column.right == 1 || plan.packed;
  return !plan.isLanewise() || plan.column.left == 1;
}

int64_t sizeOf(ArrayRef<Loop> loops) {
  int64_t size = 1;
  for (const Loop &loop : loops)
    size *= loop.size;
  return size;
}

/// As many multiply-adds as vectors loaded a cycle. Registers: rows · vectors sums, one row of the right side, one scalar. More
/// rows than `cachedRows` come from the second cache each time.
TileChoice chooseTile(const Target &target, int64_t rows, int64_t columns, int64_t depth, int64_t rowsAtOnce, int64_t cachedRows, bool isLanewise) {
  const int64_t lanes = target.lanes;
  const double pace = target.vectorsACycle;
  // The columns of a tile come from the first cache, or slower from the second.
  auto wait = [&](int64_t v) { return depth * v * lanes * floatBytes <= columnBytes(target) ? 0 : 0.01 * target.farVectorCost * v; };
  auto load = [&](int64_t r) { return 0.01 * (r > cachedRows ? target.farScalarCost : target.scalarCost); };
  auto cycles = [&](int64_t r, int64_t v) {
    double loads = isLanewise ? (v + r * v) / pace : v / pace + load(r) * r;
    return std::max({r * v / pace, double(target.latency), loads}) + 1 + wait(v);
  };
  int64_t mostRows = isLanewise ? 28 : 24, most = target.tileRegisters;
  TileChoice best;
  for (int64_t v = 1; v <= 4; ++v)
    for (int64_t n = 1, r = rowsAtOnce; r * v + v + 1 <= most && r <= mostRows; ++n, r += rowsAtOnce) {
      int64_t vectors = ceilDiv(columns, lanes), restRows = rows % n * rowsAtOnce;
      int64_t fullRows = rows / n, fullVectors = vectors / v, restVectors = vectors % v;
      double cost = fullRows * fullVectors * cycles(r, v) + (restRows ? fullVectors * cycles(restRows, v) : 0) +
                    (restVectors ? fullRows * cycles(r, restVectors) : 0) +
                    (restRows && restVectors ? cycles(restRows, restVectors) : 0);
      // What is left over is code of its own.
      cost *= (restRows ? 1.02 : 1) * (restVectors ? 1.02 : 1);
      if (cost < best.cycles * 0.999 || (cost < best.cycles * 1.001 && n * v > best.tile.rows * best.tile.vectors))
        best = {{n, v}, cost};
    }
  return best;
}

ContractPlan::ContractPlan(Operation *op)
    : target(Target::of(op)), mayCutSum(mayBeStored(op)), isPaired(isNarrowFloat(elementOf(op->getOperand(0)))), left(stridedView(op->getOperand(0))), right(stridedView(op->getOperand(1))) {
  borders = bordersOf(op);
  auto indices = contractIndices(op);
  if (isPaired)
    for (auto [side, view] : {std::pair(0, &left), std::pair(1, &right)}) {
      assert(view->strides.back() == 1 && "the numbers of a pair lie side by side");
      indices[side].pop_back();
      view->strides.pop_back();
      view->offset /= 2;
      for (int64_t &stride : view->strides)
        stride /= 2;
    }
  ArrayRef<int64_t> outShape = shapeOf(op->getResult(0));
  std::map<int64_t, Loop> loops;
  for (auto [number, stride, size] : llvm::zip(indices[0], left.strides, shapeOf(op->getOperand(0))))
    loops[number].left = stride, loops[number].size = size;
  for (auto [number, stride, size] : llvm::zip(indices[1], right.strides, shapeOf(op->getOperand(1))))
    loops[number].right = stride, loops[number].size = size;
  llvm::DenseSet<int64_t> unitAxes;
  for (auto [axis, number] : llvm::enumerate(indices[2])) {
    loops[number].outAxes.push_back(axis);
    if (outShape[axis] == 1)
      unitAxes.insert(axis);
  }
  int64_t columnNumber = indices[2][laneAxis(outShape)];
  for (const Border &border : borders)
    loops[border.outer].number = border.outer, loops[border.summed].number = border.summed;
  Loops rows;
  for (auto &[number, loop] : loops) {
    bool isOfRight = llvm::is_contained(indices[1], number);
    if (number == columnNumber)
      column = loop;
    else if (loop.size > 1)
      (loop.outAxes.empty() ? summed
       : isOfRight          ? batch
                            : rows)
          .push_back(loop);
  }
  // Long strides outermost; in the order of the result where they go.
  llvm::sort(summed, [](const Loop &a, const Loop &b) { return std::pair(std::abs(a.right), std::abs(a.left)) > std::pair(std::abs(b.right), std::abs(b.left)); });
  llvm::sort(rows, [](const Loop &a, const Loop &b) { return a.outAxes.front() < b.outAxes.front(); });
  join(summed, unitAxes);
  join(rows, unitAxes);
  if (chooseTileRegisters(rows, elementOf(op->getOperand(0)).isF32() && elementOf(op->getOperand(1)).isF32()))
    return;
  chooseRows(rows);
  dropBorders();
  join(summed, unitAxes);
  choosePacking(elementOf(op->getResult(0)).isF32());
  chooseSlabs();
  // Where the first cache holds the right side, or the left side's columns change with it, a row is finished in one go.
  isByRows = isLanewise() || sizeOf(summed) * column.size * floatBytes <= target.firstCache;
}

/// Of all terms, those that are summed up where a tile has one index of the loops that `isOfTile`.
double ContractPlan::shareKept(llvm::function_ref<bool(int64_t number)> isOfTile) const {
  double share = 1;
  for (const Border &border : borders)
    share *= isOfTile(border.outer) ? border.share() : 1;
  return share;
}

/// Those whose loops are rows or columns of tiles, or sum up nothing, say nothing of a tile's sum.
void ContractPlan::dropBorders() {
  auto isAmong = [](const Loops &loops, int64_t number) { return llvm::any_of(loops, [&](const Loop &loop) { return loop.number == number; }); };
  llvm::erase_if(borders, [&](const Border &border) {
    return !isAmong(summed, border.summed) || !(isAmong(across, border.outer) || isAmong(batch, border.outer));
  });
  for (Loop &loop : summed)
    if (llvm::none_of(borders, [&](const Border &border) { return border.summed == loop.number; }))
      loop.number = -1;
}

/// The rows of a tile lie as near to each other as they can. Short loops are taken whole, so that few rows are left over.
void ContractPlan::chooseRows(Loops loops) {
  llvm::sort(loops, [](const Loop &a, const Loop &b) {
    return std::pair(std::abs(a.left), a.outAxes.back()) < std::pair(std::abs(b.left), b.outAxes.back());
  });
  int64_t all = sizeOf(loops), rowsAtOnce = 1, bestTaken = 0, bestRow = -1;
  double least = 1e30;
  for (int64_t taken = 0; taken <= int64_t(loops.size()); rowsAtOnce *= loops[taken++].size) {
    for (int64_t next = taken; next < std::max<int64_t>(int64_t(loops.size()), taken + 1); ++next) {
      Loop candidate = next < int64_t(loops.size()) ? loops[next] : Loop();
      bool isLong = taken == 0 && candidate.left && sizeOf(summed) >= copiedDepth;
      int64_t cachedRows = isLong ? placesOf(target, candidate.left) * target.ways : all;
      TileChoice choice = chooseTile(target, candidate.size, column.size, sizeOf(summed), rowsAtOnce, cachedRows, isLanewise());
      int64_t calls = all / rowsAtOnce / candidate.size;
      auto isOfTile = [&](int64_t number) {
        auto at = llvm::find_if(loops, [&](const Loop &loop) { return loop.number == number; });
        return at == loops.end() ? llvm::any_of(batch, [&](const Loop &loop) { return loop.number == number; }) : at - loops.begin() >= taken && at - loops.begin() != next;
      };
      double cost = choice.cycles * double(calls) * shareKept(isOfTile);
      if (candidate.left * floatBytes % (target.firstCache / target.ways) == 0 && choice.tile.rows > target.ways)
        cost *= 1.1; // Such rows push each other out of the cache.
      if (choice.tile.rows && cost < least * 0.98) {
        least = cost, bestTaken = taken, bestRow = next;
        tile = choice.tile, wholeRows = rowsAtOnce;
      }
    }
    if (taken == int64_t(loops.size()) || rowsAtOnce * loops[taken].size > 24)
      break;
  }
  for (auto [number, loop] : llvm::enumerate(loops))
    if (int64_t(number) == bestRow)
      row = loop;
    else
      (int64_t(number) < bestTaken ? whole : across).push_back(loop);
  std::reverse(whole.begin(), whole.end());
  std::reverse(across.begin(), across.end());
}

SmallVector<int64_t> ContractPlan::rowOffsets(int64_t rows, llvm::function_ref<int64_t(const Loop &)> stride) const {
  SmallVector<int64_t> offsets;
  for (int64_t r = 0; r < rows; ++r) {
    int64_t offset = r / wholeRows * stride(row), rest = r % wholeRows;
    for (const Loop &loop : llvm::reverse(whole)) {
      offset += rest % loop.size * stride(loop);
      rest /= loop.size;
    }
    offsets.push_back(offset);
  }
  return offsets;
}

void ContractPlan::choosePacking(bool isFloat) {
  int64_t depth = sizeOf(summed), rows = sizeOf(across) * row.size * wholeRows, bytes = depth * tile.vectors * target.lanes * floatBytes;
  int64_t columnTiles = ceilDiv(column.size, tile.vectors * target.lanes);
  bool isStraight = column.right == 1, isTurned = !summed.empty() && summed.back().right == 1;
  bool isWorthIt = bytes >= panelLeastBytes(target) || (isStraight && !summed.empty() && collide(target, depth, summed.back().right));
  bool isReused = ceilDiv(rows, tile.rows * wholeRows) >= panelReuse && columnTiles > 1;
  // Pairs whose columns lie apart are turned on the way to a panel or not at all.
  packed = isFloat && !isLanewise() && (isStraight || isTurned) && ((isReused && isWorthIt) || (isPaired && !isStraight)) && bytes <= panelMostBytes(target);
  if (!packed)
    return;
  choosePanels(bytes);
  chooseCopies();
}

/// How many tiles of columns, of so many bytes each, are copied together.
void ContractPlan::choosePanels(int64_t bytes) {
  int64_t columnTiles = ceilDiv(column.size, tile.vectors * target.lanes);
  for (int64_t tiles = 1; tiles <= columnTiles && tiles * bytes <= panelMostBytes(target); ++tiles)
    if (columnTiles % tiles == 0)
      group = tiles;
}

/// Rows that push each other out of the first cache are copied to where they do not: rows far apart, each of them a row; rows
/// next to each other, whose steps are far apart, a step behind the other.
void ContractPlan::chooseCopies() {
  if (!whole.empty() || summed.empty())
    return;
  int64_t depth = sizeOf(summed), apart = ceilDiv(depth, Target::line) * Target::line + Target::line;
  int64_t rowTiles = ceilDiv(row.size, tile.rows), columnTiles = ceilDiv(column.size, tile.vectors * target.lanes);
  if (row.left == 1 && columnTiles >= copyReuse && collide(target, depth, summed.back().left)) {
    auto sizeOfTile = [&](int64_t steps) { return ceilDiv(steps * tile.rows + target.lanes, Target::line) * Target::line; };
    auto areNear = [&](int64_t steps) {
      return (rowTiles * sizeOfTile(steps) + steps * tile.vectors * target.lanes) * floatBytes <= sharedBytes(target);
    };
    auto cutsSum = [&] { return depth > sharedDepth && cutSum([&](int64_t steps) { return steps <= sharedDepth && areNear(steps); }); };
    if (batch.empty() && across.empty() && (cutsSum() || (group < copyReuse && areNear(depth)))) {
      copies = {rowTiles, sizeOfTile(sizeOf(summed)), 1, tile.rows, true};
      group = 1;
    } else if (group >= copyReuse) {
      int64_t size = sizeOfTile(depth), most = std::clamp<int64_t>(2 * copiedBytes(target) / (size * floatBytes), 1, copiedTiles);
      copies = {ceilDiv(rowTiles, ceilDiv(rowTiles, most)), size, 1, tile.rows};
    }
  } else if (summed.size() == 1 && summed[0].left == 1 && tile.rows > placesOf(target, row.left) * sharedWays(target) && depth >= copiedDepth &&
             tile.rows * apart * floatBytes <= copiedBytes(target)) {
    copies = {1, tile.rows * apart, apart, 1};
  }
}

/// Cuts the sum, from its longest strides on, so that a piece `isShort`; it stays whole where its sizes have no such divisors.
bool ContractPlan::cutSum(llvm::function_ref<bool(int64_t steps)> isShort) {
  Loops outer, inner = summed;
  int64_t steps = sizeOf(summed);
  while (!isShort(steps) && !inner.empty()) {
    Loop loop = inner.front();
    int64_t parts = 1;
    while (parts < loop.size && (loop.size % parts || !isShort(steps / parts)))
      ++parts;
    int64_t part = loop.size / parts;
    outer.push_back({parts, loop.left * part, loop.right * part});
    inner.front().size = part;
    inner.front().number = -1; // its index is no longer the border's
    if (part == 1)
      inner.erase(inner.begin());
    steps /= parts;
  }
  if (!mayCutSum || !isShort(steps) || steps < slabDepth)
    return false;
  slabs = outer;
  summed = inner;
  dropBorders();
  return true;
}

/// Where tiles read the operands more often than the second cache holds them, all tiles take a piece of the sum at a time.
void ContractPlan::chooseSlabs() {
  int64_t depth = sizeOf(summed), bytes = floatBytes * (countOf(left.base) + countOf(right.base));
  int64_t tiles = sizeOf(across) * ceilDiv(row.size, tile.rows) * ceilDiv(column.size, tile.vectors * target.lanes);
  // Rows next to each other take a line of the cache at each step, of which a tile needs a part.
  bool isWasteful = !packed || (row.left == 1 && !copies.tiles && depth >= wastefulDepth);
  if (!slabs.empty() || bytes <= slabBytes(target) || tiles < panelReuse || !batch.empty() || column.right != 1 || isLanewise() || !isWasteful)
    return;
  if (cutSum([&](int64_t steps) { return bytes * steps / depth <= slabBytes(target); }) || cutUnevenly(slabBytes(target) * depth / bytes))
    packed = false;
}

/// For a sum without a fitting divisor, such as one over a vocabulary. Tiles of vectors then read rows where they are.
bool ContractPlan::cutUnevenly(int64_t mostSteps) {
  int64_t steps = mostSteps / Target::line * Target::line;
  if (!mayCutSum || summed.size() != 1 || steps < slabDepth)
    return false;
  Loop &loop = summed[0];
  slabs = {{ceilDiv(loop.size, steps), loop.left * steps, loop.right * steps}};
  lastSteps = loop.size - (slabs[0].size - 1) * steps;
  loop.size = steps;
  loop.number = -1;
  dropBorders();
  return true;
}

} // namespace tl
