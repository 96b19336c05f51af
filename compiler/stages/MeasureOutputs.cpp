// What a function puts out of its measures, and the functions of those that are of all records at once.
#include "compiler/stages/Measures.h"
#include <algorithm>

namespace tl {

/// A curve is given as its points; everywhere else it would be a table that nobody drew.
static void checkCurve(const Declared &declared, const Measured &metric, const std::string &yields, const std::vector<int64_t> &shape) {
  if (!metric.axes.empty() && (shape.size() != 2 || shape[0] < 2 || shape[1] != 2))
    declared.report(Diag::CurveForm, metric.span, "`" + metric.name + "` is a curve, which is given by points, f32[n, 2], two or more; it yields " + yields)
        .help = "`concat([x[:, none], y[:, none]], axis = 1)` makes points of two vectors";
}

abi::Metric Measures::described(const Measured &metric) const {
  abi::Metric out;
  out.name = metric.name;
  out.better = metric.better;
  out.axes = metric.axes;
  out.place = declared.place(metric.span);
  return out;
}

/// An error where records have no share of their own in it, of which a part of them could be drawn.
void Measures::outputRows(Elaborator &elaborator, const Measured &metric) const {
  auto put = [&](const std::string &name, const TensorValue &sum) {
    std::optional<TensorValue> rows = elaborator.byRecord(sum, metric.span);
    if (rows)
      elaborator.output(name + ".rows", *rows, metric.span);
    return rows.has_value();
  };
  bool isSound = true;
  if (metric.overall)
    for (size_t i = 0; i < metric.overall->values.size(); ++i)
      isSound &= metric.overall->areRows[i] || put(metric.name + "." + std::to_string(i), metric.overall->values[i]);
  else
    isSound = put(metric.name + ".sum", metric.sum) && (!metric.count || put(metric.name + ".count", *metric.count));
  if (!isSound)
    declared.report(Diag::IntervalMeasure, metric.span, "`" + metric.name + "` is not made of sums to which each record adds a part of its own, and `interval` draws records anew")
        .help = "`sum(e) over count(e)` is, with e a number or several for each record; what has no interval is reported by a `test` of its own";
}

std::optional<abi::Metric> Measures::overall(Elaborator &elaborator, const Measured &metric, const Measurer &by, std::vector<Function> *functions) const {
  const Overall &asked = *metric.overall;
  abi::Metric out = described(metric);
  out.counted = false;
  out.list = asked.most;
  if (!asked.most)
    out.function = by.function + "." + metric.name;
  for (size_t i = 0; i < asked.values.size(); ++i) {
    elaborator.output(metric.name + "." + std::to_string(i), asked.values[i], metric.span);
    out.parts.push_back(asked.areRows[i] ? "rows" : "sum");
  }
  if (asked.most) {
    checkCurve(declared, metric, "a list of records", {});
    return out;
  }
  Function function;
  function.name = out.function;
  Elaborator once(declared.library, declared.diagnostics, function);
  once.scope = out.function;
  once.maskBatch = true;
  std::optional<TensorValue> value = once.overall(asked, std::max<int64_t>(by.records, 1));
  if (!value)
    return std::nullopt;
  once.output("value", *value, metric.span);
  out.shape = value->type().shape;
  checkCurve(declared, metric, toString(value->type()), out.shape);
  if (by.areResampled && out.shape.empty())
    outputRows(elaborator, metric);
  if (functions)
    functions->push_back(std::move(function));
  return out;
}

std::vector<abi::Metric> Measures::output(Elaborator &elaborator, const Metrics &metrics, const std::optional<Measurer> &by, std::vector<Function> *functions) const {
  std::vector<abi::Metric> all;
  for (const Measured &metric : metrics) {
    if (metric.overall) {
      if (std::optional<abi::Metric> out = by ? overall(elaborator, metric, *by, functions) : std::nullopt)
        all.push_back(*out);
      continue;
    }
    elaborator.output(metric.name + ".sum", metric.sum, metric.span);
    if (metric.count)
      elaborator.output(metric.name + ".count", *metric.count, metric.span);
    abi::Metric out = described(metric);
    out.counted = metric.count.has_value();
    for (const auto &[term, weight] : metric.terms) {
      elaborator.output(metric.name + "." + std::to_string(out.terms.size()), weight, metric.span);
      out.terms.push_back(term);
    }
    out.finish = metric.finish;
    out.isAside = metric.isAside;
    out.shape = metric.sum.type().shape;
    checkCurve(declared, metric, toString(metric.sum.type()), out.shape);
    if (by && by->areResampled && abi::hasInterval(out))
      outputRows(elaborator, metric);
    all.push_back(out);
  }
  return all;
}

}  // namespace tl
