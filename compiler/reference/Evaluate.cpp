// What each op, and a function of them, computes.
#include "compiler/reference/Evaluate.h"
#include "compiler/ir/TlDialect.h"
#include "compiler/reference/Numbers.h"
#include "compiler/reference/Pointwise.h"
#include "compiler/reference/Random.h"
#include "runtime/io/Error.h"
#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace tl::reference {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Offsets = std::vector<int64_t>;

/// How far apart neighbours along each axis lie.
Shape stepsOf(const Shape &shape) {
  Shape steps(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;)
    steps[axis - 1] = steps[axis] * shape[axis];
  return steps;
}

/// start + Σ index[axis]·steps[axis] for every index into `shape`, in row-major order.
Offsets offsets(const Shape &shape, const Shape &steps, int64_t start = 0) {
  Offsets all{start};
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    Offsets longer;
    longer.reserve(all.size() * size_t(shape[axis]));
    for (int64_t offset : all)
      for (int64_t i = 0; i < shape[axis]; ++i)
        longer.push_back(offset + i * steps[axis]);
    all = std::move(longer);
  }
  return all;
}

Tensor taken(const Tensor &x, const Shape &shape, const Offsets &offsets) {
  Tensor y(shape);
  y.data = x.data(offsets);
  return y;
}

Tensor transposed(const Tensor &x, const Shape &axes) {
  if (std::is_sorted(axes.begin(), axes.end()))
    return x;
  Shape shape, steps, all = stepsOf(x.shape);
  for (int64_t axis : axes) {
    shape.push_back(x.shape[axis]);
    steps.push_back(all[axis]);
  }
  return taken(x, shape, offsets(shape, steps));
}

Tensor broadcast(const Tensor &x, const Shape &axes, const Shape &shape) {
  Shape steps(shape.size(), 0), own = stepsOf(x.shape);
  for (size_t i = 0; i < axes.size(); ++i)
    steps[axes[i]] = own[i];
  return taken(x, shape, offsets(shape, steps));
}

Tensor slice(const Tensor &x, const Attributes &a, const Shape &shape) {
  Shape steps = stepsOf(x.shape);
  int64_t start = 0;
  for (size_t axis = 0; axis < steps.size(); ++axis) {
    start += a.starts[axis] * steps[axis];
    steps[axis] *= a.strides[axis];
  }
  return taken(x, shape, offsets(shape, steps, start));
}

/// Puts `x` into `y`, its first element at the index `corner`.
void put(Tensor &y, const Tensor &x, const Shape &corner) {
  Shape steps = stepsOf(y.shape);
  int64_t start = std::inner_product(corner.begin(), corner.end(), steps.begin(), int64_t(0));
  y.data(offsets(x.shape, steps, start)) = x.data;
}

Tensor concat(const std::vector<Tensor> &parts, int64_t axis, const Shape &shape) {
  Tensor y(shape);
  Shape corner(shape.size(), 0);
  for (const Tensor &part : parts) {
    put(y, part, corner);
    corner[axis] += part.shape[axis];
  }
  return y;
}

/// `x` as a matrix with the axes `axes`, in this order, as columns, and the others as rows.
Matrix withColumns(const Tensor &x, const Shape &axes) {
  Shape order;
  int64_t columns = 1;
  for (int64_t axis = 0; axis < int64_t(x.shape.size()); ++axis)
    if (std::find(axes.begin(), axes.end(), axis) == axes.end())
      order.push_back(axis);
  for (int64_t axis : axes) {
    order.push_back(axis);
    columns *= x.shape[axis];
  }
  return Eigen::Map<const Matrix>(transposed(x, order).data.data(), x.data.size() / columns, columns);
}

/// The sum of each row, added up in `Real`.
template <typename Real> Tensor sums(const Matrix &rows, const Shape &shape) {
  Tensor y(shape);
  for (int64_t i = 0; i < rows.rows(); ++i)
    y.data[i] = rows.row(i).cast<Real>().sum();
  return y;
}

/// The greatest of each row; NaN is greater than all.
Tensor maxima(const Matrix &rows, const Shape &shape) {
  Tensor y(shape);
  for (int64_t i = 0; i < rows.rows(); ++i)
    y.data[i] = rows.row(i).maxCoeff<Eigen::PropagateNaN>();
  return y;
}

/// The first of equal maxima; of a row with NaN, -1.
Tensor argMax(const Matrix &rows, const Shape &shape) {
  Tensor y(shape);
  for (int64_t i = 0; i < rows.rows(); ++i) {
    if (rows.row(i).hasNaN()) {
      y.data[i] = -1;
      continue;
    }
    for (int64_t j = 1; j < rows.cols(); ++j)
      if (rows(i, j) > rows(i, int64_t(y.data[i])))
        y.data[i] = double(j);
  }
  return y;
}

/// Which element of each row comes first, second, …; NaN is greater than all.
Tensor argSort(const Matrix &rows, const Shape &shape, bool isDescending) {
  Tensor y(shape);
  for (int64_t i = 0; i < rows.rows(); ++i) {
    auto isBelow = [&](int64_t a, int64_t b) { return !std::isnan(rows(i, a)) && (std::isnan(rows(i, b)) || rows(i, a) < rows(i, b)); };
    Offsets order(size_t(rows.cols()));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return isDescending ? isBelow(b, a) : isBelow(a, b); });
    for (int64_t j = 0; j < rows.cols(); ++j)
      y.data[i * rows.cols() + j] = double(order[size_t(j)]);
  }
  return y;
}

/// `x`, whose axes are `loops`, with the loops `wanted` as axes; the other loops are summed.
template <typename Real> Tensor arranged(const Tensor &x, const Shape &loops, const Shape &wanted) {
  Shape axes, kept, summed;
  for (int64_t loop : wanted)
    axes.push_back(std::find(loops.begin(), loops.end(), loop) - loops.begin());
  for (int64_t axis = 0; axis < int64_t(loops.size()); ++axis)
    if (std::find(axes.begin(), axes.end(), axis) == axes.end())
      summed.push_back(axis);
  for (int64_t axis : axes)
    kept.push_back(x.shape[axis]);
  axes.insert(axes.end(), summed.begin(), summed.end());
  Tensor y = transposed(x, axes);
  if (summed.empty())
    return y;
  int64_t rows = elementsOf(kept);
  return sums<Real>(Eigen::Map<const Matrix>(y.data.data(), rows, y.data.size() / std::max<int64_t>(rows, 1)), kept);
}

/// For each of the loops that all three share, a product of matrices [left, inner] · [inner, right], added up in `Real`.
template <typename Real> Tensor contract(const Tensor &l, const Tensor &r, const std::vector<Shape> &loops) {
  Shape batch, left, right, inner;
  auto has = [&](int side, int64_t loop) {
    return std::find(loops[side].begin(), loops[side].end(), loop) != loops[side].end();
  };
  for (int64_t loop : loops[2])
    (!has(1, loop)   ? left
     : !has(0, loop) ? right
                     : batch)
        .push_back(loop);
  for (int64_t loop : loops[0])
    if (has(1, loop) && !has(2, loop))
      inner.push_back(loop);
  auto joined = [](Shape a, const Shape &b, const Shape &c) {
    a.insert(a.end(), b.begin(), b.end());
    a.insert(a.end(), c.begin(), c.end());
    return a;
  };
  Tensor lhs = arranged<Real>(l, loops[0], joined(batch, left, inner)), rhs = arranged<Real>(r, loops[1], joined(batch, inner, right));
  auto count = [](const Shape &shape, size_t from, size_t to) {
    return elementsOf({shape.begin() + int64_t(from), shape.begin() + int64_t(to)});
  };
  size_t b = batch.size(), bl = b + left.size(), bi = b + inner.size();
  int64_t batches = count(lhs.shape, 0, b), rows = count(lhs.shape, b, bl), columns = count(rhs.shape, bi, rhs.shape.size()),
          depth = count(rhs.shape, b, bi);
  Shape shape(lhs.shape.begin(), lhs.shape.begin() + int64_t(bl));
  shape.insert(shape.end(), rhs.shape.begin() + int64_t(bi), rhs.shape.end());
  Tensor y(shape);
  for (int64_t n = 0; n < batches; ++n)
    Eigen::Map<Matrix>(y.data.data() + n * rows * columns, rows, columns) =
        (Eigen::Map<const Matrix>(lhs.data.data() + n * rows * depth, rows, depth).cast<Real>() *
         Eigen::Map<const Matrix>(rhs.data.data() + n * depth * columns, depth, columns).cast<Real>())
            .template cast<double>();
  return arranged<Real>(y, joined(batch, left, right), loops[2]);
}

/// Where the elements of the windows of a tensor of `shape` are. A negative dilation counts from the end of a window.
Offsets windowOffsets(const Shape &windows, const Shape &shape, const Attributes &a) {
  Shape steps = stepsOf(shape);
  int64_t start = a.dilation < 0 ? (a.size - 1) * -a.dilation * steps[a.axis] : 0;
  steps.insert(steps.begin() + a.axis + 1, steps[a.axis] * a.dilation);
  steps[a.axis] *= a.stride;
  return offsets(windows, steps, start);
}

Tensor fold(const Tensor &x, const Attributes &a, const Shape &shape) {
  Tensor y(shape);
  Offsets places = windowOffsets(x.shape, shape, a);
  for (size_t i = 0; i < places.size(); ++i)
    y.data[places[i]] += x.data[int64_t(i)];
  return y;
}

bool isRow(double id, int64_t rows) { return id >= 0 && id < double(rows); }

/// Elements of a type with all bits set: what stands for rows that do not exist.
double allBits(DType dtype) {
  return dtype == DType::I32  ? -1
         : dtype == DType::U8 ? 255
         : dtype == DType::I1 ? 1
                              : std::nan("");
}

Tensor gather(const Tensor &table, const Tensor &ids, const TensorType &type) {
  Tensor y(type.shape, allBits(type.dtype));
  int64_t width = table.data.size() / table.shape[0];
  for (int64_t i = 0; i < ids.data.size(); ++i)
    if (isRow(ids.data[i], table.shape[0]))
      y.data.segment(i * width, width) = table.data.segment(int64_t(ids.data[i]) * width, width);
  return y;
}

Tensor scatterAdd(const Tensor &ids, const Tensor &updates, const TensorType &type) {
  Tensor y(type.shape);
  int64_t width = y.data.size() / type.shape[0];
  for (int64_t i = 0; i < ids.data.size(); ++i)
    if (isRow(ids.data[i], type.shape[0]))
      y.data.segment(int64_t(ids.data[i]) * width, width) += updates.data.segment(i * width, width);
  if (type.dtype == DType::I32)
    y.data = y.data.unaryExpr([](double sum) { return double(int32_t(uint32_t(int64_t(sum)))); });
  return y;
}

Tensor first(const Tensor &x) {
  Tensor y(x.shape);
  std::map<double, int64_t> places;
  for (int64_t i = 0; i < x.data.size(); ++i)
    y.data[i] = double(places.try_emplace(x.data[i], i).first->second);
  return y;
}

Tensor putRows(Tensor table, const Tensor &ids, const Tensor &rows) {
  int64_t width = table.data.size() / table.shape[0];
  for (int64_t i = 0; i < ids.data.size(); ++i)
    if (isRow(ids.data[i], table.shape[0]))
      table.data.segment(int64_t(ids.data[i]) * width, width) = rows.data.segment(i * width, width);
  return table;
}

Tensor iota(const Shape &shape, int64_t axis) {
  Shape steps(shape.size(), 0);
  steps[axis] = 1;
  Offsets counts = offsets(shape, steps);
  return {shape, std::vector<double>(counts.begin(), counts.end())};
}

/// Of batch m, where they go on, all elements are m * elements further. Element e is word e % 4 of the block of counter (e / 4, site, step), as the middle of one of 2^23 equal parts of (0, 1).
Tensor random(const Shape &shape, uint32_t site, bool goesOn, const Counters &counters) {
  Tensor y(shape);
  for (int64_t i = 0; i < y.data.size(); ++i) {
    uint32_t e = uint32_t(i) + (goesOn ? uint32_t(counters.batch * uint64_t(y.data.size())) : 0);
    Block block = randomBlock({e / 4, site, uint32_t(counters.step), uint32_t(counters.step >> 32)},
                              keyOf(counters.seed));
    y.data[i] = (double(block[e % 4] >> 9) + 0.5) / 0x1p23;
  }
  return y;
}

}  // namespace

/// With f32 sums added up in `Real`.
template <typename Real> static Tensor value(mlir::Operation *op, const std::vector<Tensor> &x, const Counters &counters) {
  Op word = *ir::wordOf(op);
  Attributes a = ir::attributesOf(op);
  TensorType type = ir::typeOf(op->getResult(0));
  if (isElementwise(word))
    return pointwise(word, x, ir::typeOf(op->getOperands().back()).dtype, type.dtype);
  switch (word) {
  case Op::Constant: return {type.shape, a.value};
  case Op::Iota: return iota(type.shape, a.axis);
  case Op::Random: return random(type.shape, a.site, a.goesOn, counters);
  case Op::Contract: return contract<Real>(x[0], x[1], a.indices);
  case Op::ReduceSum: return sums<Real>(withColumns(x[0], a.axes), type.shape);
  case Op::ReduceMax: return maxima(withColumns(x[0], a.axes), type.shape);
  case Op::ArgMax: return argMax(withColumns(x[0], {a.axis}), type.shape);
  case Op::ArgSort: return argSort(withColumns(x[0], {int64_t(type.shape.size()) - 1}), type.shape, a.isReverse);
  case Op::Reshape: {
    Tensor y = x[0];
    y.shape = type.shape;
    return y;
  }
  case Op::Transpose: return transposed(x[0], a.axes);
  case Op::Broadcast: return broadcast(x[0], a.axes, type.shape);
  case Op::Slice: return slice(x[0], a, type.shape);
  case Op::Pad: {
    Tensor y(type.shape);
    put(y, x[0], a.starts);
    return y;
  }
  case Op::Window: return taken(x[0], type.shape, windowOffsets(type.shape, x[0].shape, a));
  case Op::Fold: return fold(x[0], a, type.shape);
  case Op::Concat: return concat(x, a.axis, type.shape);
  case Op::Gather: return gather(x[0], x[1], type);
  case Op::ScatterAdd: return scatterAdd(x[0], x[1], type);
  case Op::First: return first(x[0]);
  case Op::PutRows: return putRows(x[0], x[1], x[2]);
  default: throw std::logic_error(std::string("tl.") + nameOf(word) + " has no value of its own");
  }
}

Tensor evaluate(mlir::Operation *op, const std::vector<Tensor> &operands, const Counters &counters, bool isRounded) {
  DType dtype = ir::typeOf(op->getResult(0)).dtype;
  if (isRounded && isNarrow(dtype) && *ir::wordOf(op) == Op::Cast) {
    Tensor y = operands[0];
    y.data = y.data.unaryExpr([&](double x) { return narrowedOtherwise(dtype, x); }).eval();
    return y;
  }
  if (!isRounded || dtype != DType::F32)
    return value<double>(op, operands, counters);
  Tensor y = value<float>(op, operands, counters);
  y.data = y.data.cast<float>().cast<double>().eval();
  return y;
}

Tensor rowOf(const Tensor &x, int64_t t) {
  Tensor row(Shape(x.shape.begin() + 1, x.shape.end()));
  row.data = x.data.segment(t * row.data.size(), row.data.size());
  return row;
}

void putRow(Tensor &x, int64_t t, const Tensor &row) { x.data.segment(t * row.data.size(), row.data.size()) = row.data; }

using Values = llvm::DenseMap<mlir::Value, Tensor>;

static std::vector<Tensor> valuesOf(mlir::ValueRange range, const Values &values) {
  std::vector<Tensor> found;
  for (mlir::Value value : range)
    found.push_back(values.at(value));
  return found;
}

/// A plain loop over the steps.
static void runScan(ir::ScanOp scan, Values &values, const Given &given) {
  std::vector<Tensor> states = valuesOf(scan.getInit(), values), xs = valuesOf(scan.getXs(), values), stacks;
  for (mlir::Value result : scan.getResults().drop_front(states.size()))
    stacks.emplace_back(ir::typeOf(result).shape);
  for (int64_t n = 0; n < scan.steps(); ++n) {
    int64_t t = scan.getReverse() ? scan.steps() - 1 - n : n;
    Values inside;
    for (auto [argument, state] : llvm::zip(scan.stateArguments(), states))
      inside[argument] = state;
    for (auto [argument, x] : llvm::zip(scan.rowArguments(), xs))
      inside[argument] = rowOf(x, t);
    for (auto [argument, constant] : llvm::zip(scan.constantArguments(), scan.getConstants()))
      inside[argument] = values.at(constant);
    for (mlir::Operation &op : scan.getBody().front().without_terminator())
      inside[op.getResult(0)] = evaluate(&op, valuesOf(op.getOperands(), inside), given.counters, given.isRounded);
    std::vector<Tensor> yields = valuesOf(scan.yield().getValues(), inside);
    for (size_t i = 0; i < yields.size(); ++i)
      if (i < states.size())
        states[i] = yields[i];
      else
        putRow(stacks[i - states.size()], t, yields[i]);
  }
  states.insert(states.end(), stacks.begin(), stacks.end());
  for (auto [result, value] : llvm::zip(scan.getResults(), states))
    values[result] = value;
}

Results run(mlir::func::FuncOp function, const Given &given) {
  Values values;
  Results results;
  for (mlir::Operation &op : function.front().without_terminator()) {
    Op word = *ir::wordOf(&op);
    std::string name = ir::attributesOf(&op).name;
    if (auto scan = llvm::dyn_cast<ir::ScanOp>(op)) {
      runScan(scan, values, given);
      continue;
    }
    std::vector<Tensor> operands = valuesOf(op.getOperands(), values);
    if (word == Op::Write || word == Op::Output) {
      (word == Op::Write ? results.writes : results.outputs)[name] = operands[0];
      continue;
    }
    Tensor value = word == Op::Read     ? given.variables.at(name)
                   : word == Op::Input  ? given.inputs.at(name)
                   : word == Op::Scalar ? Tensor({}, given.scalars.at(name))
                                        : evaluate(&op, operands, given.counters, given.isRounded);
    values[op.getResult(0)] = std::move(value);
  }
  return results;
}

}  // namespace tl::reference
