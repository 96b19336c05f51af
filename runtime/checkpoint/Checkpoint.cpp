// Saves, finds, loads and prunes checkpoint folders.
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/checkpoint/Tensors.h"
#include "runtime/io/Digest.h"
#include "runtime/io/File.h"
#include "runtime/io/JsonProblem.h"
#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace tl::checkpoint {

static const char weightsName[] = "weights.safetensors", trainingName[] = "training.safetensors",
                  stateName[] = "state.json";

std::string checkpointName(const std::string &stage, int64_t step) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%09lld", static_cast<long long>(step));
  return stage + "-" + digits;
}

static std::string checkpointsOf(const std::string &run) { return io::joinPath(run, "checkpoints"); }

std::string checkpointFolder(const std::string &run, const std::string &name) {
  return io::joinPath(checkpointsOf(run), name);
}

std::optional<std::string> save(const std::string &run, const abi::Stage &stage, const char *variables,
                                const TrainingState &state) {
  if (auto path = findNonFinite(stage, variables))
    return path;
  if (!io::isFolder(checkpointsOf(run))) {
    io::makeFolders(checkpointsOf(run));
    io::syncFolder(run); // the commit below brings only names within the checkpoints' folder to disk
    io::syncFolder(io::parentFolder(run));
  }
  io::FolderCommit commit(checkpointFolder(run, checkpointName(state.stage, state.stepInStage)));
  commit.add(weightsName, [&](io::File &file) {
    writeSafetensors(file, viewsOf(stage, variables, true), {{"stage", stage.name}});
  });
  commit.add(trainingName, [&](io::File &file) { writeSafetensors(file, viewsOf(stage, variables, false)); });
  TrainingState whole = state;
  for (const char *name : {weightsName, trainingName})
    whole.files[name] = io::fileDigest(commit.path(name));
  commit.add(stateName, nlohmann::json(whole).dump(1) + "\n");
  commit.commit();
  return std::nullopt;
}

static std::string wayOut(const std::string &folder) {
  return "; delete the folder `" + folder + "` to go on from the checkpoint before it";
}

TrainingState readState(const std::string &folder) {
  std::string path = io::joinPath(folder, stateName);
  try {
    return nlohmann::json::parse(io::readWhole(path)).get<TrainingState>();
  } catch (const nlohmann::json::exception &error) {
    throw badData("`" + path + "` is damaged, it is not the state of a training (" + io::jsonProblem(error) + ")" +
                  wayOut(folder));
  }
}

/// Refuses a file that is not as it was saved.
static void checkDigest(const std::string &folder, const TrainingState &state, const char *name) {
  std::string path = io::joinPath(folder, name), here = io::fileDigest(path);
  auto saved = state.files.find(name);
  if (saved == state.files.end() || saved->second != here)
    throw badData("`" + path + "` is damaged: its CRC-32 is " + here + ", and was " +
                  (saved == state.files.end() ? "not noted" : saved->second) + " when it was saved" + wayOut(folder));
}

void loadWeights(const std::string &folder, const abi::Stage &stage, char *variables) {
  checkDigest(folder, readState(folder), weightsName);
  SafetensorsFile file(io::joinPath(folder, weightsName));
  readVariables(file, stage, variables, true);
}

TrainingState load(const std::string &folder, const abi::Stage &stage, char *variables) {
  TrainingState state = readState(folder);
  if (state.stage != stage.name)
    throw badData("`" + folder + "` is a checkpoint of stage `" + state.stage + "`, expected one of `" + stage.name +
                  "`");
  loadWeights(folder, stage, variables);
  checkDigest(folder, state, trainingName);
  SafetensorsFile file(io::joinPath(folder, trainingName));
  readVariables(file, stage, variables, false);
  return state;
}

/// Step of a checkpoint of `stage` from its folder's name, or -1.
static int64_t stepIn(const std::string &name, const std::string &stage) {
  if (name.size() < stage.size() + 10 || name.size() > stage.size() + 19 || !name.starts_with(stage + "-"))
    return -1;
  int64_t step = 0;
  for (char digit : name.substr(stage.size() + 1)) {
    if (digit < '0' || digit > '9')
      return -1;
    step = step * 10 + (digit - '0');
  }
  return step;
}

static bool isComplete(const std::string &folder) {
  return io::isFile(io::joinPath(folder, stateName)) && io::isFile(io::joinPath(folder, weightsName)) &&
         io::isFile(io::joinPath(folder, trainingName));
}

/// Names of the complete checkpoints of a stage, oldest first.
static std::vector<std::string> checkpointsOf(const std::string &run, const std::string &stage) {
  std::vector<std::pair<int64_t, std::string>> found;
  for (const std::string &name : io::listFolder(checkpointsOf(run)))
    if (int64_t step = stepIn(name, stage); step >= 0 && isComplete(checkpointFolder(run, name)))
      found.emplace_back(step, name);
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (auto &[step, name] : found)
    names.push_back(std::move(name));
  return names;
}

std::optional<std::string> newest(const std::string &run, const std::string &stage) {
  io::removeLeftovers(checkpointsOf(run));
  std::vector<std::string> names = checkpointsOf(run, stage);
  if (names.empty())
    return std::nullopt;
  return checkpointFolder(run, names.back());
}

std::string locate(const std::string &run, const std::string &stage, const std::string &which) {
  std::optional<std::string> last = newest(run, stage);
  if (!last)
    throw badData("`" + checkpointsOf(run) + "` has no checkpoint of stage `" + stage + "`; run that stage first");
  if (which == "last")
    return *last;
  TrainingState state = readState(*last);
  std::string best = checkpointFolder(run, state.bestCheckpoint);
  if (!state.hasBest)
    throw badData("stage `" + stage + "` has no best checkpoint yet: no epoch of it was measured; let it run on");
  if (stepIn(state.bestCheckpoint, stage) < 0 || !isComplete(best))
    throw badData("the best checkpoint of stage `" + stage + "`, `" + best + "`, is missing; `" + *last +
                  "` is the last one");
  return best;
}

void prune(const std::string &run, const std::string &stage, int64_t keep, const std::string &best) {
  std::vector<std::string> names = checkpointsOf(run, stage);
  for (int64_t i = 0; i + std::max<int64_t>(keep, 1) < int64_t(names.size()); ++i)
    if (names[size_t(i)] != best) {
      // Renamed first: under its own name a checkpoint is always whole.
      std::string folder = checkpointFolder(run, names[size_t(i)]);
      std::string aside = folder + ".tmp-" + std::to_string(::getpid());
      io::removeAll(aside);
      io::renamePath(folder, aside);
      io::removeAll(aside);
    }
}

void copyTensorsFromCheckpoint(const std::string &folder, const abi::Load &load, const abi::Stage &stage,
                               char *variables) {
  checkDigest(folder, readState(folder), weightsName);
  copyTensors(io::joinPath(folder, weightsName), load, stage, variables);
}

} // namespace tl::checkpoint
