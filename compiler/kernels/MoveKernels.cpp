// Concatenation: each part moves to its place.
#include "compiler/fusion/Calculus.h"
#include "compiler/kernels/LoopNest.h"

using namespace mlir;

namespace tl {
void emitConcat(LoopNest &nest) {
  IndexMath math = nest.math();
  Value result = nest.root->getResult(0);
  ArrayRef<int64_t> shape = shapeOf(result);
  int64_t axis = integer(nest.root, "axis"), start = 0;
  for (Value part : nest.root->getOperands()) {
    ArrayRef<int64_t> partShape = shapeOf(part);
    // Lanes are next to each other in the result too only where no axis behind theirs is longer than one there.
    int64_t lane = laneAxis(partShape);
    bool scalar = lane < 0 || llvm::any_of(shape.drop_front(lane + 1), [](int64_t size) { return size > 1; });
    int64_t length = scalar ? 1 : partShape[lane];
    auto move = [&](const Point &from, Value mask) {
      Expression expression = nest.expression();
      expression.mask = mask;
      Point to = from;
      to[axis] = math.shift(to[axis], start);
      expression.store(expression.at(part, from), nest.outputs[0], math.linear(to, shape));
    };
    nest.forPieces(elementsOf(part) / length, [&](Value row) {
      if (scalar)
        return move(math.delinearize({row, 0, {}}, partShape), {});
      Point from(partShape.size(), math.at(0));
      llvm::copy(math.delinearize({row, 0, {}}, partShape.take_front(lane)), from.begin());
      nest.alongRow(length, [&](Value column, Value mask) {
        from[lane] = {column, 1, {}};
        move(from, mask);
      });
    });
    start += partShape[axis];
  }
}

} // namespace tl
