// What mean and deviation of a split follow from, batch by batch.
#include "compiler/evaluate/BodyEvaluator.h"
#include <algorithm>

namespace tl {

std::vector<Axis> Elaborator::Fitted::kept() const {
  std::vector<Axis> kept;
  for (size_t i = 0; i < x.axes.size(); ++i)
    if (std::find(axes.begin(), axes.end(), int64_t(i)) == axes.end())
      kept.push_back(x.axes[i]);
  return kept;
}

TensorType Elaborator::Fitted::type() const { return TensorValue{-1, DType::F32, kept()}.type(); }

/// Sums of squares cancel where the mean is large beside the deviation, and sums of many large numbers lose digits. So an
/// element is taken from all others first, which leaves exactly 0 where all are equal, and what is left is added in double.
Elaborator::Moments BodyEvaluator::moments(const Elaborator::Fitted &fitted, ast::Span span) {
  const TensorValue &x = fitted.x;
  std::vector<int64_t> starts(x.axes.size(), 0), limits, along;
  for (int64_t i = 0; i < int64_t(x.axes.size()); ++i) {
    bool isKept = std::find(fitted.axes.begin(), fitted.axes.end(), i) == fitted.axes.end();
    limits.push_back(isKept ? x.axes[i].size : 1);
    if (isKept)
      along.push_back(i);
  }
  Elaborator::Moments moments;
  moments.origin = reshape(slice(x, starts, limits, span), fitted.kept(), span);
  Attributes spread;
  spread.axes = along;
  TensorValue origin = cast(moments.origin, DType::F64, span);
  if (!fitted.axes.empty())
    origin = node(Op::Broadcast, {origin}, spread, DType::F64, x.axes, span);
  TensorValue away = elementwise(Op::Sub, cast(x, DType::F64, span), origin, span);
  TensorValue isCounted = masked(constant(1, DType::F32, x.axes, span), fitted.axes, span);
  away = elementwise(Op::Mul, away, cast(isCounted, DType::F64, span), span);
  moments.sum = reduce(Op::ReduceSum, away, fitted.axes, span);
  moments.squares = reduce(Op::ReduceSum, elementwise(Op::Mul, away, away, span), fitted.axes, span);
  moments.count = broadcast(cast(toTensor(count(x, fitted.axes, span), span), DType::F32, span), fitted.kept(), span);
  return moments;
}

} // namespace tl
