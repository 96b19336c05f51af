// mean_of and deviation_of: what is fitted on a split, and the sums of a batch that it follows from.
#include "compiler/evaluate/Builtins.h"
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

namespace {

Value fit(BodyEvaluator &in, const Args &args, ast::Span span, bool isDeviation) {
  const char *name = isDeviation ? "deviation_of" : "mean_of";
  auto taken = take(in, args, name, {"x", "split", "axis?", "keep?", "except?"}, span);
  auto *split = std::get_if<SplitName>(&taken[1]->value);
  if (!split)
    in.fail(Diag::ValueKind, taken[1]->span,
            std::string("`") + name + "` is fitted on a split, this is " + describe(taken[1]->value), "fit = train");
  if (!in.elaborator.fitHook)
    in.fail(Diag::FitPlace, span, std::string("`") + name + "` cannot be fitted here",
            "compute the field in the `data` declaration");
  Elaborator::Fitted fitted{isDeviation, in.asF32(taken[0]->value, taken[0]->span), {}};
  fitted.axes = axesOf(in, taken[2], fitted.x, span, taken[4]);
  for (const Axis &axis : fitted.kept())
    if (axis.records)
      in.fail(Diag::FitAxes, taken[taken[2] ? 2 : 4]->marked(),
              "`" + std::string(name) + "` of " + describe(fitted.x) + " keeps the axis of " + std::to_string(axis.size) +
                  " that the records of the batch lie along; what is fitted is one value for all records",
              "name that axis among those that become one value: axis = 0 gives one for each column of a table");
  auto value = in.elaborator.fitHook(fitted, *split, span);
  if (!value)
    throw Poisoned{};
  value->axes = fitted.kept();
  return flag(in, taken[3]) ? in.restore(*value, fitted.x, fitted.axes, span) : *value;
}
Value meanOf(BodyEvaluator &in, const Args &args, ast::Span span) { return fit(in, args, span, false); }
Value deviationOf(BodyEvaluator &in, const Args &args, ast::Span span) { return fit(in, args, span, true); }

} // namespace

void addFitted(BuiltinTable &table) {
  table["mean_of"] = meanOf;
  table["deviation_of"] = deviationOf;
}

} // namespace tl
