// Where a stage has folds: a training for each part of its records, what they have measured, and what that comes to.
#include "runtime/program/Folding.h"
#include "runtime/abi/Refitted.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/data/Folds.h"
#include "runtime/io/Units.h"
#include "runtime/program/MemoryNeed.h"
#include "runtime/program/Terminal.h"
#include "runtime/program/Trainings.h"

#include <algorithm>
#include <cmath>

namespace tl::program {

using Json = nlohmann::ordered_json;

void checkFolds(const Context &context, const std::vector<const abi::Stage *> &stages) {
  for (const abi::Stage *stage : stages)
    if (const abi::Folds *folds = abi::foldsOf(context.program, stage->name); folds && context.options.profile)
      throw Error(exitUsage, "`--profile` tells of one training, and `folds " + stage->name + "` (" + folds->place + ") makes " + std::to_string(folds->parts) + " more, in processes of their own; `bench " + stage->name + "` times its step");
}

/// The stages that each part trains, in order.
static std::vector<const abi::Stage *> trainedIn(const Context &context, const abi::Stage &stage, const abi::Folds &folds) {
  std::vector<const abi::Stage *> all = abi::refittedOf(context.program, folds);
  all.push_back(&stage);
  return all;
}

static data::Folds partsOf(Context &context, const abi::Stage &stage, const abi::Folds &folds) {
  const abi::Data &data = context.data(stage.data);
  const data::RecordList train = context.records(data, stage.trainSplit), val = context.records(data, stage.valSplit); // once, for all
  auto by = std::find_if(data.fields.begin(), data.fields.end(), [&](const abi::Field &field) { return field.name == folds.by; });
  try {
    data::Folds parted(context.dataset(data, stage.trainSplit), train, val, folds.parts, by == data.fields.end() ? nullptr : &*by);
    for (const abi::Stage *one : trainedIn(context, stage, folds))
      for (int64_t part = 1; part <= folds.parts; ++part)
        if (int64_t left = std::ssize(parted.all) - std::ssize(parted.parts[size_t(part - 1)]); one->data == data.name && left < one->batch)
          throw badData("without part " + std::to_string(part) + " of " + std::to_string(folds.parts) + ", `" + data.name + "` has " + counted(left, "record") + " to train on, fewer than `batch " + std::to_string(one->batch) + "`" + (one == &stage ? "" : " of stage `" + one->name + "`") + "; write a smaller one, or more `parts`");
    return parted;
  } catch (const Error &error) {
    throw Error(error.exitCode, folds.place + ": " + error.message);
  }
}

void checkParts(Context &context, const std::vector<const abi::Stage *> &stages) {
  for (const abi::Stage *stage : stages)
    if (const abi::Folds *folds = abi::foldsOf(context.program, stage->name))
      partsOf(context, *stage, *folds);
}

/// What decides in a training when it ends or which checkpoint it leaves, and looks at `val` for that; nothing where nothing does.
static std::vector<std::string> choosing(const abi::Stage &stage) {
  std::vector<std::string> all;
  for (const abi::Kept &kept : stage.kept)
    if (kept.name == "best" && kept.by.split == "val") // which checkpoint a training is measured at; others are not looked at
      all.push_back("`keep best(" + abi::nameOf(kept.by) + ")`");
  for (const abi::Phase &phase : stage.phases)
    if (phase.stopEarly.enabled && phase.stopEarly.split == "val") {
      all.push_back("`stop early(" + abi::nameOf(phase.stopEarly) + ")`");
      break;
    }
  return all;
}

static Json numberOrNull(double value) { return std::isfinite(value) ? Json(value) : Json(); }

namespace {

class Folding {
public:
  Folding(Context &context, RunFolder &run, const abi::Stage &stage, const abi::Folds &folds) : context(context), run(run), stage(stage), folds(folds), data(context.data(stage.data)), values(folds.report.size()) {}

  void go() {
    measure();
    Json measures = Json::array();
    for (size_t i = 0; i < folds.report.size(); ++i) {
      auto [mean, deviation] = momentsOf(values[i]);
      Json each = Json::array();
      for (double value : values[i])
        each.push_back(numberOrNull(value));
      measures.push_back({{"name", abi::nameOf(folds.report[i])}, {"mean", numberOrNull(mean)}, {"deviation", numberOrNull(deviation)}, {"values", each}});
    }
    run.updateSummary("folds", stage.name, {{"parts", folds.parts}, {"by", folds.by}, {"records", records}, {"chosen_by", chosenBy()}, {"measures", measures}});
    say();
  }

private:
  void measure();
  void note(int64_t part, const data::Folds &parted);
  struct Moments {
    double mean, deviation;
  };
  static Moments momentsOf(const std::vector<double> &values);
  void say() const;
  std::string chosenBy() const;
  std::vector<const abi::Stage *> trained() const { return trainedIn(context, stage, folds); }
  std::string folder(int64_t part) const { return "folds/" + stage.name + "/" + std::to_string(part) + "-of-" + std::to_string(folds.parts) + (folds.by.empty() ? "" : "-by-" + folds.by); }

  Context &context;
  RunFolder &run;
  const abi::Stage &stage;
  const abi::Folds &folds;
  const abi::Data &data;
  std::vector<int64_t> records;            // by part
  std::vector<std::vector<double>> values; // by what is reported, then by part
};

std::string Folding::chosenBy() const {
  std::string text;
  for (const abi::Stage *each : trained())
    for (const std::string &choice : choosing(*each))
      text += (text.empty() ? "" : " and ") + choice + (each == &stage ? "" : " of " + each->name);
  return text;
}

void Folding::measure() {
  const data::Folds parted = partsOf(context, stage, folds);
  int64_t each = 0;
  for (const abi::Stage *one : trained()) {
    each = std::max(each, bytesBesideData(context, context.program, *one));
    for (const std::string &split : {one->trainSplit, one->valSplit})
      if (one->data != data.name && !split.empty())
        context.records(context.data(one->data), split); // once, for all
  }
  const Trainings::Room room = Trainings::roomFor(context, folds.parts, each);
  printMessage("folds " + stage.name + ": " + std::to_string(folds.parts) + " parts" + (folds.by.empty() ? "" : " by " + folds.by) + " of the " + withCommas(std::ssize(parted.all)) + " records of " + data.name + ".train and " + data.name + ".val, " + std::to_string(room.places) + " side by side with " +
               counted(room.threads, "thread") + " each; a training takes " + bytesText(each) + " beside the data" + (room.places < std::min<int64_t>(context.team.size(), folds.parts) ? ", and more of them than there is memory for" : "") + "\n");
  Trainings trainings(context, run, stage, "the folds", room);
  std::vector<std::optional<size_t>> numbers; // none: it had been trained before
  for (int64_t part = 1; part <= folds.parts; ++part) {
    std::optional<std::string> newest = checkpoint::newest(run.file(folder(part)), stage.name);
    bool isDone = newest && checkpoint::readState(*newest).finished;
    numbers.push_back(isDone ? std::nullopt : std::optional(trainings.begin({"fold " + std::to_string(part) + " of `" + stage.name + "`", folder(part), [this, &parted, part]() -> Trainings::Task {
                                                                               context.takeFold(data, folds, parted, part);
                                                                               return {context, INT64_MAX, abi::refittedOf(context.program, folds)};
                                                                             }})));
  }
  for (int64_t part = 1; part <= folds.parts; ++part) {
    std::optional<size_t> number = numbers[size_t(part - 1)];
    if (number && !trainings.finish(*number))
      throw Error(4, "fold " + std::to_string(part) + " of `" + stage.name + "`: " + Trainings::lastWords(run, folder(part)));
    note(part, parted);
  }
}

/// What a training has left.
void Folding::note(int64_t part, const data::Folds &parted) {
  const checkpoint::TrainingState state = Trainings::left(run, folder(part), stage);
  records.push_back(std::ssize(parted.parts[size_t(part - 1)]));
  std::string line = "folds " + stage.name + ": " + std::to_string(part) + " of " + std::to_string(folds.parts) + ", measured on " + counted(records.back(), "record");
  for (size_t i = 0; i < folds.report.size(); ++i) {
    const std::string name = abi::nameOf(folds.report[i]);
    auto found = state.notes.find(name);
    if (found == state.notes.end())
      throw Error(exitInternal, "`" + run.file(folder(part)) + "` has no value of `" + name + "`");
    values[i].push_back(found->second);
    line += "  " + name + format(" %.5g", values[i].back());
  }
  printMessage(line + "\n");
}

Folding::Moments Folding::momentsOf(const std::vector<double> &values) {
  const auto count = double(values.size());
  double sum = 0, squares = 0;
  for (double value : values)
    sum += value;
  for (double value : values)
    squares += std::pow(value - sum / count, 2);
  return {sum / count, std::sqrt(squares / (count - 1))};
}

void Folding::say() const {
  if (context.options.json)
    return;
  printResult("folds " + stage.name + ", the mean of " + std::to_string(folds.parts) + " and their standard deviation (n - 1)\n");
  for (size_t i = 0; i < folds.report.size(); ++i) {
    auto [mean, deviation] = momentsOf(values[i]);
    std::string each;
    for (double value : values[i])
      each += (each.empty() ? "" : ", ") + format("%.5g", value);
    printResult("  " + abi::nameOf(folds.report[i]) + format(" %.5g ± %.2g", mean, deviation) + "  of " + each + "\n");
  }
  if (std::string by = chosenBy(); !by.empty())
    printResult("  " + by + " has looked at the part that is measured: on records that nothing has seen it may be worse\n");
}

} // namespace

void measureFolds(Context &context, RunFolder &run, const abi::Stage &stage, const abi::Folds &folds) {
  const Json known = run.summary().value("folds", Json::object()).value(stage.name, Json::object());
  Json names = Json::array(), there = Json::array();
  for (const abi::Watch &report : folds.report)
    names.push_back(abi::nameOf(report));
  for (const Json &measure : known.value("measures", Json::array()))
    there.push_back(measure.value("name", ""));
  if (known.value("parts", int64_t{0}) == folds.parts && known.value("by", "") == folds.by && there == names)
    return printMessage("the folds of stage " + stage.name + " are measured already\n");
  Folding(context, run, stage, folds).go();
}

} // namespace tl::program
