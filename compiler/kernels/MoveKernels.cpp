// Concatenation: each part moves to its place.
#include "compiler/fusion/Calculus.h"
#include "compiler/kernels/LoopNest.h"

using namespace mlir;

namespace tl {
namespace {

class Parts {
public:
  explicit Parts(LoopNest &nest) : nest(nest), math(nest.math()), shape(shapeOf(nest.root->getResult(0))), axis(integer(nest.root, "axis")) {}

  /// Parts of one shape move together, so that what several of them are computed from is read and computed once.
  void move() {
    SmallVector<Value> parts(nest.root->getOperands());
    bool areAlike = llvm::all_of(parts, [&](Value part) { return part.getType() == parts.front().getType(); });
    for (size_t count = areAlike ? parts.size() : 1, first = 0, start = 0; first < parts.size(); first += count) {
      moveTogether(ArrayRef(parts).slice(first, count), int64_t(start));
      start += size_t(shapeOf(parts[first])[axis]) * count;
    }
  }

private:
  /// `parts`, the first of which begins at `start`.
  void moveTogether(ArrayRef<Value> parts, int64_t start) {
    ArrayRef<int64_t> sizes = shapeOf(parts.front());
    // Lanes are next to each other in the result too only where no axis behind theirs is longer than one there.
    int64_t lane = laneAxis(sizes);
    bool isScalar = lane < 0 || llvm::any_of(shape.drop_front(lane + 1), [](int64_t size) { return size > 1; });
    int64_t length = isScalar ? 1 : sizes[lane];
    auto movePoint = [&](const Point &from, Value mask) {
      Expression expression = nest.expression();
      expression.mask = mask;
      SmallVector<Value> values;
      for (Value part : parts)
        values.push_back(expression.at(part, from));
      for (auto [number, value] : llvm::enumerate(values)) {
        Point to = from;
        to[axis] = math.shift(to[axis], start + int64_t(number) * sizes[axis]);
        expression.store(value, nest.outputs[0], math.linear(to, shape));
      }
    };
    nest.forPieces(elementsOf(parts.front()) / length, [&](Value row) {
      if (isScalar)
        return movePoint(math.delinearize({row, 0, {}}, sizes), {});
      Point from(sizes.size(), math.at(0));
      llvm::copy(math.delinearize({row, 0, {}}, sizes.take_front(lane)), from.begin());
      nest.alongRow(length, [&](Value column, Value mask) {
        from[lane] = {column, 1, {}};
        movePoint(from, mask);
      });
    });
  }

  LoopNest &nest;
  IndexMath math;
  ArrayRef<int64_t> shape;
  int64_t axis;
};

} // namespace

void emitConcat(LoopNest &nest) { Parts(nest).move(); }

} // namespace tl
