// What each phase of a stage trains and freezes.
#include "runtime/report/Html.h"
#include "runtime/io/Units.h"
#include "runtime/report/Sections.h"

#include <algorithm>
#include <cmath>

namespace tl::report {

static const Part *partOf(const Phase &phase, const std::string &name) {
  auto found = std::find_if(phase.parts.begin(), phase.parts.end(), [&](const Part &part) { return part.name == name; });
  return found == phase.parts.end() ? nullptr : &*found;
}

std::string thawOf(const Stage &stage, size_t index) {
  std::string names;
  for (const Part &part : index == 0 ? std::vector<Part>{} : stage.phases[index].parts) {
    const Part *before = partOf(stage.phases[index - 1], part.name);
    if (!before || part.trainable <= before->trainable)
      continue;
    bool isWhole = part.trainable == part.all && before->trainable == 0;
    names += (names.empty() ? "" : ", ") + (isWhole ? "" : withCommas(part.trainable - before->trainable) + " of ") + part.name;
  }
  return names;
}

static std::string stateOf(const Part &part) {
  if (part.trainable == 0)
    return "<span class=\"frozen\">frozen</span>";
  if (part.trainable == part.all)
    return "<span class=\"trained\">trained</span>";
  return "<span class=\"trained\">" + count(double(part.trainable)) + " of " + count(double(part.all)) + "</span>";
}

/// The learning rate from the first to the last step of a phase that has it in its log.
static std::string ratesOf(const Stage &stage, const Phase &phase) {
  std::vector<double> rates;
  for (const Curve &curve : stage.curves)
    for (const Point &point : curve.points)
      if (curve.name == "step.learning_rate" && point.step > phase.from && point.step <= phase.to)
        rates.push_back(point.value);
  if (rates.empty())
    return "";
  return rates.front() == rates.back() ? number(rates.front()) : number(rates.front()) + " → " + number(rates.back());
}

std::string phasesOf(const Stage &stage) {
  std::vector<std::vector<std::string>> rows(1, {""});
  for (const Phase &phase : stage.phases)
    rows[0].push_back(escaped(phase.name));
  auto row = [&](const std::string &head, auto &&cell) {
    rows.push_back({head});
    bool isEmpty = true;
    for (size_t i = 0; i < stage.phases.size(); ++i) {
      rows.back().push_back(cell(i));
      isEmpty = isEmpty && rows.back().back().empty();
    }
    if (isEmpty)
      rows.pop_back();
  };
  std::vector<std::string> names;
  for (const Phase &phase : stage.phases)
    for (const Part &part : phase.parts)
      if (std::find(names.begin(), names.end(), part.name) == names.end())
        names.push_back(part.name);
  for (const std::string &name : names)
    row(escaped(name), [&](size_t i) { const Part *part = partOf(stage.phases[i], name); return part ? stateOf(*part) : std::string(); });
  row("becomes trainable", [&](size_t i) { return escaped(thawOf(stage, i)); });
  auto sumOf = [&](size_t i, int64_t Part::*elements) {
    int64_t sum = 0;
    for (const Part &part : stage.phases[i].parts)
      sum += part.*elements;
    return sum;
  };
  row("trainable parameters", [&](size_t i) { return names.empty() ? "" : count(double(sumOf(i, &Part::trainable))) + " of " + count(double(sumOf(i, &Part::all))); });
  row("steps", [&](size_t i) {
    const Phase &phase = stage.phases[i];
    int64_t done = phase.to - phase.from;
    return count(double(done)) + (phase.planned > done ? " of " + count(double(phase.planned)) : "");
  });
  row("epochs", [&](size_t i) { return count(double(stage.phases[i].epochs)); });
  row("learning rate", [&](size_t i) { return ratesOf(stage, stage.phases[i]); });
  row("a step computes", [&](size_t i) { return stage.phases[i].flops > 0 ? flopsText(stage.phases[i].flops) : ""; });
  return stage.phases.empty() ? "" : table(rows);
}

} // namespace tl::report
