// Checkpoints: folders RUN/checkpoints/STAGE-000001200/ with weights.safetensors (parameters, buffers, fitted values;
// any tool opens it), training.safetensors (optimizer slots, counters), sums.safetensors (what metrics have added up) and
// state.json, committed together or not at all.
#pragma once
#include "runtime/checkpoint/KeptWeight.h"
#include "runtime/checkpoint/TrainingState.h"
#include "runtime/memory/Arena.h"
#include <functional>
#include <optional>

namespace tl::checkpoint {

/// "ae-000001200"
std::string checkpointName(const std::string &stage, int64_t step);
/// RUN/checkpoints/NAME
std::string checkpointFolder(const std::string &run, const std::string &name);

/// The first variable with a value that is not finite, if any.
std::optional<std::string> findNonFinite(const abi::Stage &stage, const memory::Arena &variables);

/// Saves as checkpointName(state.stage, state.stepInStage); it is on disk when this returns. With a value that is not
/// finite nothing is saved, and the variable's path is returned: no NaN enters a checkpoint.
std::optional<std::string> save(const std::string &run, const abi::Stage &stage, const memory::Arena &variables,
                                const TrainingState &state);

/// Where training stands: the state without its sums.
TrainingState readState(const std::string &folder);
/// Reads all variables and the state. A checkpoint of another model is an error with the first tensors that differ.
TrainingState load(const std::string &folder, const abi::Stage &stage, memory::Arena variables);
/// Reads parameters, buffers and fitted values only: for testing and predicting.
void loadWeights(const std::string &folder, const abi::Stage &stage, memory::Arena variables);

/// Folder of the newest complete checkpoint of a stage. Removes leftovers of interrupted saves.
std::optional<std::string> newest(const std::string &run, const std::string &stage);
/// A checkpoint whose files are all as they were saved.
struct Sound {
  std::string folder;
  TrainingState state;
};
/// The newest sound checkpoint of a stage. Damaged ones are passed over, each told to `say`, and left as they are: training
/// saves over them. Where none is sound, an error; where there is no checkpoint, none.
std::optional<Sound> newestSound(const std::string &run, const std::string &stage,
                                 const std::function<void(const std::string &)> &say);
/// Whether a checkpoint's folder is there as it was saved.
bool isSound(const std::string &folder);
/// Folder of the checkpoint that `STAGE.WHICH` means, `which` being "last" or one of abi::Stage::kept; an error where there is none.
std::string locate(const std::string &run, const std::string &stage, const std::string &which);
/// Of a stage's checkpoints up to where `state` is, removes all but the newest `keep` and the best ones.
void prune(const std::string &run, const std::string &stage, int64_t keep, const TrainingState &state);

/// copyTensors (Remap.h) from a checkpoint's folder.
std::vector<Rounding> copyTensorsFromCheckpoint(const std::string &folder, const abi::Load &load, const abi::Stage &stage,
                                                memory::Arena variables);

} // namespace tl::checkpoint
