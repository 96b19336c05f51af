// A tile of a contraction of pairs of bf16, or of f32 in three parts, in Intel's registers of tiles (AMX): 16 rows of 64 bytes each, of which one
// instruction multiplies two and adds the product to a third. Two by two registers hold the sums, two the rows of the left side, two the columns of the right.
#include "compiler/kernels/ContractKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tl {
namespace {

using Loop = ContractPlan::Loop;
constexpr int64_t side = Target::tileSide, bytesOfRow = 64, bytesOfNumber = bytesOfRow / side;

int64_t sumsIn(int64_t row, int64_t column) { return 2 * row + column; }
int64_t rowsIn(int64_t row) { return 4 + row; }
int64_t columnsIn(int64_t column) { return 6 + column; }

/// The instructions, by LLVM's names, on registers by number.
struct Registers {
  LoopNest &nest;
  OpBuilder &b = nest.b;

  void call(const char *name, ValueRange arguments) { LLVM::CallIntrinsicOp::create(b, nest.loc, b.getStringAttr(std::string("llvm.x86.") + name), arguments); }
  Value number(int64_t of) { return arith::ConstantOp::create(b, nest.loc, b.getI8IntegerAttr(int8_t(of))); }
  /// Where a number of `buffer` lies.
  Value pointer(Value buffer, Value position) {
    IndexMath math = nest.math();
    Value start = memref::ExtractAlignedPointerAsIndexOp::create(b, nest.loc, buffer);
    Value at = arith::IndexCastOp::create(b, nest.loc, b.getI64Type(), math.add(start, math.mul(position, bytesOfNumber)));
    return LLVM::IntToPtrOp::create(b, nest.loc, LLVM::LLVMPointerType::get(b.getContext()), at);
  }
  /// Loads or stores rows that lie `stride` numbers apart.
  void move(const char *how, int64_t of, Value buffer, Value position, int64_t stride) {
    Value apart = arith::ConstantOp::create(b, nest.loc, b.getI64IntegerAttr(stride * bytesOfNumber));
    call(how, {number(of), pointer(buffer, position), apart});
  }
};

/// As many registers of a side of 16 as `rows` need.
int64_t registersFor(int64_t rows) { return (rows + side - 1) / side; }

} // namespace

/// The rows of sums and left sides; those of the right are whole. Palette 1, see Intel's manual of instructions, LDTILECFG.
void Contraction::setTileRegisters(int64_t rows) {
  int8_t said[64] = {1};
  auto shape = [&](int64_t of, int64_t height) { said[16 + 2 * of] = bytesOfRow, said[48 + of] = int8_t(height); };
  for (int64_t r = 0; r < 2; ++r) {
    int64_t height = std::clamp<int64_t>(rows - r * side, 0, side);
    for (int64_t of : {sumsIn(r, 0), sumsIn(r, 1), rowsIn(r)})
      shape(of, height ? height : side);
    shape(columnsIn(r), side);
  }
  auto type = VectorType::get({64}, b.getI8Type());
  Value bytes = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, ArrayRef<int8_t>(said)));
  vector::StoreOp::create(b, loc, bytes, shapes, ValueRange{math.constant(0)});
  Registers registers{nest};
  registers.call("ldtilecfg", registers.pointer(shapes, math.constant(0)));
}

/// Threads that are interrupted have less to keep then.
void Contraction::releaseTileRegisters() { Registers{nest}.call("tilerelease", {}); }

void Contraction::sumInRegisters(const Place &place, Value leftBase, Value panelAt) {
  Registers registers{nest};
  const int64_t height = registersFor(place.rows), apart = copied ? plan.copies.row : plan.row.left;
  SmallVector<int64_t> steps = plan.stepSizes(), blocks = steps;
  blocks.back() /= side;
  const int64_t panelPlane = plan.steps() * place.vectors * lanes, rowsPlane = plan.copies.tiles * plan.copies.tile;
  using PlanePair = std::pair<int64_t, int64_t>; // of rows, and of columns
  SmallVector<PlanePair> planes{{0, 0}};
  auto step = [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
    Point point = llvm::map_to_vector<4>(indices, [](Value index) { return AxisIndex{index, 0, {}}; });
    point.back().base = math.mul(point.back().base, side);
    Value number = math.linear(point, steps).base, panelStep = math.add(panelAt, math.mul(number, place.vectors * lanes));
    Value leftAt = copied ? math.add(leftBase, number) : sumOf(math, leftBase, plan.summed, point, &Loop::left);
    PlanePair held{-1, -1};
    for (PlanePair now : planes) {
      for (int64_t r = 0; r < height && now.first != held.first; ++r)
        registers.move("tileloadd64", rowsIn(r), copied ? copied : left, math.add(leftAt, now.first * rowsPlane + r * side * apart), apart);
      for (int64_t v = 0; v < place.vectors && now.second != held.second; ++v)
        registers.move("tileloadd64", columnsIn(v), panel, math.add(panelStep, now.second * panelPlane + v * lanes), place.vectors * lanes);
      for (int64_t r = 0; r < height; ++r)
        for (int64_t v = 0; v < place.vectors; ++v)
          registers.call("tdpbf16ps", {registers.number(sumsIn(r, v)), registers.number(rowsIn(r)), registers.number(columnsIn(v))});
      held = now;
    }
    return {};
  };
  if (plan.isSplit) { // The least products first, so that they are not lost in the sum; three are less than its rounding. Neighbours share registers.
    planes = {{0, 2}, {0, 1}, {1, 1}, {1, 0}, {2, 0}};
    plan.borders.empty() ? void(nest.carry(blocks, {}, step)) : void(withinBorders(place, blocks, {}, step));
    planes = {{0, 0}};
  }
  if (!plan.borders.empty()) {
    withinBorders(place, blocks, {}, step);
    return;
  }
  SmallVector<Value> fetched = readByEpilogue();
  if (fetched.empty() || blocks.size() != 1) {
    nest.carry(blocks, {}, step);
    return;
  }
  auto blocksBefore = [&](Value row) { return math.div(math.mul(row, blocks[0]), place.rows); };
  nest.carry({place.rows}, {}, [&](ValueRange row, ValueRange) -> LoopNest::Carry {
    prefetch(place, row[0], fetched);
    nest.carry(blocksBefore(row[0]), blocksBefore(math.add(row[0], 1)), {}, [&](Value index, ValueRange) { return step({index}, {}); });
    return {};
  });
}

/// Calls `move` for each vector of a tile: where it stands in `scratch` and where in `kept`.
void Contraction::moveRows(const Place &place, llvm::function_ref<void(Value inScratch, Value inKept, Value mask)> move) {
  Value start = keptStart(place);
  nest.carry({place.rows}, {}, [&](ValueRange row, ValueRange) -> LoopNest::Carry {
    for (int64_t v = 0; v < place.vectors; ++v)
      move(math.add(math.mul(row[0], place.vectors * lanes), v * lanes), math.add(math.add(start, math.mul(row[0], keptStride(plan.row))), v * lanes),
           nest.tailMask(lanesOf(place, v)));
    return {};
  });
}

void Contraction::tileOfRegisters(const Place &place, Value slab, Value leftAt, Value panelAt) {
  Registers registers{nest};
  const bool isCut = place.rows < plan.tile.rows;
  auto forSums = [&](llvm::function_ref<void(int64_t of, Value position)> body) {
    for (int64_t r = 0; r < registersFor(place.rows); ++r)
      for (int64_t v = 0; v < place.vectors; ++v)
        body(sumsIn(r, v), math.constant(r * side * place.vectors * lanes + v * lanes));
  };
  if (isCut)
    setTileRegisters(place.rows);
  auto clear = [&] { forSums([&](int64_t of, Value) { registers.call("tilezero", registers.number(of)); }); };
  if (!slab)
    clear();
  else
    nest.either(slab, 1, 2, [&](bool isLater) { // The first slab, or one behind it.
      if (!isLater)
        return clear();
      moveRows(place, [&](Value inScratch, Value inKept, Value mask) {
        Value before = vector::MaskedLoadOp::create(b, loc, vector, kept, ValueRange{inKept}, mask, zero);
        vector::StoreOp::create(b, loc, before, scratch, ValueRange{inScratch});
      });
      forSums([&](int64_t of, Value position) { registers.move("tileloadd64", of, scratch, position, place.vectors * lanes); });
    });
  sumInRegisters(place, leftAt, panelAt);
  forSums([&](int64_t of, Value position) { registers.move("tilestored64", of, scratch, position, place.vectors * lanes); });
  if (isCut)
    setTileRegisters(plan.tile.rows);
  ifLast(slab, [&](bool isLast) {
    if (isLast)
      return finishRows(place);
    moveRows(place, [&](Value inScratch, Value inKept, Value mask) {
      Value sum = vector::LoadOp::create(b, loc, vector, scratch, ValueRange{inScratch});
      vector::MaskedStoreOp::create(b, loc, kept, ValueRange{inKept}, mask, sum);
    });
  });
}

} // namespace tl
