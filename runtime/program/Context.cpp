// What every part of a running program shares.
#include "runtime/program/Context.h"
#include "runtime/data/Condition.h"
#include "runtime/data/CutRecords.h"
#include "runtime/data/SharedRecords.h"
#include "runtime/data/Split.h"
#include "runtime/data/UnseenClasses.h"
#include "runtime/data/UnseenValues.h"
#include "runtime/io/File.h"
#include "runtime/io/Threads.h"
#include "runtime/program/Terminal.h"

#include <algorithm>
#include <malloc.h>
#include <optional>

namespace tl::program {

static const abi::Port *findPort(const std::vector<abi::Port> &ports, const std::string &name) {
  for (const abi::Port &port : ports)
    if (port.name == name)
      return &port;
  return nullptr;
}

// A name that the descriptor uses must be one that it defines; if not, the compiler is wrong, not the user.
template <class List> static const auto &findNamed(const List &list, const std::string &name, const char *kind) {
  for (const auto &entry : list)
    if (entry.name == name)
      return entry;
  throw Error(exitInternal, std::string("the program's descriptor has no ") + kind + " `" + name + "`");
}

const abi::Port *Callable::input(const std::string &name) const { return findPort(about->inputs, name); }
const abi::Port *Callable::output(const std::string &name) const { return findPort(about->outputs, name); }

int64_t Callable::batch() const {
  for (const abi::Port &port : about->inputs)
    if (!port.shape.empty() && !abi::isBeside(port))
      return port.shape[0];
  return 1;
}

Context::Context(Variants &variants, const Variant &variant, Options options)
    : variants(variants), variant(variant), program(variant.program), options(std::move(options)), holding(program, scriptFolder(), this->options.dataBytes, madeFolder()),
      team(this->options.threads > 0 ? this->options.threads : io::availableCores()), read(std::make_shared<Reading>()) {
  if (this->options.profile)
    profile = std::make_unique<profile::Profile>(program, team.size(), [this](int thread) -> const int32_t & { return team.at(thread); });
}

Context::Context(const Context &other, const Variant &variant)
    : variants(other.variants), variant(variant), program(variant.program), options(other.options), holding(program, scriptFolder(), options.dataBytes, madeFolder()), team(1), read(other.read) {}

const abi::Function &Context::about(const abi::Program &program, const std::string &function) {
  return findNamed(program.functions, function, "function");
}

Callable Context::function(const std::string &name) const {
  const abi::Function &function = about(program, name);
  return {&function, variant.functions[&function - program.functions.data()]};
}

const abi::Stage &Context::stage(const std::string &name) const { return findNamed(program.stages, name, "stage"); }
const abi::Data &Context::data(const std::string &name) const { return findNamed(program.data, name, "data"); }

std::vector<const abi::Data *> Context::trainedOn(const abi::Stage &stage) const {
  std::vector<const abi::Data *> all;
  if (!stage.phases.empty())
    all.push_back(&data(stage.data));
  for (const abi::Beside &beside : stage.beside)
    all.push_back(&data(beside.data));
  return all;
}

const abi::Split &Context::split(const abi::Data &data, const std::string &name) {
  return findNamed(data.splits, name, "split");
}

const abi::Source &Context::source(const abi::Data &data, const std::string &name) {
  return findNamed(data.sources, name, "source");
}

std::string Context::scriptFolder() const { return io::parentFolder(program.source); }

// Where the next run would look, too: another one, or this one resumed.
std::string Context::besideRun() const {
  for (const std::string &run : {options.resumePath, options.run, options.out})
    if (!run.empty())
      return io::parentFolder(run);
  return "runs";
}

std::string Context::madeFolder() const { return io::joinPath(besideRun(), "tokens"); }

void Context::say(const std::string &line) {
  if (!line.empty() && read->said.insert(line).second)
    printMessage(line + "\n");
}

data::Dataset Context::load(const abi::Data &data, const abi::Source &source) {
  say(holding.sentence(data, source));
  if (source.options.contains("damaged"))
    say(data::leftOutText(data, source));
  data::Dataset loaded = data::Dataset::load(source, data.fields, scriptFolder(), holding.of(data, source), madeFolder());
  malloc_trim(0); // What a tokenizer was made of goes back to the machine, so that the peak is what was planned.
  if (std::string report = loaded.report(); !report.empty())
    say("source `" + source.name + "` of `" + data.name + "`: " + report);
  return loaded;
}

const data::Dataset &Context::dataset(const abi::Data &data, const std::string &splitName) {
  const abi::Source &from = source(data, split(data, splitName).source);
  auto &place = read->datasets[data.name + "." + from.name];
  if (!place)
    place = std::make_unique<data::Dataset>(load(data, from));
  return *place;
}

void Context::checkSource(const abi::Data &data, const std::string &splitName, const abi::Data *trained) {
  const abi::Split &tested = split(data, splitName);
  const abi::Source &from = source(data, tested.source);
  std::optional<data::Dataset> looked;
  if (!read->datasets.contains(data.name + "." + from.name))
    looked = load(data, from);
  const data::Dataset &here = looked ? *looked : dataset(data, splitName);
  data::RecordList all = data::splitRecords(here, tested);
  say(data::keptText(data, tested, std::ssize(all)));
  say(data::cutText(data, splitName, here, all));
  say(data::unseenText(data, splitName, here, all));
  if (!trained)
    return;
  bool isOwn = trained == &data;
  if (isOwn && read->splits.contains(data.name + ".train")) // which somebody trains on
    if (std::string text = data::unseenClasses(data, splitName, dataset(data, "train"), records(data, "train"), here, all); !text.empty())
      printMessage("warning: " + text + "\n");
  if (isOwn ? !data::mayShareRecords(data, split(data, "train"), tested) : source(*trained, split(*trained, "train").source).window > 1 || from.window > 1)
    return;
  if (int64_t shared = data::sharedRecords(dataset(*trained, "train"), records(*trained, "train"), here, all))
    printMessage("warning: " + data::sharedText(data.name, splitName, trained->name, shared, std::ssize(all)) + "\n");
}

const data::RecordList &Context::records(const abi::Data &data, const std::string &splitName) {
  std::string key = data.name + "." + splitName;
  if (isBesideRun && splitName == "test")
    throw Error(exitInternal, "a training beside the run asks for the records of `" + key + "`, which only a `test` may see");
  auto found = read->splits.find(key);
  if (found == read->splits.end()) {
    found = read->splits.emplace(key, data::splitRecords(dataset(data, splitName), split(data, splitName))).first;
    say(data::keptText(data, split(data, splitName), std::ssize(found->second)));
    say(data::cutText(data, splitName, dataset(data, splitName), found->second));
    say(data::unseenText(data, splitName, dataset(data, splitName), found->second));
  }
  return found->second;
}

void Context::takeFold(const abi::Data &data, const abi::Folds &about, const data::Folds &folds, int64_t part) {
  fold = {part, about.parts};
  read->splits[data.name + ".train"] = folds.without(size_t(part - 1));
  read->splits[data.name + ".val"] = folds.parts[size_t(part - 1)];
  std::erase_if(read->balances, [&](const auto &known) { return known.first.starts_with(data.name + "."); });
  data::Dataset &dataset = *read->datasets.at(data.name + "." + split(data, "train").source);
  for (const abi::Field &field : data.fields)
    if (auto fitted = about.vocabularies.find(field.name); fitted != about.vocabularies.end())
      dataset.renumber(dataset.findField(field.name), data::knownEntries(dataset, read->splits[data.name + ".train"], field, fitted->second));
}

std::shared_ptr<const data::Balanced> Context::balanced(const abi::Stage &stage, const abi::Phase &phase) {
  if (phase.sample.way != "balanced")
    return nullptr;
  const abi::Data &from = data(stage.data);
  const std::string split = from.name + "." + stage.trainSplit;
  std::shared_ptr<const data::Balanced> &place = read->balances[split + "." + phase.sample.field];
  if (!place) {
    const abi::Field &field = findNamed(from.fields, phase.sample.field, "field");
    place = std::make_shared<data::Balanced>(dataset(from, stage.trainSplit), field, from.classesOf(field), records(from, stage.trainSplit), split);
  }
  return place;
}

Scalars::Scalars(const Context &context) : values(context.program.scalars.size()) {
  const std::vector<abi::Param> &params = context.program.params;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string &name = context.program.scalars[i].name;
    auto param = std::find_if(params.begin(), params.end(), [&](const abi::Param &p) { return p.name == name; });
    if (param != params.end())
      values[i] = context.options.params[param - params.begin()];
    else if (name == "phase.step")
      phaseStep = int(i);
    else if (name == "phase.steps")
      phaseSteps = int(i);
    else if (name == "stage.step")
      stageStep = int(i);
    else if (name == "stage.steps")
      stageSteps = int(i);
    else
      throw Error(exitInternal, "the program's descriptor asks for an unknown run-time value `" + name + "`");
  }
}

void Scalars::setParams(const Context &context, const std::map<std::string, double> &given) {
  const std::vector<abi::Param> &params = context.program.params;
  for (size_t i = 0; i < params.size(); ++i)
    if (auto found = given.find(params[i].name); found != given.end() && !context.options.isParamGiven[i])
      for (size_t j = 0; j < values.size(); ++j)
        if (context.program.scalars[j].name == params[i].name)
          values[j] = found->second;
}

}  // namespace tl::program
