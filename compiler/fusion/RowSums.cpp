// Sums along the rows of a square that a product of rows tells as well.
#include "compiler/fusion/RowSums.h"
#include "compiler/fusion/RepeatedWork.h"
#include "compiler/ir/Build.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace tl {
namespace {

/// One step from a value to a multiple of it.
struct Factor {
  enum Kind { Times, Over, WhereTrue, WhereFalse, Minus } kind;
  Value by{};
  bool operator==(const Factor &) const = default;
};
using Factors = SmallVector<Factor>;

bool isZero(Value value) { return isConstant(value) && isKind(value.getDefiningOp(), Op::Constant) && constantValue(value.getDefiningOp()) == 0; }

/// What stands between `value` and what `isEnd` says; nullopt where that is not all it is a multiple of.
std::optional<Factors> factorsTo(Value value, llvm::function_ref<bool(Value)> isEnd) {
  if (isEnd(value))
    return Factors();
  auto by = [&](Value inner, Factor factor) -> std::optional<Factors> {
    std::optional<Factors> factors = factorsTo(inner, isEnd);
    if (factors)
      factors->push_back(factor);
    return factors;
  };
  Operation *op = value.getDefiningOp();
  if (isKind(op, Op::Mul))
    for (int side : {0, 1})
      if (auto factors = by(op->getOperand(side), {Factor::Times, op->getOperand(1 - side)}))
        return factors;
  if (isKind(op, Op::Div))
    return by(op->getOperand(0), {Factor::Over, op->getOperand(1)});
  if (isKind(op, Op::Neg))
    return by(op->getOperand(0), {Factor::Minus});
  if (isKind(op, Op::Select) && isZero(op->getOperand(2)))
    return by(op->getOperand(1), {Factor::WhereTrue, op->getOperand(0)});
  if (isKind(op, Op::Select) && isZero(op->getOperand(1)))
    return by(op->getOperand(2), {Factor::WhereFalse, op->getOperand(0)});
  return std::nullopt;
}

bool removeOne(Factors &factors, Factor factor) {
  auto found = llvm::find(factors, factor);
  bool is = found != factors.end();
  if (is)
    factors.erase(found);
  return is;
}

/// What `value` has for each row, in `like`'s shape, where that is the same along all columns; null: it is not.
Value ofRows(Value value, Value like, int64_t column, ir::Build m) {
  if (isKind(value.getDefiningOp(), Op::Constant))
    return m.fill(constantValue(value.getDefiningOp()), like);
  auto broadcast = value.getDefiningOp<ir::BroadcastOp>();
  if (!broadcast || llvm::is_contained(broadcast.getAxes(), column))
    return {};
  std::vector<int64_t> axes;
  for (int64_t axis : broadcast.getAxes())
    axes.push_back(axis - (axis > column));
  return m.broadcast(broadcast.getX(), axes, ir::typeOf(like).shape);
}

} // namespace

bool isOfShares(Value square, Value shares) {
  return factorsTo(square, [&](Value value) { return value == shares; }).has_value();
}

Value sumOfMeans(ir::ReduceSumOp sum, Value shares, const SquareProduct &mean, Value unrounded, const SquareAxes &axes) {
  std::optional<SquareProduct> gradient;
  std::optional<Factors> factors = factorsTo(sum.getX(), [&](Value value) {
    auto contract = value.getDefiningOp<ir::ContractOp>();
    gradient = contract ? squareProduct(contract, value, axes) : std::nullopt;
    return gradient && gradient->columns.tensor == mean.columns.tensor && gradient->columns.loops == mean.columns.loops;
  });
  if (!factors || !removeOne(*factors, {Factor::Times, shares}))
    return {};
  std::optional<Factors> ofShares = factorsTo(withoutRounding(mean.square), [&](Value value) { return value == shares; });
  for (Factor factor : *ofShares)
    if (!removeOne(*factors, factor))
      return {};
  OpBuilder b(sum);
  ir::Build m{b, sum.getLoc()};
  std::vector<int64_t> rowLoops;
  for (int64_t axis = 0; axis < int64_t(axes.shape.size()); ++axis)
    if (axis != axes.column)
      rowLoops.push_back(axis);
  auto loopsOf = [](const SquareSide &side) { return std::vector<int64_t>(side.loops.begin(), side.loops.end()); };
  Value result = m.contract(m.cast(gradient->rows.tensor, DType::F32), unrounded, loopsOf(gradient->rows), loopsOf(mean.rows), rowLoops);
  for (Factor factor : *factors) {
    Value by = factor.by ? ofRows(factor.by, result, axes.column, m) : Value();
    if (factor.kind == Factor::Minus)
      result = m.neg(result);
    else if (by && factor.kind == Factor::Times)
      result = m.mul(result, by);
    else if (by && factor.kind == Factor::Over)
      result = m.div(result, by);
    else
      return {};
  }
  return result;
}

} // namespace tl
