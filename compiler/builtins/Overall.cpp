// The built-ins `overall`, a measure whose function runs once, on what all batches gave together, and `listed`, records by their score.
#include "compiler/builtins/Taking.h"
#include "compiler/syntax/AstWalk.h"
#include "compiler/tensors/Additive.h"
#include <algorithm>

namespace tl {
namespace {

/// What a function written on the spot takes from around it is of one batch, where it is a tensor or counts records.
void refuseCaptured(BodyEvaluator &in, const Closure &closure) {
  if (!closure.lambda)
    return;
  const ast::Block &body = *closure.lambda->thenBlock;
  std::set<std::string> own(closure.lambda->names.begin(), closure.lambda->names.end());
  for (const ast::Statement &statement : body.statements)
    own.insert(statement.names.begin(), statement.names.end());
  eachExpr(body, [&](const ast::Expr &expr) { own.insert(expr.names.begin(), expr.names.end()); }); // of functions in it
  eachExpr(body, [&](const ast::Expr &expr) {
    if (expr.kind != ast::Expr::Kind::Name || own.count(expr.text))
      return;
    std::optional<Binding> bound = in.find(expr.text, *closure.scope);
    if (bound && (std::holds_alternative<TensorValue>(bound->value) || std::holds_alternative<Ratio>(bound->value) || bound->records))
      in.fail(Diag::OverallValue, expr.span, "`" + expr.text + "` is " + (bound->records ? "the number of records of a batch" : describe(bound->value) + " of one batch"),
              bound->records ? "`count(x)` counts the records of all" : "give it to the function: overall(fn(…, " + expr.text + ") { … }, …, " + expr.text + ")");
  });
}

bool areRows(const TensorValue &x) {
  auto isElsewhere = [&](const Axis &axis) { return axis.records && &axis != &x.axes[0]; };
  return !x.axes.empty() && x.axes[0].records.each == 1 && !x.axes[0].records.isTurned && x.axes[0].size == x.axes[0].records.batch && std::none_of(x.axes.begin(), x.axes.end(), isElsewhere);
}

/// A number for each record, of which those above 0 are shown, the greatest first.
Value listed(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "listed", {"score", "answered?", "most?"}, span);
  auto made = std::make_shared<Overall>();
  made->span = span;
  made->most = taken[2] ? in.integer(taken[2]->value, taken[2]->span, "`most`") : 20;
  if (made->most < 1)
    in.fail(Diag::ValueKind, taken[2]->span, "`most` is " + std::to_string(made->most) + "; a list shows at least one record");
  for (size_t i = 0; i < 2 && taken[i]; ++i) {
    if (!in.isTensorLike(taken[i]->value))
      in.fail(Diag::ValueKind, taken[i]->span, std::string(i ? "`answered`" : "the score") + " of `listed` is a number for each record, this is " + describe(taken[i]->value));
    TensorValue x = in.toTensor(taken[i]->value, taken[i]->span);
    x = in.cast(x, i && x.dtype == DType::I32 ? DType::I32 : DType::F32, taken[i]->span);
    if (x.axes.size() != 1 || !areRows(x))
      in.fail(Diag::ValueKind, taken[i]->span, std::string(i ? "`answered`" : "the score") + " of `listed` is a number for each record, this is " + describe(x));
    made->values.push_back(x);
    made->areRows.push_back(true);
  }
  return made;
}

Value overall(BodyEvaluator &in, const Args &args, ast::Span span) {
  if (args.positional.size() < 2 || !args.named.empty())
    in.fail(Diag::ArgumentMissing, span, "`overall` takes a function and what it is given of all records, by position", "overall(fn(x) { … }, x)");
  auto made = std::make_shared<Overall>();
  made->span = span;
  made->function = args.positional[0].value;
  auto *closure = std::get_if<std::shared_ptr<Closure>>(&made->function);
  if (!closure)
    in.fail(Diag::ValueKind, args.positional[0].span, "the first argument of `overall` is a function, this is " + describe(made->function), "overall(fn(x) { … }, x)");
  refuseCaptured(in, **closure);
  for (size_t i = 1; i < args.positional.size(); ++i) {
    const Arg &arg = args.positional[i];
    if (!in.isTensorLike(arg.value))
      in.fail(Diag::OverallValue, arg.span, "`overall` is given tensors, this is " + describe(arg.value), "what is the same for all records the function may take from around it");
    TensorValue x = in.toTensor(arg.value, arg.span);
    if (x.dtype == DType::F64)
      x = in.cast(x, DType::F32, arg.span);
    if (x.dtype != DType::F32 && x.dtype != DType::I32)
      in.fail(Diag::OverallValue, arg.span, "`overall` keeps f32 and i32, " + (x.dtype == DType::I1 ? std::string("these are truth values") : "this is " + describe(x)), "`to_float` or `to_int` makes them so");
    bool hasTokens = std::any_of(x.axes.begin(), x.axes.end(), [](const Axis &axis) { return bool(axis.tokens); });
    if (hasTokens)
      in.fail(Diag::OverallValue, arg.span, describe(x) + " has tokens, and of all records nobody would know which are padding", "sum over the tokens of each record first");
    bool isRows = areRows(x);
    if (!isRows && std::any_of(x.axes.begin(), x.axes.end(), [](const Axis &axis) { return bool(axis.records); }))
      in.fail(Diag::OverallValue, arg.span, "the records of " + describe(x) + " do not stand along its first axis, one a row");
    if (!isRows && in.building.maskBatch && !Additive(in).is(x.node)) // where no batch is ever filled up nothing is measured either
      in.fail(Diag::OverallValue, arg.span, describe(x) + " is neither a row for each record nor a sum over the records, which batches could add up",
              "sum over the records here, and compute what is made of the sums in the function");
    made->values.push_back(x);
    made->areRows.push_back(isRows);
  }
  return made;
}

} // namespace

void addOverall(BuiltinTable &table) {
  table["overall"] = overall;
  table["listed"] = listed;
}

} // namespace tl
