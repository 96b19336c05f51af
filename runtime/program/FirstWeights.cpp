// The weights that a stage starts from: those of earlier stages and of files, perhaps several added up.
#include "runtime/program/FirstWeights.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/checkpoint/Remap.h"
#include "runtime/io/Units.h"
#include "runtime/program/Terminal.h"
#include "runtime/program/Trainer.h"

#include <algorithm>

namespace tl::program {

/// What loads that are added up come to so far, in double, each tensor rounded anew with every load.
static void mix(const abi::Load &load, const abi::Stage &stage, memory::Arena variables, std::map<std::string, std::vector<double>> &sums) {
  for (const abi::LoadedTensor &tensor : load.tensors) {
    const abi::Variable &variable = *std::find_if(stage.variables.begin(), stage.variables.end(), [&](const abi::Variable &one) { return one.path == tensor.path; });
    std::vector<double> &sum = sums[tensor.path];
    sum.resize(size_t(memory::elementsOf(variable.shape)));
    for (size_t i = 0; i < sum.size(); ++i) {
      sum[i] = (load.isAdded ? sum[i] : 0) + load.factor * variables.number(variable, int64_t(i));
      variables.put(variable, int64_t(i), sum[i]);
    }
  }
}

/// What it costs to keep weights in fewer digits: for each form all of them together and the worst; of each weight it stands in the summary.
static void tellRoundings(const RunFolder &folder, const abi::Stage &stage, Progress &progress, const std::vector<checkpoint::Rounding> &roundings) {
  if (roundings.empty())
    return;
  std::map<std::string, checkpoint::Rounding> totals, worst; // by form
  std::map<std::string, int64_t> counts;
  nlohmann::ordered_json weights;
  auto described = [](const checkpoint::Rounding &of) { return nlohmann::ordered_json{{"kept", of.form}, {"relative", of.relative()}, {"largest", of.largest}}; };
  for (const checkpoint::Rounding &each : roundings) {
    totals[each.form].form = each.form;
    totals[each.form].add(each);
    ++counts[each.form];
    if (checkpoint::Rounding &most = worst[each.form]; most.path.empty() || each.relative() > most.relative())
      most = each;
    weights[each.path] = described(each);
  }
  nlohmann::ordered_json summary{{"weights", weights}};
  for (const auto &[form, total] : totals) {
    summary["total"].push_back(described(total));
    progress.say(counted(counts[form], "tensor") + " kept in " + form +
                 format(": relative error %.2g, the largest difference %.2g; the worst is `%s`, %.2g", total.relative(), total.largest, worst[form].path.c_str(), worst[form].relative()));
  }
  if (!folder.path().empty())
    folder.updateSummary("kept", stage.name, summary);
}

static void applyLoads(Context &context, const RunFolder &folder, const abi::Stage &stage, Session &session, Progress &progress) {
  std::map<std::string, std::vector<double>> sums;
  std::vector<checkpoint::Rounding> roundings;
  for (const abi::Load &load : stage.loads) {
    // In a dry run of everything, the stage that this one starts from need not have been trained.
    if (context.options.dryRun && !load.stage.empty() &&
        (folder.path().empty() || !checkpoint::newest(folder.path(), load.stage)))
      continue;
    std::vector<checkpoint::Rounding> rounded =
        load.file.empty() ? checkpoint::copyTensorsFromCheckpoint(folder.checkpoint(load.stage, load.which), load, stage, session.variables())
                          : checkpoint::copyTensors(data::findFile(load.file, context.scriptFolder()), load, stage, session.variables());
    bool isMixed = load.isAdded || load.factor != 1 || (&load != &stage.loads.back() && (&load + 1)->isAdded);
    if (isMixed) {
      mix(load, stage, session.variables(), sums);
    } else {
      sums.clear();
      std::erase_if(roundings, [&](const checkpoint::Rounding &before) { // of what is loaded anew, by another part of the model
        return std::any_of(rounded.begin(), rounded.end(), [&](const checkpoint::Rounding &each) { return each.path == before.path; });
      });
      roundings.insert(roundings.end(), rounded.begin(), rounded.end()); // of a sum it is not that of its parts
    }
    progress.say(std::to_string(load.tensors.size()) + " tensors " + (load.isAdded ? "added, of " : "loaded from ") + (load.file.empty() || isMixed ? abi::sourceOf(load) : "`" + load.file + "`"));
    for (const abi::LoadedTensor &tensor : load.tensors)
      if (!tensor.words.empty())
        progress.say(tensor.words);
  }
  tellRoundings(folder, stage, progress, roundings);
}

void startStage(Context &context, const RunFolder &run, const abi::Stage &stage, Session &session, Progress &progress) {
  session.initialize();
  applyLoads(context, run, stage, session, progress);
  session.startFromLoaded();
}

void runLoadedStage(Context &context, const RunFolder &run, RunLog *log, const abi::Stage &stage) {
  Progress progress;
  progress.say("stage " + stage.name + ": " + stage.kind + " " + stage.model + " on " + stage.data);
  Session session(context, stage, Session::trainingFunctions(context.program, stage));
  startStage(context, run, stage, session, progress);
  if (!log)
    return;
  checkpoint::TrainingState state = Trainer::firstState(context, stage);
  state.finished = true;
  state.logBytes = log->commit();
  if (auto path = checkpoint::save(run.path(), stage, session.variables(), state))
    throw badData("stage `" + stage.name + "` cannot have what it loads: `" + *path + "` holds a value that is not finite; bring other weights");
  Trainer::writeSummary(run, stage, state);
}

}  // namespace tl::program
