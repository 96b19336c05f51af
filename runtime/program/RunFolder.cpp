// The folder of a run: made once, with everything that tells how the run was made.
#include "runtime/program/RunFolder.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/io/File.h"
#include "runtime/io/JsonProblem.h"
#include "runtime/io/Lists.h"
#include "runtime/program/Terminal.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace tl::program {

using Json = nlohmann::ordered_json;

// ---- settings

static std::string cpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("model name", 0) == 0)
      return line.substr(line.find(':') + 2);
  return "unknown";
}

static Json paramJson(const abi::Param &param, double value) {
  if (param.type == "bool")
    return value != 0;
  return param.type == "int" ? Json(int64_t(value)) : Json(value);
}

static Json settingsOf(const Context &context, const std::vector<std::string> &arguments) {
  const Options &o = context.options;
  Json params = Json::object();
  for (size_t i = 0; i < context.program.params.size(); ++i)
    params[context.program.params[i].name] = paramJson(context.program.params[i], o.params[i]);
  Json settings = {{"program", context.program.name},
                   {"digest", context.program.digest},
                   {"parts", context.program.parts},
                   {"compiler", context.program.compiler},
                   {"arguments", arguments},
                   {"params", params},
                   {"seed", o.seed},
                   {"max-steps", o.maxSteps},
                   {"limit-batches", o.limitBatches},
                   {"log-every", o.logEvery},
                   {"smoke", o.smoke},
                   {"threads", context.team.size()},
                   {"cpu", cpuName()},
                   {"compiled-for", context.program.cpu}};
  if (!context.variant.dims.empty())
    settings["dims"] = context.variant.dims;
  return settings;
}

[[noreturn]] static void refuse(const std::string &run, const std::string &what, const std::string &there,
                                const std::string &here) {
  throw badData("cannot resume `" + run + "`: it was started with " + what + " " + there + ", not " + here +
                "; leave the flag out to go on, or start a new run with another `--out`");
}

template <class Value>
static void adopt(const std::string &run, const Json &settings, const std::string &name, bool isGiven, Value &value) {
  Value there = settings.at(name).get<Value>();
  if (isGiven && value != there)
    refuse(run, "`--" + name + "`", Json(there).dump(), Json(value).dump());
  value = there;
}

// "phase `probe` of stage `cls` differs", of what a run was started with and this program; "" where the run does not say.
static std::string differences(const Json &settings, const abi::Program &program) {
  if (!settings.contains("parts"))
    return "";
  auto there = settings.at("parts").get<std::map<std::string, std::string>>();
  std::vector<std::string> names;
  for (const auto &[name, digest] : program.parts)
    if (auto known = there.find(name); known == there.end())
      names.push_back(name + " is new");
    else if (known->second != digest)
      names.push_back(name + " differs");
  for (const auto &[name, digest] : there)
    if (!program.parts.contains(name))
      names.push_back(name + " is gone");
  constexpr size_t most = 5;
  return firstOf(names, most, "");
}

static void adoptSettings(Context &context, const std::string &run, const std::string &file) {
  Options &o = context.options;
  try {
    Json settings = Json::parse(io::readWhole(file));
    std::string digest = settings.at("digest");
    if (digest != context.program.digest) {
      std::string what = differences(settings, context.program);
      throw badData("cannot resume `" + run + "`: it was made by a program that computes something else (digest " + digest +
                    ", this one has digest " + context.program.digest + ")" + (what.empty() ? "" : ": " + what) + "; compile `" +
                    io::joinPath(run, "source.tl") + "` to go on, or start a new run");
    }
    for (size_t i = 0; i < o.params.size(); ++i) {
      const abi::Param &param = context.program.params[i];
      const Json &recorded = settings.at("params").at(param.name);
      double there = recorded.is_boolean() ? double(recorded.get<bool>()) : recorded.get<double>();
      if (o.isParamGiven[i] && o.params[i] != there)
        refuse(run, "`--" + param.name + "`", paramText(param, there), paramText(param, o.params[i]));
      o.params[i] = there;
    }
    adopt(run, settings, "seed", o.isSeedGiven, o.seed);
    adopt(run, settings, "max-steps", o.isGiven("max-steps"), o.maxSteps);
    adopt(run, settings, "limit-batches", o.isGiven("limit-batches"), o.limitBatches);
    adopt(run, settings, "log-every", o.isGiven("log-every"), o.logEvery);
    adopt(run, settings, "smoke", o.isGiven("smoke"), o.smoke);
  } catch (const nlohmann::json::exception &problem) {
    throw badData("`" + file + "` is not the settings of a run: " + io::jsonProblem(problem) +
                  "; start a new run with another `--out`");
  }
}

// ---- folders

static std::string runNumber(int number) { return format("%03d", number); }

// Three to eight digits after "PROGRAM-", or -1.
static int numberOf(const std::string &name, const std::string &program) {
  if (name.rfind(program + "-", 0) != 0)
    return -1;
  std::string digits = name.substr(program.size() + 1);
  if (digits.size() < 3 || digits.size() > 8 || digits.find_first_not_of("0123456789") != std::string::npos)
    return -1;
  return std::stoi(digits);
}

static bool holdsRun(const std::string &folder) { return io::isFile(io::joinPath(folder, "settings.json")); }

std::string newestRun(const std::string &program) {
  int newest = -1;
  std::string found;
  for (const std::string &name : io::listFolder("runs"))
    if (int number = numberOf(name, program); number > newest && holdsRun(io::joinPath("runs", name)))
      newest = number, found = io::joinPath("runs", name);
  return found;
}

std::string runNamed(const abi::Program &program, const Options &options) {
  for (const std::string &path : {options.resumePath, options.run, options.out})
    if (!path.empty())
      return path;
  return newestRun(program.name);
}

const Variant &variantOf(Variants &variants, const std::string &run) {
  const Dims &scripts = variants.own().dims;
  if (run.empty() || scripts.empty() || !holdsRun(run))
    return variants.own();
  const std::string file = io::joinPath(run, "settings.json");
  try {
    Dims dims = Json::parse(io::readWhole(file)).value("dims", Dims());
    std::erase_if(dims, [&](const auto &dim) { return !scripts.contains(dim.first); }); // which this script says, and does not vary
    if (const Variant *found = variants.with(dims))
      return *found;
    throw badData("`" + run + "` is a run of a program with " + dimsText(dims) + ", and `tune` of this one has no such values; compile `" + io::joinPath(run, "source.tl") + "` to go on with it");
  } catch (const nlohmann::json::exception &problem) {
    throw badData("`" + file + "` is not the settings of a run: " + io::jsonProblem(problem));
  }
}

static std::string makeNextRun(const std::string &program) {
  io::makeFolders("runs");
  int number = 0;
  for (const std::string &name : io::listFolder("runs"))
    number = std::max(number, numberOf(name, program));
  while (true) {
    std::string path = io::joinPath("runs", program + "-" + runNumber(++number));
    if (mkdir(path.c_str(), 0777) == 0)  // Of two programs that start at once, each gets its own number.
      return path;
    if (errno != EEXIST)
      throw badData("cannot make the folder `" + path + "`: " + std::strerror(errno));
  }
}

bool startsFromStage(const abi::Stage &stage) {
  for (const abi::Load &load : stage.loads)
    if (!load.stage.empty())
      return true;
  return false;
}

static std::string startNew(Context &context, const std::vector<std::string> &arguments) {
  const std::string &out = context.options.out;
  std::string path = out.empty() ? makeNextRun(context.program.name) : out;
  io::makeFolders(path);
  io::makeFolders(io::joinPath(path, "checkpoints"));
  io::writeWhole(io::joinPath(path, "source.tl"), context.program.sourceText);
  // The settings come last: a folder with settings is a run.
  io::replaceFile(io::joinPath(path, "settings.json"), settingsOf(context, arguments).dump(2) + "\n");
  return path;
}

RunFolder::RunFolder(std::string path, bool isTraining) : folder(std::move(path)) {
  if (isTraining)
    hold();
}

void RunFolder::hold(int seconds) {
  held = std::make_shared<io::File>(io::File::openRead(folder));
  for (int tenths = 10 * seconds; !held->lock(); --tenths) {
    if (tenths > 0 && ::usleep(100'000) == 0)
      continue;
    throw Error(exitUsage, "another program is training in `" + folder + "`; wait for it, or choose another `--out`");
  }
  io::removeLeftovers(folder, true);
  io::removeLeftovers(io::joinPath(folder, "checkpoints"), true);
}

RunFolder RunFolder::forTraining(Context &context, const std::vector<std::string> &arguments) {
  const Options &o = context.options;
  const abi::Stage *only = o.command.empty() ? nullptr : &context.stage(o.command);
  std::string ownSettings = only ? "settings-" + only->name + ".json" : "";
  if (o.resume) {
    std::string path = runNamed(context.program, o);
    if (!path.empty() && holdsRun(path)) {
      bool hasOwn = only && io::isFile(io::joinPath(path, ownSettings));
      adoptSettings(context, path, io::joinPath(path, hasOwn ? ownSettings : "settings.json"));
      return RunFolder(path, true);
    }
    if (!o.resumePath.empty())
      throw badData("there is no run to resume in `" + path + "`: it has no settings.json; name a run folder");
    printMessage("nothing to resume" + (path.empty() ? std::string() : " in `" + path + "`") + ", starting a new run\n");
  }
  if (only && startsFromStage(*only)) {
    std::string path = runNamed(context.program, o);
    if (path.empty() || !holdsRun(path))
      throw badData("stage `" + only->name + "` starts from the weights of an earlier stage, and there is no run" +
                    (path.empty() ? "" : " in `" + path + "`") + " that has them; train that stage first");
    if (checkpoint::newest(path, only->name))
      throw Error(exitUsage, "`" + path + "` already holds stage `" + only->name +
                                 "`; continue it with `--resume`, or choose another run with `--out`");
    io::replaceFile(io::joinPath(path, ownSettings), settingsOf(context, arguments).dump(2) + "\n");
    return RunFolder(path, true);
  }
  if (!o.out.empty() && holdsRun(o.out))
    throw Error(exitUsage, "`" + o.out + "` already holds a run; continue it with `--resume`, or choose another `--out`");
  return RunFolder(startNew(context, arguments), true);
}

RunFolder RunFolder::forTrial(const Context &context, const RunFolder &run, const std::string &name) {
  std::string path = run.file(name);
  io::makeFolders(io::joinPath(path, "checkpoints"));
  // A loss of power may have left an empty file.
  if (std::string settings = io::joinPath(path, "settings.json"); !holdsRun(path) || Json::parse(io::readWhole(settings), nullptr, false).is_discarded())
    io::replaceFile(settings, settingsOf(context, {}).dump(2) + "\n");
  RunFolder made(path);
  made.origin = run.path();
  constexpr int dying = 10; // A trial may still be ending whose search was killed.
  made.hold(dying);
  return made;
}

RunFolder RunFolder::forDryRun(const Context &context) {
  std::string path = runNamed(context.program, context.options);
  return RunFolder(holdsRun(path) ? path : "");
}

RunFolder RunFolder::ofFinishedRun(const Context &context) {
  std::string path = runNamed(context.program, context.options);
  if (path.empty())
    throw badData("there is no run of `" + context.program.name + "` under `runs`; train one, or name it with `--run`");
  if (!holdsRun(path))
    throw badData("`" + path + "` holds no run: it has no settings.json; name a run folder with `--run`");
  return RunFolder(path);
}

std::string RunFolder::file(const std::string &name) const { return io::joinPath(folder, name); }

std::string RunFolder::checkpoint(const std::string &stage, const std::string &which) const {
  if (!origin.empty() && !checkpoint::newest(folder, stage))
    return RunFolder(origin).checkpoint(stage, which);
  std::string found = checkpoint::locate(folder, stage, which), name = found.substr(found.rfind('/') + 1);
  Json stages = summary().value("stages", Json::object());
  if (!stages.contains(stage))
    return found; // still being trained: the newest is the newest
  const Json &ended = stages[stage];
  std::string expected;
  if (which == "last")
    expected = checkpoint::checkpointName(stage, ended.value("steps", int64_t{0}));
  else
    expected = (which == "best" ? ended : ended.value("bests", Json::object())).value(which, Json::object()).value("checkpoint", "");
  if (!expected.empty() && expected != name)
    throw badData("the " + which + " checkpoint of stage `" + stage + "`, `" + checkpoint::checkpointFolder(folder, expected) +
                  "`, is missing; the newest that there is knows of `" + name + "`; bring the folder back, or go on with `--resume=" +
                  folder + "` to train what is missing again");
  return found;
}

std::string whichOf(const abi::Stage &stage, const std::string &asked, const std::string &otherwise) {
  const std::string &which = asked.empty() ? otherwise : asked;
  if (which == "best" || which == "last") // of which a run may say itself why there is none
    return which;
  std::string names;
  for (const abi::Kept &kept : stage.kept) {
    if (kept.name == which)
      return which;
    names += "`" + kept.name + "`, ";
  }
  throw Error(exitUsage, "stage `" + stage.name + "` has no checkpoint `" + which + "`; it has " + (names.empty() ? "`best` and `last`" : names.substr(0, names.size() - 2) + " and `last`"));
}

Json RunFolder::summary() const {
  if (io::isFile(file("summary.json")))
    if (Json json = Json::parse(io::readWhole(file("summary.json")), nullptr, false); json.is_object())
      return json;
  return Json::object();
}

void RunFolder::settle(const Dims &dims) const {
  Json settings = Json::parse(io::readWhole(file("settings.json")));
  settings["dims"] = dims;
  io::replaceFile(file("settings.json"), settings.dump(2) + "\n");
}

void RunFolder::updateSummary(const std::string &section, const std::string &name, const Json &value) const {
  Json json = summary();
  json[section][name] = value;
  io::replaceFile(file("summary.json"), json.dump(2) + "\n");
}

}  // namespace tl::program
