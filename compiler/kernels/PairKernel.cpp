// Rows of bf16 two by two: what products of pairs read where the numbers of a pair lie apart.
#include "compiler/fusion/Calculus.h"
#include "compiler/kernels/LoopNest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tl {
namespace {

/// A cast of a transpose that puts an axis of two last, behind the last one of what it transposes: the numbers of a pair are those of two rows.
bool putsRowsInPairs(Value value) {
  Operation *copy = value.getDefiningOp();
  if (!isKind(copy, Op::Cast) || !elementOf(value).isBF16())
    return false;
  Operation *turned = copy->getOperand(0).getDefiningOp();
  if (!isKind(turned, Op::Transpose) || elementOf(turned->getOperand(0)) != elementOf(value) || shapeOf(value).back() != 2)
    return false;
  SmallVector<int64_t> axes = integers(turned, "axes");
  return axes.size() > 1 && axes[axes.size() - 2] == int64_t(axes.size()) - 1;
}

} // namespace

bool emitPairs(LoopNest &nest) {
  auto yield = cast<kernel::YieldOp>(nest.run.getBody().front().getTerminator());
  if (!llvm::all_of(yield.getValues(), putsRowsInPairs))
    return false;
  OpBuilder &b = nest.b;
  Location loc = nest.loc;
  IndexMath math = nest.math();
  ArrayRef<int64_t> shape = nest.shape(), outer = shape.drop_back(2);
  const int64_t length = shape[shape.size() - 2], lanes = nest.lanes;
  auto vectorOf = [&](int64_t count, unsigned bits) { return VectorType::get({count}, b.getIntegerType(bits)); };
  nest.forPieces(llvm::product_of(outer), [&](Value row) {
    nest.alongRow(length, [&](Value column, Value mask) {
      Expression expression = nest.expression();
      expression.mask = mask;
      Point point = math.delinearize({row, 0, {}}, outer);
      point.push_back({column, 1, {}});
      Value to = math.mul(math.add(math.mul(row, length), column), 2);
      for (auto [value, output] : llvm::zip(yield.getValues(), nest.outputs)) {
        Value both[2];
        for (int64_t which : {0, 1}) {
          point.push_back(math.at(which));
          both[which] = arith::ExtUIOp::create(b, loc, vectorOf(lanes, 32), expression.lanesAt(value, point));
          point.pop_back();
        }
        Value high = arith::ShLIOp::create(b, loc, both[1], splatConstant(b, loc, vectorOf(lanes, 32), 16));
        Value pairs = vector::BitCastOp::create(b, loc, vectorOf(2 * lanes, 16), arith::OrIOp::create(b, loc, both[0], high));
        if (mask)
          vector::MaskedStoreOp::create(b, loc, output, ValueRange{to}, nest.firstLanes(2 * (length % lanes), 2 * lanes), pairs);
        else
          vector::StoreOp::create(b, loc, pairs, output, ValueRange{to});
      }
    });
  });
  return true;
}

} // namespace tl
