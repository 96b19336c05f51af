// What a run has recorded in its folder. A kill may have left half a line, and a run that goes on has no summary yet: what is there is read.
#include "runtime/report/Records.h"
#include "runtime/io/Error.h"
#include "runtime/io/File.h"
#include "runtime/io/JsonProblem.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace tl::report {

const Stage *Run::stage(const std::string &name) const {
  auto found = std::find_if(stages.begin(), stages.end(), [&](const Stage &stage) { return stage.name == name; });
  return found == stages.end() ? nullptr : &*found;
}

namespace {

template <class Thing> Thing &named(std::vector<Thing> &things, const std::string &name) {
  auto found = std::find_if(things.begin(), things.end(), [&](const Thing &thing) { return thing.name == name; });
  if (found != things.end())
    return *found;
  things.emplace_back().name = name;
  return things.back();
}

/// The entry of that name. One function for names of every length, where `at` would be one for each.
const Json &in(const Json &object, const std::string &name) { return object.at(name); }

/// JSON has no NaN: it is null there.
double realOf(const Json &value) { return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN(); }

/// The object in a file; an empty one where there is no such file. A file that holds something else is an error.
Json objectIn(const std::string &file) {
  if (!io::isFile(file))
    return Json::object();
  Json json = Json::parse(io::readWhole(file));
  if (!json.is_object())
    throw badData("`" + file + "` is not what a run records: it holds no object");
  return json;
}

/// Goes through the lines of a log; returns how many are no records.
int64_t eachLine(const std::string &file, const std::function<void(const Json &)> &take) {
  int64_t unreadable = 0;
  if (!io::isFile(file))
    return 0;
  const std::string text = io::readWhole(file);
  for (size_t at = 0, end; at < text.size(); at = end + 1) {
    end = text.find('\n', at);
    if (end == std::string::npos)
      break; // being written, or cut by a kill
    try {
      take(Json::parse(text.begin() + std::ptrdiff_t(at), text.begin() + std::ptrdiff_t(end)));
    } catch (const nlohmann::json::exception &) {
      ++unreadable;
    }
  }
  return unreadable;
}

void takePlan(Run &run, const Json &plan) {
  run.explain = plan.value("explain", "");
  if (plan.contains("classes"))
    in(plan, "classes").get_to(run.classes);
  if (!plan.contains("stages"))
    return;
  for (const auto &[name, facts] : in(plan, "stages").items()) {
    Stage &stage = named(run.stages, name);
    in(facts, "about").get_to(stage.about);
    if (in(facts, "watched").is_object()) // of older runs it is a text
      in(facts, "watched").get_to(stage.watched);
    for (const Json &one : in(facts, "phases")) {
      Phase &phase = named(stage.phases, in(one, "name").get<std::string>());
      in(one, "steps").get_to(phase.planned);
      in(one, "epochs").get_to(phase.plannedEpochs);
      in(one, "flops").get_to(phase.flops);
      for (const auto &[part, elements] : in(one, "parts").items())
        phase.parts.push_back({part, elements.at(0).get<int64_t>(), elements.at(1).get<int64_t>()});
    }
  }
}

void takeMetrics(Run &run, const Json &line) {
  Stage &stage = named(run.stages, in(line, "stage").get<std::string>());
  Phase &phase = named(stage.phases, in(line, "phase").get<std::string>());
  int64_t step = in(line, "step").get<int64_t>(), last = 0;
  for (const Phase &other : stage.phases)
    last = std::max(last, other.to);
  if (!phase.isRecorded)
    phase.isRecorded = true, phase.from = last;
  phase.to = step;
  if (in(line, "event") == "epoch")
    phase.epochs = in(line, "epoch").get<int64_t>();
  if (line.contains("best"))
    stage.bestSteps["best"].push_back(step);
  for (const Json &kept : line.value("bests", Json::array()))
    stage.bestSteps[kept.get<std::string>()].push_back(step);
  for (const auto &[name, value] : line.items())
    if (name.find('.') != std::string::npos)
      named(stage.curves, name).points.push_back({step, realOf(value)});
}

void takeTiming(Run &run, const Json &line) {
  if (line.contains("peak_bytes")) {
    run.predictedBytes = std::max(run.predictedBytes, in(line, "predicted_bytes").get<double>());
    run.peakBytes = std::max(run.peakBytes, in(line, "peak_bytes").get<double>());
    return;
  }
  Phase &phase = named(named(run.stages, in(line, "stage").get<std::string>()).phases, in(line, "phase").get<std::string>());
  double training = in(line, "seconds").get<double>(), evaluation = in(line, "evaluation").get<double>();
  if (in(line, "epoch") == 1)
    phase.firstEpoch = training + evaluation;
  phase.seconds += training;
  phase.evaluation += evaluation;
  phase.samples += in(line, "samples_per_second").get<double>() * training;
}

} // namespace

Run readRun(const std::string &folder) {
  auto file = [&](const char *name) { return io::joinPath(folder, name); };
  if (!io::isFolder(folder))
    throw badData("there is no folder `" + folder + "`; name a run folder");
  if (!io::isFile(file("settings.json")))
    throw badData("`" + folder + "` holds no run: it has no settings.json; name a run folder");
  Run run;
  run.path = folder;
  std::string reading;
  auto object = [&](const char *name) { return objectIn(reading = file(name)); };
  try {
    run.settings = object("settings.json");
    run.summary = object("summary.json");
    takePlan(run, object(planName));
    object(picturesName).get_to(run.pictures);
  } catch (const nlohmann::json::exception &problem) {
    throw badData("`" + reading + "` is not what a run records: " + io::jsonProblem(problem) + "; no report is made of it");
  }
  if (io::isFile(file("source.tl")))
    run.source = io::readWhole(file("source.tl"));
  run.unreadable = eachLine(file("metrics.jsonl"), [&](const Json &line) { takeMetrics(run, line); });
  run.unreadable += eachLine(file("timing.jsonl"), [&](const Json &line) { takeTiming(run, line); });
  for (Stage &stage : run.stages)
    stage.isFinished = run.summary.contains("stages") && run.summary["stages"].contains(stage.name);
  return run;
}

} // namespace tl::report
