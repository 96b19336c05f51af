// Runs a function of `tl` in double, one element at a time.
#include "tests/ir/Evaluate.h"
#include "compiler/passes/SimplifyPatterns.h"
#include <cmath>

namespace tl::test {
namespace {
using namespace mlir;
using Index = std::vector<int64_t>;

int64_t offsetOf(const Index &shape, const Index &index) {
  int64_t offset = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    offset = offset * shape[axis] + index[axis];
  return offset;
}

template <typename Visit> void forEachIndex(const Index &shape, Visit visit) {
  int64_t count = TensorType{DType::F64, shape}.elements();
  for (int64_t offset = 0; offset < count; ++offset) {
    Index index(shape.size());
    int64_t rest = offset;
    for (size_t axis = shape.size(); axis-- > 0; rest /= shape[axis])
      index[axis] = rest % shape[axis];
    visit(index);
  }
}

Index without(const Index &index, const Index &axes) {
  Index kept;
  for (int64_t axis : ir::otherAxes(axes, int64_t(index.size())))
    kept.push_back(index[axis]);
  return kept;
}

/// One op at a time; `x` are its operands.
class OpEvaluator {
public:
  OpEvaluator(Operation *op, const std::vector<Tensor> &x)
      : word(*ir::wordOf(op)), a(ir::attributesOf(op)), x(x), type(ir::typeOf(op->getResult(0))) {
    y.shape = type.shape;
    y.data.assign(size_t(type.elements()), word == Op::ReduceMax ? -INFINITY : 0);
  }

  Tensor run() {
    if (isElementwise(word))
      elementwise();
    else if (word == Op::Contract)
      contract();
    else if (word == Op::Concat)
      concat();
    else if (word == Op::ReduceSum || word == Op::ReduceMax)
      forEachIndex(x[0].shape, [&](const Index &i) {
        double &out = at(y, without(i, a.axes));
        out = word == Op::ReduceSum ? out + at(x[0], i) : *tl::evaluate(Op::Max, {out, at(x[0], i)}, type.dtype);
      });
    else if (word == Op::ScatterAdd)
      forEachIndex(x[1].shape, [&](const Index &i) { at(y, row(i, x[0])) += at(x[1], i); });
    else if (word == Op::Pad)
      forEachIndex(x[0].shape, [&](Index i) {
        double value = at(x[0], i);
        for (size_t axis = 0; axis < i.size(); ++axis)
          i[axis] += a.starts[axis];
        at(y, i) = value;
      });
    else if (word == Op::Reshape)
      y.data = x[0].data;
    else if (word == Op::ArgMax)
      argMax();
    else
      forEachIndex(y.shape, [&](const Index &i) { at(y, i) = source(i); });
    return y;
  }

private:
  static const double &at(const Tensor &t, const Index &i) { return t.data[size_t(offsetOf(t.shape, i))]; }
  static double &at(Tensor &t, const Index &i) { return t.data[size_t(offsetOf(t.shape, i))]; }

  /// The index into a table for the index `i` into its rows by `ids`.
  Index row(const Index &i, const Tensor &ids) {
    size_t rank = ids.shape.size();
    Index index{int64_t(at(ids, Index(i.begin(), i.begin() + rank)))};
    index.insert(index.end(), i.begin() + rank, i.end());
    return index;
  }

  /// The ops of which each result is one number.
  double source(const Index &i) {
    Index from(x.empty() ? 0 : x[0].shape.size());
    switch (word) {
    case Op::Constant: return a.value;
    case Op::Iota: return double(i[a.axis]);
    case Op::Gather: return at(x[0], row(i, x[1]));
    case Op::Transpose:
      for (size_t axis = 0; axis < i.size(); ++axis)
        from[a.axes[axis]] = i[axis];
      return at(x[0], from);
    case Op::Broadcast:
      for (size_t axis = 0; axis < from.size(); ++axis)
        from[axis] = i[a.axes[axis]];
      return at(x[0], from);
    case Op::Slice:
      for (size_t axis = 0; axis < i.size(); ++axis)
        from[axis] = a.starts[axis] + i[axis] * a.strides[axis];
      return at(x[0], from);
    default: llvm::report_fatal_error(llvm::Twine("no value for tl.") + nameOf(word));
    }
  }

  void elementwise() {
    for (size_t i = 0; i < y.data.size(); ++i) {
      std::vector<double> numbers;
      for (const Tensor &operand : x)
        numbers.push_back(operand.data[i]);
      y.data[i] = word == Op::StopGradient ? numbers[0] : *tl::evaluate(word, numbers, type.dtype);
    }
  }

  /// Every loop runs, inside or outside of the result, with a step of its own in each tensor.
  void contract() {
    struct Loop {
      int64_t size, steps[3];
    };
    std::map<int64_t, Loop> loops;
    const Tensor *tensors[] = {&x[0], &x[1], &y};
    for (int which : {0, 1, 2}) {
      int64_t step = 1;
      for (size_t axis = tensors[which]->shape.size(); axis-- > 0; step *= tensors[which]->shape[axis]) {
        Loop &loop = loops[a.indices[which][axis]];
        loop.size = tensors[which]->shape[axis];
        loop.steps[which] = step;
      }
    }
    std::vector<Loop> nest;
    for (auto [number, loop] : loops)
      nest.push_back(loop);
    auto run = [&](auto &&self, size_t depth, int64_t left, int64_t right, int64_t out) -> void {
      if (depth == nest.size()) {
        y.data[size_t(out)] += x[0].data[size_t(left)] * x[1].data[size_t(right)];
        return;
      }
      const Loop &loop = nest[depth];
      for (int64_t i = 0; i < loop.size; ++i)
        self(self, depth + 1, left + i * loop.steps[0], right + i * loop.steps[1], out + i * loop.steps[2]);
    };
    run(run, 0, 0, 0, 0);
  }

  /// Backwards, so that the first of equal maxima stays.
  void argMax() {
    Tensor best = y;
    best.data.assign(y.data.size(), -INFINITY);
    for (int64_t n = x[0].shape[a.axis]; n-- > 0;)
      forEachIndex(y.shape, [&](const Index &i) {
        Index from = i;
        from.insert(from.begin() + a.axis, n);
        if (at(x[0], from) >= at(best, i)) {
          at(best, i) = at(x[0], from);
          at(y, i) = double(n);
        }
      });
  }

  void concat() {
    int64_t start = 0;
    for (const Tensor &part : x) {
      forEachIndex(part.shape, [&](Index i) {
        double value = at(part, i);
        i[a.axis] += start;
        at(y, i) = value;
      });
      start += part.shape[a.axis];
    }
  }

  Op word;
  Attributes a;
  const std::vector<Tensor> &x;
  TensorType type;
  Tensor y;
};

}  // namespace

Tensor evaluate(Operation *op, const std::vector<Tensor> &operands) { return OpEvaluator(op, operands).run(); }

Named evaluate(func::FuncOp function, const Named &reads) {
  llvm::DenseMap<Value, Tensor> values;
  Named written;
  for (Operation &op : function.front().without_terminator()) {
    std::vector<Tensor> operands;
    for (Value operand : op.getOperands())
      operands.push_back(values[operand]);
    if (auto read = llvm::dyn_cast<ir::ReadOp>(op))
      values[read] = reads.at(read.getName().str());
    else if (auto write = llvm::dyn_cast<ir::WriteOp>(op))
      written[write.getName().str()] = operands[0];
    else
      values[op.getResult(0)] = evaluate(&op, operands);
  }
  return written;
}

}  // namespace tl::test
