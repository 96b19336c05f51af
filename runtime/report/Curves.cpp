// Charts of a stage, a measure each.
#include "runtime/report/Html.h"
#include "runtime/report/Sections.h"

#include <algorithm>

namespace tl::report {

static std::vector<Band> bandsOf(const Stage &stage) {
  std::vector<Band> bands;
  for (size_t i = 0; i < stage.phases.size(); ++i)
    if (stage.phases[i].isRecorded)
      bands.push_back({stage.phases[i].name, thawOf(stage, i), stage.phases[i].from, stage.phases[i].to});
  return bands;
}

std::string curvesOf(const Stage &stage) {
  std::vector<Chart> charts; // by measure
  for (const Curve &curve : stage.curves) {
    size_t point = curve.name.find('.');
    std::string split = curve.name.substr(0, point), measure = curve.name.substr(point + 1);
    Chart *chart = nullptr;
    for (Chart &one : charts)
      if (one.title == measure)
        chart = &one;
    if (!chart) {
      charts.push_back({measure, {}, bandsOf(stage)});
      chart = &charts.back();
    }
    bool isLoss = measure == "loss" || std::any_of(stage.curves.begin(), stage.curves.end(), [&](const Curve &other) { return other.name == "train." + measure; });
    bool isOfSteps = split == "step" && isLoss;
    Line line{curve.name, split == "val" ? 1 : 0, isOfSteps, curve.points, {}};
    for (const auto &[kept, watched] : stage.watched)
      if (auto steps = stage.bestSteps.find(kept); watched == curve.name && steps != stage.bestSteps.end())
        line.bestSteps = steps->second;
    chart->lines.insert(isOfSteps ? chart->lines.begin() : chart->lines.end(), line);
  }
  std::string out;
  for (const Chart &chart : charts)
    out += drawn(chart);
  return out.empty() ? out : element("div", "class=\"charts\"", out) + "\n";
}

} // namespace tl::report
