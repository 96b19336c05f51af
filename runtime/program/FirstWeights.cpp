// The weights that a stage starts from: those of earlier stages and of files, perhaps several added up.
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/checkpoint/Remap.h"
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

void Trainer::applyLoads() {
  std::map<std::string, std::vector<double>> sums;
  for (const abi::Load &load : stage.loads) {
    // In a dry run of everything, the stage that this one starts from need not have been trained.
    if (context.options.dryRun && !load.stage.empty() &&
        (folder.path().empty() || !checkpoint::newest(folder.path(), load.stage)))
      continue;
    if (!load.file.empty())
      checkpoint::copyTensors(data::findFile(load.file, context.scriptFolder()), load, stage, session.variables());
    else
      checkpoint::copyTensorsFromCheckpoint(folder.checkpoint(load.stage, load.which), load, stage,
                                            session.variables());
    bool isMixed = load.isAdded || load.factor != 1 || (&load != &stage.loads.back() && (&load + 1)->isAdded);
    if (isMixed)
      mix(load, stage, session.variables(), sums);
    else
      sums.clear();
    progress.say(std::to_string(load.tensors.size()) + " tensors " + (load.isAdded ? "added, of " : "loaded from ") + (load.file.empty() || isMixed ? abi::sourceOf(load) : "`" + load.file + "`"));
    for (const std::string &words : load.words)
      progress.say(words);
  }
  session.startLive();
}

}  // namespace tl::program
