// Factors of f32 in three parts of bf16: what is left of a number when it is rounded to bf16, twice. 8 bits and 8 and 8 are all that an f32 has, so the
// parts add up to it, but for those below the least normal number (Henry, Tang and Heinecke, "Leveraging the bfloat16 Artificial Intelligence Datatype For
// Higher-Precision Computations", 2019).
#include "compiler/kernels/SplitFactors.h"
#include "compiler/kernels/TurnRows.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tl {
namespace {

using Loop = ContractPlan::Loop;
using Parts = SmallVector<Value, ContractPlan::partsOfSplit>; // the bits of each, in the upper half of 32

Point pointOf(ValueRange indices) {
  return llvm::map_to_vector<4>(indices, [](Value index) { return AxisIndex{index, 0, {}}; });
}

class Splitter {
public:
  explicit Splitter(LoopNest &nest) : nest(nest), b(nest.b), loc(nest.loc), math(nest.math()) {}

  Parts split(Value numbers) {
    Parts parts;
    for (int64_t part = 0; part < ContractPlan::partsOfSplit; ++part) {
      bool isLast = part == ContractPlan::partsOfSplit - 1;
      Value bits = arith::BitcastOp::create(b, loc, words, numbers);
      if (!isLast) // Half of what is cut off; of the last part nothing is.
        bits = arith::AddIOp::create(b, loc, bits, word(0x8000));
      parts.push_back(arith::AndIOp::create(b, loc, bits, word(int32_t(0xffff0000))));
      if (!isLast)
        numbers = arith::SubFOp::create(b, loc, numbers, arith::BitcastOp::create(b, loc, numbers.getType(), parts.back()));
    }
    return parts;
  }
  /// Numbers of two steps for each of 16 columns, or zeros, as pairs.
  void storePairs(const Parts &even, const Parts &odd, Value buffer, Value at, int64_t plane) {
    for (auto [part, low, high] : llvm::enumerate(even, odd))
      store(arith::OrIOp::create(b, loc, shifted(low), high), buffer, at, int64_t(part) * plane);
  }
  /// Numbers of 16 steps for a row: eight pairs.
  void storeRow(const Parts &parts, Value buffer, Value at, int64_t plane) {
    auto halves = VectorType::get({lanes}, b.getI16Type());
    for (auto [part, bits] : llvm::enumerate(parts)) {
      Value narrow = arith::TruncIOp::create(b, loc, halves, shifted(bits));
      Value pairs = vector::BitCastOp::create(b, loc, VectorType::get({lanes / 2}, b.getF32Type()), narrow);
      vector::StoreOp::create(b, loc, pairs, buffer, ValueRange{math.add(at, int64_t(part) * plane)});
    }
  }
  Parts zeros() { return Parts(ContractPlan::partsOfSplit, word(0)); }
  Value zeroNumbers() { return splatConstant(b, loc, VectorType::get({lanes}, b.getF32Type()), 0); }

private:
  Value word(int32_t bits) { return splatConstant(b, loc, words, bits); }
  Value shifted(Value bits) { return arith::ShRUIOp::create(b, loc, bits, word(16)); }
  void store(Value bits, Value buffer, Value at, int64_t plane) {
    nest.store(arith::BitcastOp::create(b, loc, VectorType::get({lanes}, b.getF32Type()), bits), buffer, math.add(at, plane), lanes);
  }

  LoopNest &nest;
  OpBuilder &b;
  Location loc;
  IndexMath math;
  const int64_t lanes = nest.lanes;
  const VectorType words = VectorType::get({lanes}, b.getI32Type());
};

} // namespace

void packSplit(LoopNest &nest, const ContractPlan &plan, Value start, Value panel, llvm::function_ref<void(PackTile)> forTiles) {
  Splitter splitter(nest);
  IndexMath math = nest.math();
  const int64_t lanes = nest.lanes, size = plan.summed.back().size, apart = plan.summed.back().right;
  const bool isStraight = plan.column.right == 1;
  const int64_t atOnce = isStraight ? 2 : lanes, whole = size / atOnce, rest = size % atOnce; // steps
  SmallVector<int64_t> steps = plan.stepSizes(), sizes = sizesOf(ArrayRef(plan.summed).drop_back());
  const int64_t known = (size + atOnce - 1) / atOnce * atOnce / 2; // pairs that are stored of the sum; behind them are zeros
  nest.carry(sizes, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
    Point point = pointOf(indices);
    point.push_back({math.constant(0), 0, {}});
    Value from = sumOf(math, start, plan.summed, point, &Loop::right), to = math.linear(point, steps).base;
    auto put = [&](Value number, int64_t present) {
      Value step = math.mul(number, atOnce), pair = math.add(to, math.mul(number, atOnce / 2));
      forTiles([&](Value column, int64_t vectors, int64_t lastLanes, Value panelAt) {
        const int64_t plane = plan.steps() * vectors * lanes;
        for (int64_t v = 0; v < vectors; ++v) {
          const int64_t width = v == vectors - 1 ? lastLanes : lanes;
          SmallVector<Value> ofSteps(atOnce, splitter.zeroNumbers());
          Value columnAt = math.add(from, math.mul(math.add(column, v * lanes), plan.column.right));
          if (isStraight) {
            for (int64_t s = 0; s < present; ++s)
              ofSteps[s] = loadRight(nest, plan, math.add(columnAt, math.mul(math.add(step, s), apart)), width);
          } else {
            for (int64_t c = 0; c < width; ++c)
              ofSteps[c] = loadRight(nest, plan, math.add(math.add(columnAt, c * plan.column.right), step), present);
            ofSteps = turned(nest, std::move(ofSteps));
          }
          for (int64_t s = 0; s < atOnce; s += 2)
            splitter.storePairs(splitter.split(ofSteps[s]), splitter.split(ofSteps[s + 1]), panel,
                                math.add(math.add(panelAt, math.mul(math.add(pair, s / 2), vectors * lanes)), v * lanes), plane);
        }
      });
    };
    if (whole)
      nest.carry({whole}, {}, [&](ValueRange number, ValueRange) -> LoopNest::Carry {
        put(number[0], atOnce);
        return {};
      });
    if (rest)
      put(math.constant(whole), rest);
    if (steps.back() > known)
      nest.carry({steps.back() - known}, {}, [&](ValueRange number, ValueRange) -> LoopNest::Carry {
        Value pair = math.add(to, math.add(number[0], known));
        forTiles([&](Value, int64_t vectors, int64_t, Value panelAt) {
          for (int64_t v = 0; v < vectors; ++v)
            splitter.storePairs(splitter.zeros(), splitter.zeros(), panel, math.add(math.add(panelAt, math.mul(pair, vectors * lanes)), v * lanes), plan.steps() * vectors * lanes);
        });
        return {};
      });
    return {};
  });
}

void copySplit(LoopNest &nest, const ContractPlan &plan, Value from, int64_t rows, Value copied) {
  Splitter splitter(nest);
  IndexMath math = nest.math();
  const int64_t lanes = nest.lanes, size = plan.summed.back().size, whole = size / lanes, rest = size % lanes, plane = plan.copies.tiles * plan.copies.tile;
  SmallVector<int64_t> steps = plan.stepSizes(), outer = sizesOf(ArrayRef(plan.summed).drop_back());
  const int64_t vectors = steps.back() * 2 / lanes; // with those of zeros
  Value left = nest.buffers[plan.left.base];
  auto at = [&](Value to, Value row, Value vector) { return math.add(math.add(to, math.mul(row, plan.copies.row)), math.mul(vector, lanes / 2)); };
  /// Calls `copy` for each vector of 16 steps, with how many of them the sum has.
  auto forVectors = [&](llvm::function_ref<void(Value vector, int64_t present)> copy) {
    if (whole)
      nest.carry({whole}, {}, [&](ValueRange vector, ValueRange) -> LoopNest::Carry {
        copy(vector[0], lanes);
        return {};
      });
    for (int64_t vector = whole; vector < vectors; ++vector)
      copy(math.constant(vector), vector == whole ? rest : 0);
  };
  auto startOf = [&](ValueRange indices, int64_t Loop::*stride, Value start) {
    Point point = pointOf(indices);
    point.push_back({math.constant(0), 0, {}});
    return std::pair(sumOf(math, start, plan.summed, point, stride), math.linear(point, steps).base);
  };
  if (plan.summed.back().left == 1) {
    SmallVector<int64_t> sizes = outer;
    sizes.insert(sizes.begin(), rows);
    nest.carry(sizes, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
      auto [start, to] = startOf(indices.drop_front(), &Loop::left, math.add(from, math.mul(indices[0], plan.row.left)));
      forVectors([&, start = start, to = to](Value vector, int64_t present) {
        Value numbers = present ? nest.load(left, math.add(start, math.mul(vector, lanes)), present) : splitter.zeroNumbers();
        splitter.storeRow(splitter.split(numbers), copied, at(to, indices[0], vector), plane);
      });
      return {};
    });
    return;
  }
  const int64_t apart = plan.summed.back().left;
  nest.carry(outer, {}, [&](ValueRange indices, ValueRange) -> LoopNest::Carry {
    auto [start, to] = startOf(indices, &Loop::left, from);
    forVectors([&, start = start, to = to](Value vector, int64_t present) {
      auto square = [&](Value row, int64_t height) {
        Value corner = math.add(math.add(start, row), math.mul(vector, lanes * apart));
        SmallVector<Value> numbers(lanes, splitter.zeroNumbers());
        for (int64_t step = 0; step < present; ++step) {
          numbers[step] = nest.load(left, math.add(corner, step * apart), height);
          askForLeft(nest, plan, math.add(corner, step * apart + plan.copies.tiles * plan.tile.rows)); // of the tiles that are copied next
        }
        numbers = turned(nest, std::move(numbers));
        for (int64_t r = 0; r < height; ++r)
          splitter.storeRow(splitter.split(numbers[r]), copied, at(to, math.add(row, r), vector), plane);
      };
      if (rows / lanes)
        nest.carry({rows / lanes}, {}, [&](ValueRange number, ValueRange) -> LoopNest::Carry {
          square(math.mul(number[0], lanes), lanes);
          return {};
        });
      if (rows % lanes)
        square(math.constant(rows / lanes * lanes), rows % lanes);
    });
    return {};
  });
}

} // namespace tl
