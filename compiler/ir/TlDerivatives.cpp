// The derivative of every op that is not elementwise, but of a scan (ScanDerivative.cpp): the mathematics above, the same line below.
#include "compiler/ir/Build.h"

namespace tl::ir {
using namespace mlir;

using Grads = SmallVector<Value>;

static std::vector<int64_t> list(ArrayRef<int64_t> values) { return values.vec(); }

// Contraction --------------------------------------------------------------------

using Loops = std::vector<int64_t>;

/// Loops of `own` that stand in one of the others: the ones along which its gradient can differ. A loop that only one
/// operand has was summed over it alone, so its gradient repeats along that loop.
static Loops sharedLoops(ArrayRef<int64_t> own, ArrayRef<int64_t> other, ArrayRef<int64_t> out) {
  Loops shared;
  for (int64_t loop : own)
    if (llvm::is_contained(other, loop) || llvm::is_contained(out, loop))
      shared.push_back(loop);
  return shared;
}

/// A gradient with the axes `shared`, repeated along the other axes of the operand with the loops `own`.
static Value alongOwnLoops(Build m, Value grad, const Loops &shared, const Loops &own, Value operand) {
  std::vector<int64_t> axes;
  for (int64_t loop : shared)
    axes.push_back(llvm::find(own, loop) - own.begin());
  return m.broadcast(grad, axes, typeOf(operand).shape);
}

/// Y[o] = Σ A[l]·B[r]        dA[l] = Σ dY[o]·B[r]        dB[r] = Σ A[l]·dY[o]
/// In this order of factors the gradients of Y = A·B are dY·Bᵀ and Aᵀ·dY, whose columns are those of the right factor. Where A and B
/// have fewer digits than Y, so has dY where it is a factor; dA and dB are sums as Y is.
Grads ContractOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  Value dY = m.cast(grads[0], typeOf(getLhs()).dtype);
  Loops l = list(getLhsIndices()), r = list(getRhsIndices()), o = list(getOutIndices());
  Loops ofA = sharedLoops(l, r, o), ofB = sharedLoops(r, l, o);
  Value dA = m.contract(dY, getRhs(), o, r, ofA);
  Value dB = m.contract(getLhs(), dY, l, o, ofB);
  return {alongOwnLoops(m, dA, ofA, l, getLhs()), alongOwnLoops(m, dB, ofB, r, getRhs())};
}

// Reductions ---------------------------------------------------------------------

/// A reduced value beside the elements it came from: repeats along the axes that disappeared.
static Value spread(Build m, Value reduced, Value like, ArrayRef<int64_t> axes) {
  tl::TensorType type = typeOf(like);
  return m.broadcast(reduced, otherAxes(axes, int64_t(type.shape.size())), type.shape);
}

/// y = Σ x        dx = dy
Grads ReduceSumOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  return {spread({b, getLoc()}, grads[0], getX(), getAxes())};
}

/// y = max x        dx = dy / n where x = y, else 0, with n the number of such x
Grads ReduceMaxOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  Value isMax = m.eq(getX(), spread(m, getOut(), getX(), getAxes()));
  Value n = m.reduceSum(m.cast(isMax, typeOf(getX()).dtype), list(getAxes()));
  Value share = m.div(grads[0], n);
  return {m.select(isMax, spread(m, share, getX(), getAxes()), m.fill(0, getX()))};
}

// Layout -------------------------------------------------------------------------

/// y = reshape x        dx = reshape dy
Grads ReshapeOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  return {Build{b, getLoc()}.reshape(grads[0], typeOf(getX()).shape)};
}

/// y = transpose(x, p)        dx = transpose(dy, p⁻¹)
Grads TransposeOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  return {Build{b, getLoc()}.transpose(grads[0], inverse(getAxes()))};
}

/// y repeats x        dx = Σ dy over the axes along which it repeats
Grads BroadcastOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  return {Build{b, getLoc()}.reduceSum(grads[0], otherAxes(getAxes(), getOut().getType().getRank()))};
}

/// Puts stride - 1 zeros behind every element along `axis`: [.., n, ..] -> [.., n, 1, ..] -> [.., n, stride, ..] ->
/// [.., n·stride, ..]
static Value stretch(Build m, Value x, int64_t axis, int64_t stride) {
  std::vector<int64_t> shape = typeOf(x).shape, stretched = shape;
  stretched[axis] *= stride;
  shape.insert(shape.begin() + axis + 1, 1);
  std::vector<int64_t> before(shape.size()), after(shape.size());
  after[axis + 1] = stride - 1;
  return m.reshape(m.pad(m.reshape(x, shape), before, after), stretched);
}

/// y = x[starts..limits by strides]        dx = dy at those places, else 0
Grads SliceOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Build m{b, getLoc()};
  Value dX = grads[0];
  std::vector<int64_t> size = typeOf(getX()).shape;
  for (auto [axis, stride] : llvm::enumerate(getStrides()))
    if (stride > 1)
      dX = stretch(m, dX, int64_t(axis), stride);
  // The zeros behind the last element may reach beyond the end of x.
  std::vector<int64_t> shape = typeOf(dX).shape, zero(shape.size()), before = list(getStarts()), after(shape.size());
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    shape[axis] = std::min(shape[axis], size[axis] - before[axis]);
    after[axis] = size[axis] - before[axis] - shape[axis];
  }
  if (shape != typeOf(dX).shape)
    dX = m.slice(dX, zero, shape);
  return {m.pad(dX, before, after)};
}

/// y = x between zeros        dx = dy without the places of the zeros
Grads PadOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  std::vector<int64_t> limits = typeOf(getX()).shape;
  for (auto [axis, start] : llvm::enumerate(getStarts()))
    limits[axis] += start;
  return {Build{b, getLoc()}.slice(grads[0], list(getStarts()), limits)};
}

/// y = x₁ … xₙ joined        dxᵢ = the i-th part of dy
Grads ConcatOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  Grads result;
  int64_t start = 0;
  for (Value part : getParts()) {
    std::vector<int64_t> limits = typeOf(part).shape, starts(limits.size());
    starts[getAxis()] = start;
    limits[getAxis()] = start += limits[getAxis()];
    result.push_back(Build{b, getLoc()}.slice(grads[0], starts, limits));
  }
  return result;
}

// Windows ------------------------------------------------------------------------

/// y = windows of x        dx = dy folded
Grads WindowOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  int64_t axis = getAxis();
  return {Build{b, getLoc()}.fold(grads[0], typeOf(getX()).shape[axis], axis, getSize(), getStride(), getDilation())};
}

/// y = x folded        dx = windows of dy
Grads FoldOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  return {Build{b, getLoc()}.window(grads[0], getAxis(), getSize(), getStride(), getDilation())};
}

// Rows ---------------------------------------------------------------------------

/// y = table[ids]        dtable = rows of dy added up by ids
Grads GatherOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  return {Build{b, getLoc()}.scatterAdd(getIds(), grads[0], typeOf(getTable())), Value()};
}

/// y = updates added up by ids        dupdates = dy[ids]
Grads ScatterAddOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  return {Value(), Build{b, getLoc()}.gather(grads[0], getIds())};
}

}  // namespace tl::ir
