// Time and memory of a run, beside what was foretold.
#include "runtime/io/Units.h"
#include "runtime/report/Html.h"
#include "runtime/report/Sections.h"

#include <algorithm>

namespace tl::report {

static std::string bar(const std::string &head, double bytes, double most) {
  return element("tr", "", element("th", "", head) + element("td", "", element("data", "value=\"" + exact(bytes) + "\"", bytesText(int64_t(bytes)))) + element("td", "class=\"bar\"", format("<i style=\"width:%.1f%%\"></i>", 100 * bytes / most)));
}

static std::string memoryOf(const Run &run) {
  if (run.peakBytes <= 0)
    return "";
  double most = std::max(run.predictedBytes, run.peakBytes);
  return element("table", "class=\"bars\"", bar("memory foretold", run.predictedBytes, most) + bar("at the peak", run.peakBytes, most)) + "\n";
}

std::string costsOf(const Run &run) {
  std::vector<std::vector<std::string>> rows = {{"", "training", "evaluation", "records a second", "foretold after the first epoch", "in all"}};
  double whole = 0;
  for (const Stage &stage : run.stages)
    for (const Phase &phase : stage.phases) {
      double all = phase.seconds + phase.evaluation;
      if (all <= 0)
        continue;
      whole += all;
      std::string foretold = phase.firstEpoch > 0 && phase.plannedEpochs > 1 ? seconds(phase.firstEpoch * double(phase.plannedEpochs)) : "";
      rows.push_back({escaped(stage.name + "/" + phase.name), seconds(phase.seconds), seconds(phase.evaluation),
                      phase.seconds > 0 ? number(phase.samples / phase.seconds) : "", foretold, seconds(all)});
    }
  if (rows.size() > 2)
    rows.push_back({"all", "", "", "", "", seconds(whole)});
  return memoryOf(run) + (rows.size() > 1 ? table(rows) : "");
}

} // namespace tl::report
