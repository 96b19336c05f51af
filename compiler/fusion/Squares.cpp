// What squares are made of.
#include "compiler/fusion/Squares.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace tl {
namespace {

using Axes = SmallVector<int64_t>;

/// Axes of the square that a list of its loops has; `rank` for any other loop.
Axes named(ArrayRef<int64_t> loops, ArrayRef<int64_t> square) {
  return llvm::map_to_vector(loops, [&](int64_t loop) { return int64_t(llvm::find(square, loop) - square.begin()); });
}

SquareSide sideOf(Value tensor, ArrayRef<int64_t> loops, size_t rank, bool isResult) {
  SquareSide side{tensor, Axes(loops), isResult ? wholeView(tensor) : stridedView(tensor), Axes(rank, 0)};
  for (auto [axis, loop] : llvm::enumerate(loops)) {
    if (loop < int64_t(rank)) {
      side.strides[loop] = side.view.strides[axis];
      continue;
    }
    side.depth = shapeOf(tensor)[axis];
    side.step = side.view.strides[axis];
  }
  return side;
}

/// Are `loops` those `axes`, and one more?
bool haveJust(ArrayRef<int64_t> loops, Axes axes, size_t rank) {
  axes.push_back(int64_t(rank));
  Axes sorted(loops);
  llvm::sort(sorted);
  llvm::sort(axes);
  return sorted == axes;
}

constexpr StringLiteral columnsName = "kernel.columns";

} // namespace

int64_t SquareAxes::size(ArrayRef<int64_t> which) const {
  int64_t size = 1;
  for (int64_t axis : which)
    size *= shape[axis];
  return size;
}

std::optional<SquareAxes> squareAxes(ir::ContractOp product, int64_t column) {
  ArrayRef<int64_t> square = product.getOutIndices();
  Axes left = named(product.getLhsIndices(), square), right = named(product.getRhsIndices(), square);
  bool isLeft = llvm::is_contained(left, column);
  const Axes &ofColumns = isLeft ? left : right, &ofRows = isLeft ? right : left;
  if (llvm::is_contained(ofRows, column))
    return std::nullopt;
  SquareAxes axes;
  axes.shape = Axes(shapeOf(product.getOut()));
  axes.column = column;
  for (int64_t axis = 0; axis < int64_t(axes.shape.size()); ++axis)
    if (axis != column)
      (llvm::is_contained(ofColumns, axis) ? axes.batch : axes.across).push_back(axis);
  if (axes.across.empty())
    return std::nullopt;
  for (int64_t axis : axes.across) // the longest, and of equal ones the last
    if (axis == axes.across.front() || axes.shape[axis] >= axes.shape[axes.row])
      axes.row = axis;
  llvm::erase(axes.across, axes.row);
  for (int64_t axis = axes.row + 1; axis < int64_t(axes.shape.size()); ++axis)
    if (axis != column && axes.shape[axis] != 1) // What each row has lies side by side.
      return std::nullopt;
  return axes;
}

std::optional<SquareProduct> squareProduct(ir::ContractOp op, Value square, const SquareAxes &axes) {
  struct Part {
    Value tensor;
    ArrayRef<int64_t> loops;
    bool isResult;
  };
  size_t rank = axes.shape.size();
  SmallVector<Part> sides;
  ArrayRef<int64_t> ofSquare;
  if (!elementOf(op.getOut()).isF32())
    return std::nullopt;
  for (const Part &part : {Part{op.getLhs(), op.getLhsIndices(), false}, Part{op.getRhs(), op.getRhsIndices(), false}, Part{op.getOut(), op.getOutIndices(), true}})
    if (part.tensor == square)
      ofSquare = part.loops;
    else
      sides.push_back(part);
  if (sides.size() != 2 || ArrayRef(axes.shape) != shapeOf(square))
    return std::nullopt;
  SquareProduct product{op, square, {}, {}};
  Axes ofColumns = axes.batch, ofRows = axes.batch;
  ofColumns.push_back(axes.column);
  ofRows.append(axes.across);
  ofRows.push_back(axes.row);
  for (const Part &part : sides) {
    Axes loops = named(part.loops, ofSquare);
    SquareSide side = sideOf(part.tensor, loops, rank, part.isResult);
    if (haveJust(loops, ofColumns, rank))
      product.columns = side;
    else if (haveJust(loops, ofRows, rank))
      product.rows = side;
  }
  if (!product.rows.tensor || !product.columns.tensor)
    return std::nullopt;
  return product;
}

bool hasRoundedFactors(SquareProduct product) { return isNarrowFloat(elementOf(product.op.getLhs())); }

Value withoutRounding(Value value) {
  auto isFloat = [](Value x) { return llvm::isa<FloatType>(elementOf(x)); };
  for (auto cast = value.getDefiningOp<ir::CastOp>(); cast && isFloat(value) && isFloat(cast.getX()); cast = value.getDefiningOp<ir::CastOp>())
    value = cast.getX();
  return value;
}

bool isAlongColumns(Value spread, Value rows, int64_t column) {
  auto broadcast = spread.getDefiningOp<ir::BroadcastOp>();
  if (!broadcast || broadcast.getX() != rows)
    return false;
  Axes others;
  for (int64_t axis = 0; axis < int64_t(shapeOf(spread).size()); ++axis)
    if (axis != column)
      others.push_back(axis);
  return broadcast.getAxes() == ArrayRef(others);
}

std::optional<int64_t> columnsOfSquare(kernel::RunOp run) {
  auto axis = run->getAttrOfType<IntegerAttr>(columnsName);
  return axis ? std::optional(axis.getInt()) : std::nullopt;
}

void setColumnsOfSquare(kernel::RunOp run, int64_t column) {
  run->setAttr(columnsName, IntegerAttr::get(IntegerType::get(run.getContext(), 64), column));
}

} // namespace tl
