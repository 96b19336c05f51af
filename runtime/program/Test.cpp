// Runs the script's `test` declarations: numbers as lines, matrices as aligned tables.
#include "runtime/program/Test.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/io/Units.h"
#include "runtime/program/Evaluate.h"
#include "runtime/program/RunReport.h"
#include "runtime/program/Terminal.h"

#include <algorithm>
#include <cmath>

namespace tl::program {

using Json = nlohmann::ordered_json;

static std::string cellText(double value) {
  return value == std::floor(value) && std::fabs(value) < 1e15 ? withCommas(int64_t(value)) : format("%.4g", value);
}

// Names of the rows where one field of the data has as many named classes, else numbers.
static std::vector<std::string> rowNames(const abi::Data &data, int64_t rows) {
  std::vector<std::string> names;
  for (const abi::Field &field : data.fields)
    if (data.classesOf(field) == rows && int64_t(field.classNames.size()) >= rows)
      return {field.classNames.begin(), field.classNames.begin() + rows};
  for (int64_t i = 0; i < rows; ++i)
    names.push_back(std::to_string(i));
  return names;
}

static std::string tableText(const abi::Data &data, const std::vector<double> &values, int64_t rows, int64_t columns) {
  std::vector<std::string> left = rowNames(data, rows), top = rowNames(data, columns);
  size_t leftWidth = 0, width = 0;
  for (const std::string &name : left)
    leftWidth = std::max(leftWidth, name.size());
  for (const std::string &name : top)
    width = std::max(width, name.size());
  for (double value : values)
    width = std::max(width, cellText(value).size());
  auto padded = [](const std::string &text, size_t width) { return std::string(width - text.size(), ' ') + text; };
  std::string out = "  " + std::string(leftWidth, ' ');
  for (const std::string &name : top)
    out += "  " + padded(name, width);
  out += "\n";
  for (int64_t r = 0; r < rows; ++r) {
    out += "  " + padded(left[r], leftWidth);
    for (int64_t c = 0; c < columns; ++c)
      out += "  " + padded(cellText(values[r * columns + c]), width);
    out += "\n";
  }
  return out;
}

// [rows, columns] → [[…], …]; [n] → […]; [] → a number. What is counted, not averaged, is whole.
static Json nested(const abi::Metric &metric, const std::vector<double> &values, size_t dim, size_t &next) {
  if (dim == metric.shape.size()) {
    double value = values[next++];
    return !metric.counted && value == std::floor(value) && std::fabs(value) < 1e15 ? Json(int64_t(value)) : Json(value);
  }
  Json list = Json::array();
  for (int64_t i = 0; i < metric.shape[dim]; ++i)
    list.push_back(nested(metric, values, dim + 1, next));
  return list;
}

// "  [0.951, 0.982]", and of how many draws where not all gave a value.
static std::string boundsText(const abi::Test &test, const Bounds &bounds) {
  if (bounds.draws == 0)
    return "  [no draw has a value]";
  return format("  [%.6g, %.6g]", bounds.low, bounds.high) +
         (bounds.draws < test.draws ? " of " + counted(bounds.draws, "draw") + " that have a value" : "");
}

static void report(const abi::Data &data, const abi::Metric &metric, const std::vector<double> &values, const std::string &bounds) {
  if (!metric.axes.empty()) {
    printResult("  " + metric.name + " (" + metric.axes[0] + ": " + metric.axes[1] + ")\n  ");
    for (size_t i = 0; i < values.size(); i += 2)
      if (!std::isnan(values[i]) && !std::isnan(values[i + 1]))
        printResult("  " + format("%.3g: %.3g", values[i], values[i + 1]));
    printResult("\n");
  } else if (metric.shape.empty()) {
    printResult("  " + metric.name + " " + format("%.6g", values[0]) + bounds + "\n");
  } else if (metric.shape.size() == 2) {
    bool isConfusion = metric.shape[0] == metric.shape[1];
    printResult("  " + metric.name + (isConfusion ? " (rows: what it is; columns: what was answered)\n" : "\n") +
                tableText(data, values, metric.shape[0], metric.shape[1]));
  } else {
    printResult("  " + metric.name + "\n" + tableText(data, values, 1, int64_t(values.size())));
  }
}

// "", or ", in brackets 95 % of 1,000 draws of as many"
static std::string intervalText(const abi::Test &test) {
  return test.interval <= 0 ? "" : ", in brackets " + format("%g", 100 * test.interval) + " % of " + withCommas(test.draws) + " draws of as many";
}

static Json intervalJson(const abi::Test &test, const std::map<std::string, Bounds> &bounds) {
  Json of = Json::object();
  for (const abi::Metric &metric : test.metrics)
    if (auto found = bounds.find(metric.name); found != bounds.end()) {
      of[metric.name] = {{"low", found->second.low}, {"high", found->second.high}};
      if (found->second.draws < test.draws)
        of[metric.name]["draws"] = found->second.draws;
    }
  return {{"share", test.interval}, {"draws", test.draws}, {"of", of}};
}

// What is kept for the draws, where it is much.
static void sayKept(const abi::Program &program, const abi::Test &test, int64_t records) {
  constexpr int64_t much = int64_t{64} << 20;
  if (int64_t bytes = Resampling::bytesOfRecord(program, test) * records; bytes > much)
    printMessage("the intervals of this test take " + bytesText(bytes) + ": what each of " + counted(records, "record") + " adds is kept\n");
}

static bool runTest(Context &context, const RunFolder &run, RunLog *log, const abi::Test &test) {
  const abi::Stage &stage = context.stage(test.stage);
  const abi::Data &data = context.data(test.data);
  std::string which = whichOf(stage, context.options.which, test.which);
  std::vector<std::string> functions = Overall::functions(test.metrics);
  functions.push_back(test.function);
  Session session(context, stage, functions);
  std::string from = run.checkpoint(stage.name, which);
  session.loadWeights(from);
  Evaluator evaluator(context, session, data, {test.split, test.function, ""}, test.metrics, /*keeps=*/false, test.interval > 0);
  std::optional<Resampling> resampling;
  std::map<std::string, Bounds> bounds;
  if (test.interval > 0) {
    sayKept(context.program, test, evaluator.records());
    resampling.emplace(test, context.function(test.function), evaluator.records());
  }
  if (!evaluator.run(resampling ? &*resampling : nullptr))
    return false;
  if (resampling) {
    auto found = resampling->bounds(context, evaluator.overalls());
    if (!found)
      return false;
    bounds = std::move(*found);
  }
  std::string title = test.stage + "." + which + " on " + test.data + "." + test.split;
  Json json = {{"checkpoint", from.substr(from.rfind('/') + 1)}, {"records", evaluator.records()}};
  if (!context.options.json)
    printResult("test " + title + ", " + withCommas(evaluator.records()) + " records" + intervalText(test) + "\n");
  for (const abi::Metric &metric : test.metrics) {
    if (metric.isAside || !evaluator.totals().has(metric))
      continue;
    std::vector<double> values = evaluator.totals().values(metric);
    size_t next = 0;
    json[metric.name] = nested(metric, values, 0, next);
    if (!metric.axes.empty())
      json[metric.name] = {{"axes", metric.axes}, {"points", json[metric.name]}};
    if (!context.options.json)
      report(data, metric, values, bounds.contains(metric.name) ? boundsText(test, bounds.at(metric.name)) : "");
  }
  if (resampling)
    json["interval"] = intervalJson(test, bounds);
  std::set<int64_t> listed; // records
  for (const Listing &listing : evaluator.lists()) {
    showListing(context, data, Context::split(data, test.split), context.dataset(data, test.split), listing, json[listing.metric.name]);
    for (const Listing::Entry &entry : listing.first())
      listed.insert(entry.record);
  }
  const Addresses pictures = picturesOf(context.dataset(data, test.split), listed);
  notePictures(run, title, pictures);
  for (const Listing &listing : evaluator.lists())
    if (log)
      showRecords(*log, title + "/" + listing.metric.name, json[listing.metric.name]["records"], pictures);
  run.updateSummary("tests", title, json);
  return true;
}

bool runTests(Context &context, const RunFolder &run, RunLog *log) {
  for (const abi::Test &test : context.program.tests)
    if (!runTest(context, run, log, test))
      return false;
  return true;
}

}  // namespace tl::program
