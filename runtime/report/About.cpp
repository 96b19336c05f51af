// What a run is, at the head of its report.
#include "runtime/io/Units.h"
#include "runtime/report/Html.h"
#include "runtime/report/Sections.h"

namespace tl::report {

std::string valueText(const Json &value) {
  return value.is_string() ? value.get<std::string>() : value.is_number_float() ? exact(value.get<double>())
                                                                                : value.dump();
}

static std::string stateOf(const Run &run) {
  if (run.stages.empty())
    return "nothing is recorded yet";
  for (const Stage &stage : run.stages)
    if (!stage.isFinished) {
      int64_t step = 0;
      for (const Phase &phase : stage.phases)
        step = std::max(step, phase.to);
      return "stage " + stage.name + " is not finished: " + withCommas(step) + " steps are recorded";
    }
  return "finished";
}

std::string aboutOf(const Run &run) {
  std::string items;
  auto item = [&](const std::string &name, const std::string &text) {
    if (!text.empty())
      items += element("dt", "", escaped(name)) + element("dd", "", escaped(text)) + "\n";
  };
  auto setting = [&](const char *name) { return run.settings.contains(name) ? valueText(run.settings[name]) : ""; };
  item("state", stateOf(run));
  for (const char *kind : {"params", "dims"})
    if (run.settings.contains(kind))
      for (const auto &[name, value] : run.settings[kind].items())
        item(name, valueText(value));
  for (const char *name : {"seed", "threads", "cpu", "compiler", "digest"})
    item(name, setting(name));
  for (const char *name : {"max-steps", "limit-batches"})
    if (setting(name) != "0")
      item(name, setting(name));
  if (setting("smoke") == "true")
    item("smoke", "3 steps an epoch, 1 epoch a phase, 2 batches an evaluation");
  if (run.unreadable > 0)
    item("note", counted(run.unreadable, "line") + " of the logs could not be read");
  return element("dl", "", items) + "\n";
}

} // namespace tl::report
