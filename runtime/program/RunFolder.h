// The folder of a run: its settings, source, logs, checkpoints and summary. A run never overwrites another.
#pragma once
#include "runtime/io/File.h"
#include "runtime/program/Context.h"

#include <nlohmann/json.hpp>

namespace tl::program {

class RunFolder {
public:
  /// The folder that a training command works in: a new one, or the one to resume or to join. On resume the parameters,
  /// seed and limits that were not given are taken from the run; those given must be the same as the run's. What kills
  /// left in it is cleared away; while another program trains in it, it is refused.
  static RunFolder forTraining(Context &context, const std::vector<std::string> &arguments);
  /// What a dry run may look at: the run that is named, or the newest; a path "" where there is none.
  static RunFolder forDryRun(const Context &context);
  /// The folder of a run that testing and predicting read: as given, or the newest.
  static RunFolder ofFinishedRun(const Context &context);

  /// A trial's folder below that of its run, held by this process. It has the settings that the context has now; weights of other stages are the run's.
  static RunFolder forTrial(const Context &context, const RunFolder &run, const std::string &name);

  /// Holds the folder no longer: of a process that a run's own has forked.
  void letGo() { held.reset(); }
  const std::string &path() const { return folder; }
  std::string file(const std::string &name) const;
  /// Records that the run goes on with the program of these dims.
  void settle(const Dims &dims) const;
  /// Folder of the checkpoint that `STAGE.WHICH` means. Where it is not the one that the stage ended with, that one is missing: an
  /// error, since an older one would be another model.
  std::string checkpoint(const std::string &stage, const std::string &which) const;
  /// Sets `summary[section][name]`; the file is replaced whole.
  void updateSummary(const std::string &section, const std::string &name, const nlohmann::ordered_json &value) const;
  nlohmann::ordered_json summary() const;

private:
  explicit RunFolder(std::string path, bool isTraining = false);
  /// An error where another program holds it, `seconds` long.
  void hold(int seconds = 0);
  std::string folder, origin;      // origin: of a trial, its run
  std::shared_ptr<io::File> held;  // locked while this program trains in the folder
};

/// The run that a command line names, by whichever flag, else the newest one; "" where there is none.
std::string runNamed(const abi::Program &program, const Options &options);

/// The program that a run is of: the script's own, until a search has found other dims. An error where this executable has none of that kind.
const Variant &variantOf(Variants &variants, const std::string &run);

/// The most recent of the folders runs/PROGRAM-NNN that hold a run; "" where there is none.
std::string newestRun(const std::string &program);

/// The stage's loads need an earlier stage's checkpoint, so it is trained in that stage's run folder.
bool startsFromStage(const abi::Stage &stage);

/// Which checkpoint of a stage is asked for: `which`, or `otherwise` where that is empty; an error where the stage keeps none of that name.
std::string whichOf(const abi::Stage &stage, const std::string &which, const std::string &otherwise = "");

}  // namespace tl::program
