// mean_of and deviation_of, which are fitted on a split.
#include "compiler/builtins/Taking.h"

namespace tl {

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
