// Saves, finds, loads and prunes checkpoint folders.
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/checkpoint/Remap.h"
#include "runtime/checkpoint/Tensors.h"
#include "runtime/io/Digest.h"
#include "runtime/io/File.h"
#include "runtime/io/JsonProblem.h"
#include <algorithm>
#include <cstdio>
#include <set>
#include <unistd.h>

namespace tl::checkpoint {

static const char weightsName[] = "weights.safetensors", trainingName[] = "training.safetensors",
                  sumsName[] = "sums.safetensors", stateName[] = "state.json";

/// As a tree of values a text takes up to sixty times its length; what a state says fits in far less.
static constexpr size_t mostState = 16'384;

/// state.json has a digest of its own, taken of the text with zeros in its place.
static const char digestKey[] = "digest", noDigest[] = "00000000";

/// Where the digits are; npos where there are none.
static size_t findDigest(const std::string &text) {
  static const std::string before = "\"" + std::string(digestKey) + "\": \"";
  size_t at = text.find(before);
  return at == std::string::npos || at + before.size() + 8 > text.size() ? std::string::npos : at + before.size();
}

static std::string digestWithout(std::string text, size_t at) {
  text.replace(at, 8, noDigest);
  io::Digest digest;
  digest.add(text.data(), text.size());
  return digest.text();
}

std::string checkpointName(const std::string &stage, int64_t step) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%09lld", static_cast<long long>(step));
  return stage + "-" + digits;
}

static std::string checkpointsOf(const std::string &run) { return io::joinPath(run, "checkpoints"); }

std::string checkpointFolder(const std::string &run, const std::string &name) {
  return io::joinPath(checkpointsOf(run), name);
}

std::optional<std::string> save(const std::string &run, const abi::Stage &stage, const memory::Arena &variables,
                                const TrainingState &state) {
  if (auto path = findNonFinite(stage, variables))
    return path;
  if (!io::isFolder(checkpointsOf(run))) {
    io::makeFolder(checkpointsOf(run)); // without its parents: a run that was removed is not made again in part
    io::syncFolder(run);
  }
  io::FolderCommit commit(checkpointFolder(run, checkpointName(state.stage, state.stepInStage)));
  commit.add(weightsName, [&](io::File &file) {
    std::map<std::string, std::string> notes = vocabularyNotes(stage, [](const std::string &path) { return path; });
    notes.emplace("stage", stage.name);
    weights::writeSafetensors(file, viewsOf(stage, variables, true), notes);
  });
  commit.add(trainingName, [&](io::File &file) { weights::writeSafetensors(file, viewsOf(stage, variables, false)); });
  commit.add(sumsName, [&](io::File &file) { writeSums(file, state.sums); });
  TrainingState whole = state;
  for (const char *name : {weightsName, trainingName, sumsName})
    whole.files[name] = io::fileDigest(commit.path(name));
  nlohmann::json json = whole;
  json[digestKey] = noDigest;
  std::string text = json.dump(1) + "\n";
  if (text.size() > mostState)
    throw badData("cannot save `" + commit.path(stateName) + "`: parameters and metrics take " + std::to_string(text.size()) +
                  " bytes, expected at most " + std::to_string(mostState) + "; give them shorter names, or have fewer");
  size_t at = findDigest(text);
  text.replace(at, 8, digestWithout(text, at));
  commit.add(stateName, text);
  commit.commit();
  return std::nullopt;
}

static void checkDigest(const std::string &path, const std::string &here, const std::string &saved) {
  if (saved != here)
    throw badData("`" + path + "` is damaged: its CRC-32 is " + here + ", and was " +
                  (saved.empty() ? "not noted" : saved) + " when it was saved");
}

static TrainingState parseState(const std::string &folder) {
  std::string path = io::joinPath(folder, stateName);
  std::string text = io::readWhole(path);
  if (text.size() > mostState)
    throw badData("`" + path + "` is damaged: it has " + std::to_string(text.size()) + " bytes, expected at most " +
                  std::to_string(mostState));
  auto isFlat = [](int depth, nlohmann::json::parse_event_t, nlohmann::json &) { // what is nested costs most
    if (depth > 3)
      throw nlohmann::json::type_error::create(302, "its values are nested too deep", nullptr);
    return true;
  };
  try {
    TrainingState state = stateFrom(nlohmann::json::parse(text, isFlat));
    size_t at = findDigest(text);
    if (at == std::string::npos)
      throw badData("`" + path + "` is damaged: its CRC-32 was not noted when it was saved");
    checkDigest(path, digestWithout(text, at), text.substr(at, 8));
    return state;
  } catch (const nlohmann::json::exception &error) {
    throw badData("`" + path + "` is damaged, it is not the state of a training (" + io::jsonProblem(error) + ")");
  }
}

/// The state, where it and the files `names` beside it are as they were saved.
static TrainingState checkedState(const std::string &folder, std::initializer_list<const char *> names) {
  TrainingState state = parseState(folder);
  for (const char *name : names) {
    std::string path = io::joinPath(folder, name);
    checkDigest(path, io::fileDigest(path), state.files[name]);
  }
  return state;
}

/// The same, where the reader of the message decides what to go on from.
static TrainingState checkedOrDelete(const std::string &folder, std::initializer_list<const char *> names) {
  try {
    return checkedState(folder, names);
  } catch (const Error &error) {
    throw badData(error.message + "; delete the folder `" + folder + "` to go on from the checkpoint before it");
  }
}

TrainingState readState(const std::string &folder) { return checkedOrDelete(folder, {}); }

void loadWeights(const std::string &folder, const abi::Stage &stage, memory::Arena variables) {
  checkedOrDelete(folder, {weightsName});
  weights::SafetensorsFile file(io::joinPath(folder, weightsName));
  readVariables(file, stage, variables, true);
}

TrainingState load(const std::string &folder, const abi::Stage &stage, memory::Arena variables) {
  TrainingState state = checkedOrDelete(folder, {weightsName, trainingName, sumsName});
  if (state.stage != stage.name)
    throw badData("`" + folder + "` is a checkpoint of stage `" + state.stage + "`, expected one of `" + stage.name +
                  "`");
  for (bool isWeights : {true, false}) {
    weights::SafetensorsFile file(io::joinPath(folder, isWeights ? weightsName : trainingName));
    readVariables(file, stage, variables, isWeights);
  }
  state.sums = readSums(io::joinPath(folder, sumsName));
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
         io::isFile(io::joinPath(folder, trainingName)) && io::isFile(io::joinPath(folder, sumsName));
}

/// Names of the checkpoints of a stage, oldest first.
static std::vector<std::string> namesOf(const std::string &run, const std::string &stage) {
  std::vector<std::pair<int64_t, std::string>> found;
  for (const std::string &name : io::listFolder(checkpointsOf(run)))
    if (int64_t step = stepIn(name, stage); step >= 0)
      found.emplace_back(step, name);
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (auto &[step, name] : found)
    names.push_back(std::move(name));
  return names;
}

/// The same without what is no checkpoint: someone's folder of such a name, or one with a file missing.
static std::vector<std::string> completeOf(const std::string &run, const std::string &stage) {
  std::vector<std::string> names = namesOf(run, stage);
  std::erase_if(names, [&](const std::string &name) { return !isComplete(checkpointFolder(run, name)); });
  return names;
}

std::optional<std::string> newest(const std::string &run, const std::string &stage) {
  io::removeLeftovers(checkpointsOf(run));
  std::vector<std::string> names = completeOf(run, stage);
  if (names.empty())
    return std::nullopt;
  return checkpointFolder(run, names.back());
}

std::optional<Sound> newestSound(const std::string &run, const std::string &stage,
                                 const std::function<void(const std::string &)> &say) {
  std::vector<std::string> names = namesOf(run, stage), damages;
  for (size_t i = names.size(); i-- > 0;) {
    std::string folder = checkpointFolder(run, names[i]);
    try {
      Sound found{folder, checkedState(folder, {weightsName, trainingName, sumsName})};
      for (const std::string &damage : damages)
        say(damage + "; going on from the checkpoint before it");
      return found;
    } catch (const Error &error) {
      damages.push_back(error.message);
    }
  }
  if (damages.empty())
    return std::nullopt;
  throw badData(damages[0] + ", and no other checkpoint of stage `" + stage + "` in `" + run +
                "` can be read; delete the folder `" + checkpointFolder(run, names.back()) +
                "` to train the stage from its start, or start a new run");
}

bool isSound(const std::string &folder) {
  try {
    checkedState(folder, {weightsName, trainingName, sumsName});
    return true;
  } catch (const Error &) {
    return false;
  }
}

std::string locate(const std::string &run, const std::string &stage, const std::string &which) {
  std::optional<std::string> last = newest(run, stage);
  std::vector<std::string> names = namesOf(run, stage);
  if (!names.empty() && !isComplete(checkpointFolder(run, names.back())))
    throw badData("`" + checkpointFolder(run, names.back()) + "`, the newest checkpoint of stage `" + stage +
                  "`, lacks one of its files; bring it back, or delete the folder to go on from the checkpoint before it");
  if (!last)
    throw badData("`" + checkpointsOf(run) + "` has no checkpoint of stage `" + stage + "`; run that stage first");
  if (which == "last")
    return *last;
  TrainingState state = readState(*last);
  auto kept = state.bests.find(which);
  if (kept == state.bests.end())
    throw badData("stage `" + stage + "` has no " + which + " checkpoint yet: no epoch of it was measured; let it run on");
  std::string folder = checkpointFolder(run, kept->second.checkpoint);
  if (stepIn(kept->second.checkpoint, stage) < 0 || !isComplete(folder))
    throw badData("the " + which + " checkpoint of stage `" + stage + "`, `" + folder + "`, is missing; `" + *last +
                  "` is the last one");
  return folder;
}

void prune(const std::string &run, const std::string &stage, int64_t keep, const TrainingState &state) {
  std::vector<std::string> names = completeOf(run, stage);
  std::erase_if(names, [&](const std::string &name) { return stepIn(name, stage) > state.stepInStage; });
  std::set<std::string> kept;
  for (const auto &[name, best] : state.bests)
    kept.insert(best.checkpoint);
  for (int64_t i = 0; i + std::max<int64_t>(keep, 1) < int64_t(names.size()); ++i)
    if (!kept.contains(names[size_t(i)])) {
      // Renamed first: under its own name a checkpoint is always whole.
      std::string folder = checkpointFolder(run, names[size_t(i)]);
      std::string aside = folder + ".tmp-" + std::to_string(::getpid());
      io::removeAll(aside);
      io::renamePath(folder, aside);
      io::removeAll(aside);
    }
}

std::vector<Rounding> copyTensorsFromCheckpoint(const std::string &folder, const abi::Load &load, const abi::Stage &stage,
                                                memory::Arena variables) {
  checkedOrDelete(folder, {weightsName});
  return copyTensors(io::joinPath(folder, weightsName), load, stage, variables);
}

} // namespace tl::checkpoint
