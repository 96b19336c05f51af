// A kernel of what is made of a square.
#include "compiler/fusion/OutlineSquare.h"
#include "compiler/ir/Build.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;

namespace tl {
namespace {

/// Is a tensor told by indices alone?
bool isOfIndices(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || !kindOf(op) || op->getNumResults() != 1 || isKind(op, Op::Random))
    return false;
  bool isMoved = isOf(op, Form::View) || isOf(op, Form::Renamed) || isElementwise(*kindOf(op));
  return isMoved && llvm::all_of(op->getOperands(), isOfIndices);
}

/// Copies what a kernel needs of the square into its body.
class Outline {
public:
  Outline(const SquareParts &square, ArrayRef<Value> results, bool areMeans)
      : square(square), results(results), areMeans(areMeans), b(results[0].getDefiningOp()), block(results[0].getDefiningOp()->getBlock()) {}
  kernel::RunOp run();

private:
  using Axes = SmallVector<int64_t>; // the axes of the square that those of a tensor are; -1: none
  void copy(Value value, const Axes &axes);
  void copyOperands(Operation *op, const Axes &axes);
  void copySides(ir::ContractOp contract);
  bool isRepeated(Value value, const Axes &axes);
  void take(Value value);
  Value inverse(Value rows);

  const SquareParts &square;
  ArrayRef<Value> results;
  bool areMeans; // with the greatest score and the sum of each row, which other kernels are given
  OpBuilder b;
  Block *block; // of the square
  kernel::RunOp made;
  Block *body = nullptr;
  IRMapping map;
  DenseMap<Value, Value> inverses; // what rows are divided by -> the inverse, inside
};

void Outline::take(Value value) {
  if (map.contains(value))
    return;
  made->insertOperands(made->getNumOperands(), value);
  map.map(value, body->addArgument(value.getType(), value.getLoc()));
}

/// Work for each place of the square, and what indices tell, is done in each tile; what else there is is read.
bool Outline::isRepeated(Value value, const Axes &axes) {
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != block || !kindOf(op))
    return false;
  if (llvm::is_contained(results, value) || square.isMade(value) || isOfIndices(value) || isKind(op, Op::Random))
    return true;
  bool isWide = llvm::is_contained(axes, square.axes.row) && llvm::is_contained(axes, square.axes.column);
  return isWide && (isOf(op, Form::View) || isOf(op, Form::Renamed) || isElementwise(*kindOf(op)));
}

/// A side is read where it lies, at the strides of its view where its numbers are neighbours there.
void Outline::copySides(ir::ContractOp contract) {
  bool makes = square.isMade(contract.getOut());
  Value of = makes ? contract.getOut() : square.isMade(contract.getLhs()) ? contract.getLhs()
                                                                          : contract.getRhs();
  std::optional<SquareProduct> product = squareProduct(contract, of, square.axes);
  for (Value operand : contract->getOperands()) {
    if (operand == of) {
      copy(operand, llvm::to_vector(llvm::seq<int64_t>(0, int64_t(square.axes.shape.size()))));
      continue;
    }
    const SquareSide &side = product->rows.tensor == operand ? product->rows : product->columns;
    SmallVector<Operation *> views;
    Value base = operand;
    for (; side.step == 1 && base != side.view.base; base = base.getDefiningOp()->getOperand(0))
      views.push_back(base.getDefiningOp());
    take(base);
    b.setInsertionPointToEnd(body);
    for (Operation *view : llvm::reverse(views))
      if (!map.contains(view->getResult(0)))
        b.clone(*view, map);
  }
}

void Outline::copyOperands(Operation *op, const Axes &axes) {
  if (auto contract = dyn_cast<ir::ContractOp>(op))
    return copySides(contract);
  for (Value operand : op->getOperands()) {
    Axes inner(shapeOf(operand).size(), -1);
    if (isElementwise(*kindOf(op)) || op == square.top || op == square.total)
      inner = axes;
    else if (isKind(op, Op::Broadcast))
      for (auto [from, to] : llvm::enumerate(integers(op, "axes")))
        inner[from] = axes[to];
    copy(operand, inner);
  }
}

/// 1 / x for each row.
Value Outline::inverse(Value rows) {
  OpBuilder outside(made);
  ir::Build m{outside, rows.getLoc()};
  return m.div(m.fill(1, rows), rows);
}

void Outline::copy(Value value, const Axes &axes) {
  if (map.contains(value))
    return;
  Operation *op = value.getDefiningOp();
  bool isOfRow = op == square.top || op == square.total;
  if (isOfRow ? !areMeans : !isRepeated(value, axes))
    return take(value);
  Value divisor = !areMeans && isKind(op, Op::Div) ? op->getOperand(1) : Value();
  if (auto spread = divisor ? divisor.getDefiningOp<ir::BroadcastOp>() : nullptr; spread && isAlongColumns(spread, spread.getX(), square.axes.column)) {
    // A row is divided by one number: its inverse takes one division for all of them.
    copy(op->getOperand(0), axes);
    Value &inside = inverses[spread.getX()];
    if (!inside) {
      Value outside = inverse(spread.getX());
      take(outside);
      inside = map.lookup(outside);
    }
    b.setInsertionPointToEnd(body);
    ir::Build m{b, op->getLoc()};
    Value repeated = m.broadcast(inside, spread.getAxes().vec(), ir::typeOf(divisor).shape);
    return map.map(value, m.mul(map.lookup(op->getOperand(0)), repeated));
  }
  copyOperands(op, isOfRow ? llvm::to_vector(llvm::seq<int64_t>(0, int64_t(square.axes.shape.size()))) : axes);
  b.setInsertionPointToEnd(body);
  b.clone(*op, map);
}

kernel::RunOp Outline::run() {
  Location loc = results[0].getLoc();
  made = kernel::RunOp::create(b, loc, TypeRange(ValueRange(results)), ValueRange(), ArrayAttr(), IntegerAttr());
  setColumnsOfSquare(made, square.axes.column);
  body = b.createBlock(&made.getBody());
  for (Value result : results)
    copy(result, {});
  b.setInsertionPointToEnd(body);
  kernel::YieldOp::create(b, loc, llvm::map_to_vector(results, [&](Value result) { return map.lookup(result); }));
  return made;
}

} // namespace

kernel::RunOp outlineSquare(const SquareParts &square, ArrayRef<Value> results, bool areMeans) { return Outline(square, results, areMeans).run(); }

} // namespace tl
