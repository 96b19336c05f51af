// A transpose on its own: squares are turned in registers, for strided loads would take a cache line an element.
#include "compiler/fusion/Calculus.h"
#include "compiler/kernels/LoopNest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tl {
namespace {

/// The transpose that is all a kernel does, where it exchanges contiguous axes of f32; null otherwise.
Operation *loneTranspose(LoopNest &nest) {
  Operation &op = nest.run.getBody().front().front();
  if (!isKind(&op, Op::Transpose) || !op.getNextNode()->hasTrait<OpTrait::IsTerminator>() || !elementOf(op.getResult(0)).isF32())
    return nullptr;
  SmallVector<int64_t> axes = integers(&op, "axes");
  return !axes.empty() && axes.back() != int64_t(axes.size()) - 1 ? &op : nullptr;
}

/// Squares of as many rows as a vector has lanes are turned in registers.
class Transposition {
public:
  Transposition(LoopNest &nest, Operation *op)
      : nest(nest), b(nest.b), loc(nest.loc), math(nest.math()), axes(integers(op, "axes")), in(shapeOf(op->getOperand(0))),
        source(nest.buffers[op->getOperand(0)]), target(nest.outputs[0]) {
    int64_t stride = 1;
    SmallVector<int64_t> inStrides(in.size());
    for (int64_t axis = int64_t(in.size()) - 1; axis >= 0; stride *= in[axis--])
      inStrides[axis] = stride;
    int64_t outStride = 1;
    for (int64_t axis = int64_t(in.size()) - 1; axis >= 0; outStride *= in[axes[axis--]]) {
      if (axis == int64_t(in.size()) - 1)
        rows = in[axes[axis]], rowStride = inStrides[axes[axis]]; // rows of the source lie along the target's last axis
      else if (axes[axis] == int64_t(in.size()) - 1)
        columns = in.back(), columnStride = outStride;
      else
        outer.push_back({in[axes[axis]], inStrides[axes[axis]], outStride});
    }
  }

  void emit() {
    int64_t down = (rows + lanes - 1) / lanes, across = (columns + lanes - 1) / lanes, count = 1;
    SmallVector<int64_t> sizes;
    for (const Outer &loop : outer)
      sizes.push_back(loop.size), count *= loop.size;
    nest.forPieces(count * down * across, [&](Value piece) {
      Value row = math.mul(math.rem(piece, down), lanes), rest = math.div(piece, down);
      Value column = math.mul(math.rem(rest, across), lanes);
      Value from = math.add(math.mul(row, rowStride), column), to = math.add(math.mul(column, columnStride), row);
      for (auto [loop, index] : llvm::zip(outer, math.delinearize({math.div(rest, across), 0, {}}, sizes))) {
        from = math.add(from, math.mul(index.base, loop.from));
        to = math.add(to, math.mul(index.base, loop.to));
      }
      cut(row, rows, [&](int64_t height) { cut(column, columns, [&](int64_t width) { square(from, to, height, width); }); });
    });
  }

private:
  struct Outer {
    int64_t size, from, to;
  };
  /// Runs `body` with the part of a square that lies inside an axis.
  void cut(Value start, int64_t size, llvm::function_ref<void(int64_t)> body) {
    int64_t last = size % lanes;
    if (!last || size < lanes)
      return body(last ? last : lanes);
    Value isWhole = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, start, math.constant(size - last));
    auto branch = scf::IfOp::create(b, loc, isWhole, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    body(lanes);
    b.setInsertionPointToStart(branch.elseBlock());
    body(last);
  }
  void square(Value from, Value to, int64_t height, int64_t width) {
    nest.turnSquare(source, from, rowStride, height, target, to, columnStride, width, height);
  }

  LoopNest &nest;
  OpBuilder &b;
  Location loc;
  IndexMath math;
  SmallVector<int64_t> axes;
  ArrayRef<int64_t> in;
  Value source, target;
  SmallVector<Outer> outer;
  const int64_t lanes = nest.lanes;
  int64_t rows = 1, columns = 1, rowStride = 0, columnStride = 0;
};

} // namespace

bool emitTranspose(LoopNest &nest) {
  Operation *op = loneTranspose(nest);
  if (op)
    Transposition(nest, op).emit();
  return op;
}

} // namespace tl
