// What a run writes down as it goes: metrics.jsonl, free of clocks, TensorBoard events and timing.jsonl.
#pragma once
#include "runtime/io/File.h"

#include <map>
#include <nlohmann/json.hpp>

namespace tl::program {

class RunLog {
public:
  using Values = std::vector<std::pair<std::string, double>>;

  /// Opens the logs of a run. What was written after `bytes` (the lengths when a checkpoint was saved) is cut off: the
  /// steps that wrote it are done again. Logs that `bytes` does not name are emptied. `about`: values of TensorBoard's that say what the run is.
  RunLog(const std::string &run, const std::map<std::string, int64_t> &bytes, const std::vector<std::string> &about);

  /// Before the first line of a stage: the steps of those before it. TensorBoard draws all stages of a run along one axis.
  void beginStage(int64_t stepsBefore) { steps = stepsBefore; }
  /// A line of metrics.jsonl, and the same values as a TensorBoard event with tags "STAGE/NAME".
  void write(const nlohmann::ordered_json &head, const std::string &stage, int64_t step, const Values &values);
  /// TensorBoard's alone: values as TensorBoard.h makes them.
  void show(int64_t step, const std::vector<std::string> &values);
  void writeTiming(const nlohmann::ordered_json &line);

  /// Has the logs on disk, and returns their lengths for the checkpoint's state.
  std::map<std::string, int64_t> commit();

  /// The file of TensorBoard's events, in a run's folder.
  static constexpr char eventsName[] = "tb/events.out.tfevents.0.tl";

private:
  io::File metrics, events, timing;
  int64_t steps = 0; // of the stages before this one
};

}  // namespace tl::program
