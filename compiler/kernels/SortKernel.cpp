// argsort: a merge sort of each row, which moves places and leaves the numbers where they are.
#include "compiler/fusion/Calculus.h"
#include "compiler/kernels/LoopNest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace tl {
namespace {

class Sort {
public:
  explicit Sort(LoopNest &nest)
      : nest(nest), b(nest.b), loc(nest.loc), math(nest.math()), x(nest.root->getOperand(0)), length(shapeOf(x).back()),
        isDescending(nest.root->hasAttr("descending")) {}

  /// Runs of 1, 2, 4, … places are merged from one buffer to the other; the last merge fills the result.
  void row(Value number) {
    base = math.mul(number, length);
    here = math.delinearize({number, 0, {}}, shapeOf(x).drop_back());
    Value from = nest.outputs[0], to = nest.scratch;
    if (llvm::Log2_64_Ceil(uint64_t(length)) % 2)
      std::swap(from, to);
    nest.carry({length}, {}, [&](ValueRange k, ValueRange) -> LoopNest::Carry {
      store(arith::IndexCastOp::create(b, loc, b.getI32Type(), k[0]), from, k[0]);
      return {};
    });
    for (int64_t width = 1; width < length; width *= 2, std::swap(from, to))
      merge(from, to, width);
  }

private:
  /// Each k-th place of a merged run is the next of its left half, or of its right half where that comes before.
  void merge(Value from, Value to, int64_t width) {
    nest.carry(math.constant(0), math.constant(length), {math.constant(0), math.constant(0)}, [&](Value k, ValueRange next) -> LoopNest::Carry {
      Value inside = math.rem(k, 2 * width), start = arith::SubIOp::create(b, loc, k, inside);
      Value isStart = compare(arith::CmpIPredicate::eq, inside, math.constant(0)), middle = within(math.add(start, width), length);
      Value left = arith::SelectOp::create(b, loc, isStart, k, next[0]), right = arith::SelectOp::create(b, loc, isStart, middle, next[1]);
      Value hasLeft = compare(arith::CmpIPredicate::ult, left, middle);
      Value hasRight = compare(arith::CmpIPredicate::ult, right, within(math.add(start, 2 * width), length));
      Value ofLeft = placeAt(from, left), ofRight = placeAt(from, right);
      Value isAhead = comesBefore(numberAt(ofRight), numberAt(ofLeft));
      Value takesRight = arith::SelectOp::create(b, loc, hasLeft, arith::AndIOp::create(b, loc, hasRight, isAhead), hasRight);
      store(arith::SelectOp::create(b, loc, takesRight, ofRight, ofLeft), to, k);
      Value step = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), takesRight);
      Value other = arith::SubIOp::create(b, loc, math.constant(1), step);
      return {arith::AddIOp::create(b, loc, left, other), arith::AddIOp::create(b, loc, right, step)};
    });
  }

  Value compare(arith::CmpIPredicate how, Value l, Value r) { return arith::CmpIOp::create(b, loc, how, l, r); }
  Value within(Value position, int64_t most) { return arith::MinUIOp::create(b, loc, position, math.constant(most)); }
  void store(Value place, Value buffer, Value k) {
    memref::StoreOp::create(b, loc, place, buffer, ValueRange{arith::AddIOp::create(b, loc, base, k)});
  }
  /// Behind the end of a half there is some place, which is not taken.
  Value placeAt(Value buffer, Value k) {
    return memref::LoadOp::create(b, loc, buffer, ValueRange{arith::AddIOp::create(b, loc, base, within(k, length - 1))});
  }
  Value numberAt(Value place) {
    Point point = here;
    point.push_back({arith::IndexCastUIOp::create(b, loc, b.getIndexType(), place), 0, {}});
    return nest.expression().at(x, point);
  }
  /// Whether a must stand before b, which is in front of it now: equal ones stay.
  Value comesBefore(Value a, Value other) {
    if (!isa<FloatType>(a.getType()))
      return compare(isDescending ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::slt, a, other);
    auto is = [&](arith::CmpFPredicate how, Value l, Value r) { return arith::CmpFOp::create(b, loc, how, l, r).getResult(); };
    Value least = isDescending ? other : a, most = isDescending ? a : other;
    Value isOnlyNaN = arith::AndIOp::create(b, loc, is(arith::CmpFPredicate::UNO, most, most), is(arith::CmpFPredicate::ORD, least, least));
    return arith::OrIOp::create(b, loc, is(arith::CmpFPredicate::OLT, least, most), isOnlyNaN);
  }

  LoopNest &nest;
  OpBuilder &b;
  Location loc;
  IndexMath math;
  Value x, base;
  Point here;
  int64_t length;
  bool isDescending;
};

} // namespace

void emitArgSort(LoopNest &nest) {
  nest.forPieces(elementsOf(nest.root->getResult(0)) / shapeOf(nest.root->getResult(0)).back(), [&](Value row) { Sort(nest).row(row); });
}

} // namespace tl
