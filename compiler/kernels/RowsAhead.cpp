// Rows of tables that are looked up by number, asked of memory before their turn.
#include "compiler/kernels/RowsAhead.h"
#include "compiler/fusion/Calculus.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace tl {

static int64_t elementBytes(Value tensor) { return elementOf(tensor).getIntOrFloatBitWidth() / 8; }

RowsAhead::RowsAhead(LoopNest &nest, ArrayRef<int64_t> shape) : nest(nest) {
  for (Operation &op : nest.run.getBody().front().without_terminator())
    if (isKind(&op, Op::Gather) && nest.buffers.count(op.getOperand(0)) && nest.buffers.count(op.getOperand(1)) && shapeOf(op.getResult(0)) == shape &&
        shapeOf(op.getOperand(1)).size() + 1 == shape.size() && elementsOf(op.getOperand(0)) * elementBytes(op.getOperand(0)) > nest.target.secondCache)
      lookups.push_back(&op);
}

void RowsAhead::ask(Value row, int64_t rows) {
  constexpr int64_t ahead = 6, mostLines = 16; // of a longer row what follows its first lines comes by itself
  if (rows <= ahead)
    return;
  OpBuilder &b = nest.b;
  IndexMath math = nest.math();
  for (Operation *op : lookups) {
    Value table = op->getOperand(0), ids = op->getOperand(1);
    Value later = arith::MinUIOp::create(b, nest.loc, math.add(row, math.constant(ahead)), math.constant(rows - 1));
    Expression expression = nest.expression();
    AxisIndex named = expression.rowAt(ids, math.delinearize({later, 0, {}}, shapeOf(ids)));
    expression.clamp(named, shapeOf(table)[0]);
    const int64_t length = elementsOf(table) / shapeOf(table)[0], line = Target::line * 4 / elementBytes(table);
    Value start = math.mul(named.base, length);
    for (int64_t at = 0; at < std::min(length, mostLines * line); at += line)
      memref::PrefetchOp::create(b, nest.loc, nest.buffers.lookup(table), ValueRange{math.add(start, math.constant(at))}, /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
  }
}

} // namespace tl
