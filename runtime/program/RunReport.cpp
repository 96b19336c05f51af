// What a run notes for its report, and the command that makes one.
#include "runtime/program/RunReport.h"
#include "runtime/abi/Turns.h"
#include "runtime/io/Units.h"
#include "runtime/program/Memory.h"
#include "runtime/program/TensorBoard.h"
#include "runtime/program/Terminal.h"
#include "runtime/program/Trainer.h"
#include "runtime/report/Records.h"
#include "runtime/report/Report.h"
#include "runtime/report/Thumbnail.h"

namespace tl::program {

using Json = nlohmann::ordered_json;

template <class Write> static void harmlessly(const Write &write) {
  try {
    write();
  } catch (const std::exception &problem) {
    printMessage(std::string("note: the report is not complete: ") + problem.what() + "\n");
  }
}

/// An object that the run has in a file; an empty one where it has none, or one that is damaged.
static Json noted(const RunFolder &run, const char *name) {
  std::string file = run.file(name);
  Json json = io::isFile(file) ? Json::parse(io::readWhole(file), nullptr, false) : Json::object();
  return json.is_object() ? json : Json::object();
}

/// Where a path begins: "enc" of "enc.net[0].w".
static std::string partOf(const std::string &path) { return path.substr(0, path.find_first_of(".[")); }

/// {"enc": [trainable elements, all elements]}, in the order of the stage's variables; trainable is what any of those that take turns trains.
static Json partsOf(const abi::Stage &stage, const std::vector<const abi::Phase *> &round) {
  std::set<std::string> trainable, frozen;
  for (const abi::Phase *phase : round) {
    trainable.insert(phase->trainable.begin(), phase->trainable.end());
    frozen.insert(phase->frozen.begin(), phase->frozen.end());
  }
  Json parts = Json::object();
  for (const abi::Variable &variable : stage.variables) {
    bool trains = trainable.contains(variable.path);
    if (!trains && !frozen.contains(variable.path))
      continue;
    Json &part = parts[partOf(variable.path)];
    if (part.is_null())
      part = {0, 0};
    int64_t elements = memory::elementsOf(variable.shape);
    part[0] = part[0].get<int64_t>() + (trains ? elements : 0);
    part[1] = part[1].get<int64_t>() + elements;
  }
  return parts;
}

static Json classesOf(const abi::Program &program) {
  Json all = Json::object();
  for (const abi::Data &data : program.data)
    for (const abi::Field &field : data.fields)
      if (!field.classNames.empty())
        all[data.name].push_back(field.classNames);
  return all;
}

static std::string aboutOf(Context &context, const abi::Stage &stage) {
  if (stage.phases.empty())
    return stage.kind + " " + stage.model + " on " + stage.data;
  std::string about = stage.kind + " " + stage.model + " on " + counted(int64_t(context.records(context.data(stage.data), stage.trainSplit).size()), "record") + " of " + stage.data + "." + stage.trainSplit;
  if (!stage.valSplit.empty() && !stage.evaluateFunction.empty())
    about += ", measured on " + withCommas(Evaluator::records(context, context.data(stage.data), {stage.valSplit, stage.evaluateFunction, ""})) + " of " + stage.data + "." + stage.valSplit;
  return about + ", batch " + std::to_string(stage.batch) + (stage.accumulate > 1 ? " accumulate " + std::to_string(stage.accumulate) : "") + (stage.precision == "f32" ? "" : ", " + stage.precision + " products") + besideText(context, stage);
}

static Json planOf(Context &context, const abi::Stage &stage) {
  Json phases = Json::array();
  for (const abi::Phase &phase : stage.phases) {
    if (phase.turn > 0)
      continue;
    std::vector<const abi::Phase *> round = abi::roundOf(stage, phase);
    int64_t flops = 0; // of a step in the mean
    for (const abi::Phase *each : round)
      flops += each->stepFlops * std::max<int64_t>(1, each->times);
    flops /= abi::stepsOf(round);
    Trainer::Plan length = Trainer::planPhase(context, stage, phase);
    int64_t epochs = (length.lastStep + length.stepsPerEpoch - 1) / length.stepsPerEpoch;
    phases.push_back({{"name", abi::nameOf(round)}, {"steps", length.lastStep}, {"epochs", epochs}, {"flops", flops * stage.accumulate}, {"parts", partsOf(stage, round)}});
  }
  Json watched = Json::object();
  for (const abi::Kept &kept : stage.kept)
    watched[kept.name] = abi::nameOf(kept.by);
  return {{"about", aboutOf(context, stage)}, {"watched", watched}, {"phases", phases}};
}

void notePlan(Context &context, const RunFolder &run, const std::vector<const abi::Stage *> &stages) {
  Json plan = noted(run, report::planName);
  plan["explain"] = context.program.explain;
  plan["classes"] = classesOf(context.program);
  for (const abi::Stage *stage : stages)
    plan["stages"][stage->name] = planOf(context, *stage);
  harmlessly([&] { io::replaceFile(run.file(report::planName), plan.dump() + "\n"); });
}

int pixelsOf(const data::Dataset &dataset) {
  for (size_t i = 0; i < dataset.fields().size(); ++i) {
    const abi::Field &field = dataset.fields()[i];
    bool isFlat = field.shape.size() == 2, hasColours = field.shape.size() == 3 && (field.shape[2] == 1 || field.shape[2] == 3);
    if (field.dtype == "u8" && (isFlat || hasColours))
      return int(i);
  }
  return -1;
}

Addresses picturesOf(const data::Dataset &dataset, const std::set<int64_t> &records) {
  int field = pixelsOf(dataset);
  Addresses all;
  for (int64_t record : field < 0 ? std::set<int64_t>{} : records) {
    const std::vector<int64_t> &shape = dataset.fields()[size_t(field)].shape;
    std::vector<char> values = dataset.values(field, record);
    all[std::to_string(record)] = report::thumbnail(reinterpret_cast<const uint8_t *>(values.data()), shape[0], shape[1], shape.size() == 3 ? shape[2] : 1);
  }
  return all;
}

void notePictures(const RunFolder &run, const std::string &of, const Addresses &pictures) {
  Json before = noted(run, report::picturesName), all = Json::object();
  for (const auto &[name, address] : before.items())
    if (!name.starts_with(of + "/"))
      all[name] = address;
  for (const auto &[name, address] : pictures)
    all[of + "/" + name] = address;
  if (all != before)
    harmlessly([&] { io::replaceFile(run.file(report::picturesName), all.dump() + "\n"); });
}

void refreshReport(const RunFolder &run) {
  harmlessly([&] { report::write({run.path()}, run.file(report::reportName)); });
}

void refreshReport(const RunFolder &run, RunLog &log, int64_t predictedBytes) {
  harmlessly([&] { log.writeTiming({{"event", "memory"}, {"predicted_bytes", predictedBytes}, {"peak_bytes", peakResidentBytes()}}); });
  refreshReport(run);
}

void noteFailure(RunLog &log) {
  harmlessly([&] { log.show(0, {sessionEndValue(true)}); });
}

void runReport(const Context &context) {
  std::vector<std::string> runs = context.options.operands;
  if (runs.empty())
    runs.push_back(RunFolder::ofFinishedRun(context).path());
  std::string to = context.options.to;
  if (to.empty())
    to = runs.size() == 1 ? io::joinPath(runs[0], report::reportName) : report::reportName;
  report::write(runs, to);
  printResult("report of " + counted(int64_t(runs.size()), "run") + " in " + to + "\n");
}

} // namespace tl::program
