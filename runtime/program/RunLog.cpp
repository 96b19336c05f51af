// What a run writes down as it goes. Only timing.jsonl and the wall times of TensorBoard's events know a clock: all else is the same after
// any number of resumes.
#include "runtime/program/RunLog.h"
#include "runtime/program/TensorBoard.h"
#include "runtime/program/Terminal.h"

namespace tl::program {

static constexpr char metricsName[] = "metrics.jsonl";

static io::File openCut(const std::string &run, const std::string &name, const std::map<std::string, int64_t> &bytes) {
  io::File file = io::File::openAppend(io::joinPath(run, name));
  auto found = bytes.find(name);
  int64_t length = found == bytes.end() ? 0 : found->second;
  if (file.size() < length)
    printMessage("note: `" + file.path() + "` has " + std::to_string(file.size()) + " bytes, and had " +
                 std::to_string(length) + " when the checkpoint was saved; what is missing stays missing\n");
  else
    file.truncate(length);
  return file;
}

static std::string withFolder(const std::string &run) {
  io::makeFolders(io::joinPath(run, "tb"));
  return run;
}

RunLog::RunLog(const std::string &run, const std::map<std::string, int64_t> &bytes, const std::vector<std::string> &about)
    : metrics(openCut(withFolder(run), metricsName, bytes)), events(openCut(run, eventsName, bytes)),
      timing(io::File::openAppend(io::joinPath(run, "timing.jsonl"))) {
  // Where the logs are new names: a checkpoint counts on them.
  io::syncFolder(io::joinPath(run, "tb"));
  io::syncFolder(run);
  if (events.size() == 0)
    events.write(tensorBoardHeader(wallTime()) + tensorBoardEvent(wallTime(), 0, about));
}

void RunLog::write(const nlohmann::ordered_json &head, const std::string &stage, int64_t step, const Values &values) {
  nlohmann::ordered_json line = head;
  std::vector<std::string> tagged;
  for (const auto &[name, value] : values) {
    line[name] = value;
    tagged.push_back(scalarValue(stage + "/" + name, value));
  }
  metrics.write(line.dump() + "\n");
  show(step, tagged);
}

void RunLog::show(int64_t step, const std::vector<std::string> &values) { events.write(tensorBoardEvent(wallTime(), steps + step, values)); }

void RunLog::writeTiming(const nlohmann::ordered_json &line) { timing.write(line.dump() + "\n"); }

std::map<std::string, int64_t> RunLog::commit() {
  metrics.sync();
  events.sync();
  return {{metricsName, metrics.size()}, {eventsName, events.size()}};
}

}  // namespace tl::program
