// What running a program means: stages, phases, epochs and steps as a plain loop over the functions' values.
#include "compiler/reference/Training.h"
#include "compiler/reference/Measures.h"
#include "compiler/reference/Numbers.h"
#include "runtime/checkpoint/Tensors.h"
#include "runtime/abi/StartFunction.h"
#include "runtime/abi/Turns.h"
#include "runtime/weights/Safetensors.h"
#include "runtime/readers/FactTables.h"
#include "runtime/data/Split.h"
#include "runtime/io/Error.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>

namespace tl::reference {

using Event = nlohmann::ordered_json;

static void print(const Event &event) { std::puts(event.dump().c_str()); }

template <class List> static const auto &named(const List &list, const std::string &name) {
  for (const auto &entry : list)
    if (entry.name == name)
      return entry;
  throw Error(exitInternal, "the program has no `" + name + "`");
}

Training::Training(const abi::Program &program, mlir::ModuleOp module, Settings settings)
    : program(program), module(module), settings(std::move(settings)) {}

void Training::run() {
  for (const abi::Stage &stage : program.stages)
    train(stage);
  for (const abi::Test &each : program.tests)
    test(each);
}

std::string Training::folder() const { return io::parentFolder(program.source); }

const Records &Training::records(const abi::Data &data, const std::string &name) {
  const abi::Split &split = named(data.splits, name);
  auto &dataset = datasets[data.name + "." + split.source];
  if (!dataset)
    dataset = std::make_unique<data::Dataset>(
        data::Dataset::load(named(data.sources, split.source), data.fields, folder()));
  auto known = splits.find(data.name + "." + name);
  if (known == splits.end())
    known = splits.try_emplace(data.name + "." + name, *dataset, data::splitRecords(*dataset, split).numbers()).first;
  return known->second;
}

// ---- variables and functions

void Training::assign(const std::string &path, Tensor value) {
  DType dtype = dtypes.at(path);
  if (isNarrow(dtype))
    value.data = value.data.unaryExpr([&](double x) { return narrowed(dtype, x); }).eval();
  else if (settings.isRounded && dtype == DType::F32)
    value.data = value.data.cast<float>().cast<double>().eval();
  variables[path] = std::move(value);
}

/// The outputs; what the function writes is assigned.
Named Training::call(const abi::Function &function, Named inputs, int64_t step, int64_t batch) {
  Results results = reference::run(
      module.lookupSymbol<mlir::func::FuncOp>(function.name),
      {variables, std::move(inputs), scalars, {settings.seed, uint64_t(step), uint64_t(batch)}, settings.isRounded});
  for (auto &[path, value] : results.writes)
    assign(path, std::move(value));
  return results.outputs;
}

Measures Training::measured(const abi::Data &data, const std::string &split, const std::string &name,
                            const std::vector<abi::Metric> &metrics) {
  Measures measures(metrics);
  measure(data, split, name, measures);
  putOverall(measures, metrics);
  return measures;
}

void Training::measure(const abi::Data &data, const std::string &split, const std::string &name, Measures &measures) {
  const abi::Function &function = named(program.functions, name);
  const Records &of = records(data, split);
  int64_t batch = 0, first = 0;
  for (int64_t end : of.ends(batchSize(function))) {
    if (settings.limitBatches == 0 || batch < settings.limitBatches)
      measures.add(call(function, of.batch(function, of.inOrder(), first, end), batch), end - first);
    ++batch;
    first = end;
  }
}

void Training::putOverall(Measures &measures, const std::vector<abi::Metric> &metrics) {
  for (const abi::Metric &metric : metrics)
    if (!metric.function.empty())
      if (const abi::Function &whole = named(program.functions, metric.function); std::optional<Named> inputs = measures.allOf(metric, whole))
        measures.put(metric, call(whole, std::move(*inputs), 0).at("value"));
}

// ---- the start of a stage

void Training::start(const abi::Stage &stage) {
  variables.clear();
  dtypes.clear();
  scalars.clear();
  for (const abi::Scalar &scalar : program.scalars)
    scalars[scalar.name] = 0;
  for (size_t i = 0; i < program.params.size(); ++i)
    scalars[program.params[i].name] = settings.params[i];
  for (const abi::Variable &variable : stage.variables) {
    variables[variable.path] = Tensor(variable.shape);
    dtypes[variable.path] = dtypeNamed(variable.dtype).value();
  }
  for (const abi::Table &table : stage.tables) {
    Tensor &variable = variables.at(table.variable);
    data::valuesOf(program, table, [&](int64_t element, double value) { variable.data[element] = value; });
  }
}

/// Mean and deviation of the values of a field: first the mean of all batches, then Σ (x - mean)², to which each batch gives
/// Σ (d - m)² = Σ d² - 2 m Σ d + n m², where d are its values from its origin, and m is the mean from there.
void Training::fit(const abi::Data &data, const abi::Fit &fit) {
  using Values = Eigen::ArrayXd;
  const abi::Function &function = named(program.functions, fit.function);
  const Records &of = records(data, fit.split);
  std::vector<Named> batches;
  Values sum = Values::Zero(elementsOf(fit.shape)), count = sum, squares = sum;
  int64_t first = 0;
  for (int64_t end : of.ends(batchSize(function))) {
    const Named &one = batches.emplace_back(call(function, of.batch(function, of.inOrder(), first, end), 0));
    first = end;
    count += one.at("count").data;
    sum += one.at("sum").data + one.at("count").data * (one.at("origin").data - batches[0].at("origin").data);
  }
  Values mean = batches[0].at("origin").data + sum / count;
  for (const Named &one : batches) {
    Values away = mean - one.at("origin").data;
    squares += one.at("squares").data - 2 * away * one.at("sum").data + one.at("count").data * away * away;
  }
  if (!mean.isFinite().all() || !squares.isFinite().all())
    throw badData("`" + fit.name + "` cannot be fitted: its values add up to no number");
  Tensor means(fit.shape), deviations(fit.shape);
  means.data = mean;
  deviations.data = (squares / count).max(0).sqrt();
  for (const auto &[path, value] : {std::pair(fit.meanVariable, means), {fit.deviationVariable, deviations}})
    if (variables.contains(path))
      assign(path, value);
}

const Named &Training::variablesOf(const std::string &stage, const std::string &which) const {
  const Outcome &outcome = outcomes.at(stage);
  if (which == "last")
    return outcome.last;
  auto best = outcome.bests.find(which);
  if (best == outcome.bests.end())
    throw badData("stage `" + stage + "` has no " + which + " variables: no epoch of it was measured");
  return best->second;
}

// ---- a stage

Training::Length Training::lengthOf(const abi::Stage &stage, const abi::Phase &phase) {
  const abi::Data &from = named(program.data, stage.data);
  const Records &of = records(from, stage.trainSplit);
  int64_t whole = of.count() / (stage.batch * stage.accumulate);
  bool knowsPadding = true, isMeasured = false;
  for (const abi::Phase *each : abi::roundOf(stage, phase)) {
    const std::vector<abi::Port> &inputs = named(program.functions, each->stepFunction).inputs;
    bool readsNothing = std::all_of(inputs.begin(), inputs.end(), abi::isBeside) && each->times > 0;
    knowsPadding &= readsNothing || std::any_of(inputs.begin(), inputs.end(), [](const abi::Port &port) { return port.name == "valid"; });
    isMeasured |= each->batchStatistics;
  }
  if (isMeasured && of.count() < 2)
    throw badData("phase `" + phase.name + "` takes statistics over the records of a batch, and there is one record");
  Length length;
  // A step that cannot tell padding leaves out the records that make no whole batch, unless there is no other.
  length.stepsInEpoch = whole;
  if (int64_t batches = int64_t(of.ends(stage.batch, isMeasured).size()); knowsPadding || whole == 0)
    length.stepsInEpoch = (batches + stage.accumulate - 1) / stage.accumulate;
  if (settings.limitBatches > 0)
    length.stepsInEpoch = std::min(length.stepsInEpoch, settings.limitBatches);
  int64_t wanted = phase.steps > 0 ? phase.steps : phase.epochs;
  for (size_t i = 0; i < program.params.size(); ++i)
    if (program.params[i].name == phase.epochsParam)
      wanted = std::max<int64_t>(0, int64_t(settings.params[i]));
  length.steps = phase.steps > 0 ? wanted : wanted * length.stepsInEpoch;
  length.limit = settings.maxSteps > 0 ? std::min(length.steps, settings.maxSteps) : length.steps;
  return length;
}

void Training::train(const abi::Stage &stage) {
  start(stage);
  call(named(program.functions, stage.initFunction), {}, 0);
  const abi::Data &data = named(program.data, stage.data);
  for (const abi::Fit &each : data.fits)
    fit(data, each);
  for (const abi::Beside &beside : stage.beside)
    for (const abi::Fit &each : beside.fits)
      fit(named(program.data, beside.data), each);
  for (const abi::Load &each : stage.loads)
    load(each);
  if (abi::hasStartFunction(program, stage))
    call(named(program.functions, abi::startFunctionOf(stage.name)), {}, 0);
  for (const abi::Variable &copy : stage.variables)
    if (checkpoint::startsAsOther(copy))
      variables.at(copy.path) = variables.at(copy.of);
  outcome = &outcomes[stage.name];
  stepInStage = 0;
  kept = {};
  for (const abi::Phase &phase : stage.phases)
    scalars["stage.steps"] += phase.turn == 0 ? double(lengthOf(stage, phase).steps) : 0;
  for (const abi::Phase &phase : stage.phases)
    if (phase.turn == 0)
      train(stage, phase);
  outcome->last = variables;
  save(stage, "", outcome->last);
  for (const auto &[name, best] : outcome->bests)
    save(stage, "." + name, best);
}

/// What a function puts out for each record; nothing of none.
std::vector<double> Training::numbersOf(const Records &of, const std::string &name) {
  std::vector<double> values;
  if (name.empty())
    return values;
  const abi::Function &function = named(program.functions, name);
  int64_t first = 0;
  for (int64_t end : of.ends(batchSize(function))) {
    const Tensor value = call(function, of.batch(function, of.inOrder(), first, end), 0).at("value");
    for (int64_t row = 0; row < end - first; ++row)
      values.push_back(double(float(value.data[row]))); // as a program has it, so that the same ones are equal
    first = end;
  }
  return values;
}

Order Training::orderOf(const abi::Phase &phase, const abi::Data &from, const Records &of, const std::vector<double> &values, double epochs, int64_t batch, uint32_t stream, int64_t epoch) const {
  const abi::Sample &sample = phase.sample;
  if (sample.way == "balanced")
    return of.sampled(sample.field, from.classesOf(named(from.fields, sample.field)), settings.seed, stream, epoch);
  if (sample.way == "alike")
    return of.alike(values, batch, settings.seed, stream, epoch);
  if (sample.way == "rising")
    return of.rising(values, sample.from, epochs, settings.seed, stream, epoch);
  return of.shuffled(settings.seed, stream, epoch);
}

void Training::train(const abi::Stage &stage, const abi::Phase &phase) {
  Length length = lengthOf(stage, phase);
  scalars["phase.steps"] = double(length.steps);
  stopping = {};
  epochsWithoutImprovement = 0;
  callsInPhase = 0;
  const abi::Data &from = named(program.data, stage.data);
  const Records &of = records(from, stage.trainSplit);
  uint32_t stream = uint32_t(&stage - program.stages.data()) * 65536 + uint32_t(&phase - stage.phases.data());
  const std::vector<double> values = numbersOf(of, phase.sample.function);
  int64_t done = 0;
  for (int64_t epoch = 0; done < length.limit; ++epoch) {
    Order order = orderOf(phase, from, of, values, double(length.steps) / double(length.stepsInEpoch), stage.batch, stream, epoch);
    Measures measures(stage.metrics);
    for (int64_t batch = 0; batch < length.stepsInEpoch && done < length.limit; ++batch, ++done)
      step(stage, phase, {of, order, batch * stage.accumulate}, epoch, done, measures);
    if (endEpoch(stage, phase, epoch, measures))
      break;
  }
}

/// One update, the `number`th of its phase: of one batch, or of as many as accumulate and the epoch still has.
void Training::step(const abi::Stage &stage, const abi::Phase &first, const Batches &batches, int64_t epoch, int64_t number,
                    Measures &measures) {
  const std::vector<const abi::Phase *> round = abi::roundOf(stage, first);
  const abi::Phase &phase = *round[abi::turnAt(round, number)];
  bool isMeasured = std::any_of(round.begin(), round.end(), [](const abi::Phase *each) { return each->batchStatistics; });
  scalars["phase.step"] = double(number);
  scalars["stage.step"] = double(stepInStage);
  const abi::Function &function = named(program.functions, phase.stepFunction);
  double sum = 0;
  std::optional<double> count;
  Named last;
  Order ends = batches.of.ends(stage.batch, isMeasured);
  for (int64_t i = 0; i < stage.accumulate && batches.first + i < int64_t(ends.size()); ++i) {
    int64_t batch = batches.first + i, first = batch > 0 ? ends[size_t(batch - 1)] : 0;
    Named inputs = batches.of.batch(function, batches.order, first, ends[size_t(batch)]);
    addBeside(stage, round, function, callsInPhase++, inputs);
    Named outputs = call(function, std::move(inputs), stepInStage, i);
    measures.add(outputs, ends[size_t(batch)] - first);
    sum += outputs.at(phase.loss + ".sum").data[0];
    if (outputs.contains(phase.loss + ".count"))
      count = count.value_or(0) + outputs.at(phase.loss + ".count").data[0];
    last = std::move(outputs);
  }
  if (!phase.updateFunction.empty())
    last = call(named(program.functions, phase.updateFunction), {}, stepInStage);
  double loss = count ? sum / *count : sum;
  Event event = {{"event", "step"}, {"stage", stage.name}, {"phase", abi::nameOf(round)}, {"epoch", epoch + 1}, {"step", stepInStage + 1}, {phase.loss, loss}};
  for (const char *name : {"gradient_norm", "learning_rate"})
    if (last.contains(name))
      event[name] = last.at(name).data[0];
  ++stepInStage;
  print(event);
  if (!std::isfinite(loss))
    diverged(phase, "the loss of step " + std::to_string(stepInStage) + " is not finite");
}

/// Of data beside the stage's own, the batch with that number, which goes through it again and again: order e has the stream of the phase, with the place of
/// the data among those of the stage, from 1, in its highest four bits.
void Training::addBeside(const abi::Stage &stage, const std::vector<const abi::Phase *> &round, const abi::Function &function, int64_t number, Named &inputs) {
  for (size_t i = 0; i < stage.beside.size(); ++i) {
    const abi::Beside &beside = stage.beside[i];
    const Records &of = records(named(program.data, beside.data), beside.trainSplit);
    bool isMeasured = false, isWhole = false;
    for (const abi::Phase *phase : round) {
      std::set<std::string> names;
      for (const abi::Port &port : named(program.functions, phase->stepFunction).inputs)
        if (auto [data, field] = abi::partsOfInput(port.name); data == beside.data)
          names.insert(field);
      isMeasured |= phase->batchStatistics;
      isWhole |= !names.empty() && !names.contains("valid");
    }
    const Order ends = of.ends(beside.batch, isMeasured, isWhole);
    const int64_t epoch = number / std::ssize(ends), batch = number % std::ssize(ends);
    const uint32_t stream = uint32_t(&stage - program.stages.data()) * 65536 + uint32_t(round.front() - stage.phases.data()) + uint32_t(i + 1) * (uint32_t{1} << 28);
    const Order order = of.shuffled(settings.seed, stream, epoch);
    inputs.merge(of.batchBeside(function, beside.data, order, batch > 0 ? ends[size_t(batch - 1)] : 0, ends[size_t(batch)]));
  }
}

bool Training::Best::improves(const abi::Watch &watch, double now) {
  bool isBetter = !std::isnan(now) && (!isKnown || (watch.higher ? now > value : now < value));
  if (isBetter)
    *this = {true, now};
  return isBetter;
}

/// Measures on the val split and judges; true where the phase stops early.
bool Training::endEpoch(const abi::Stage &stage, const abi::Phase &phase, int64_t epoch, const Measures &onTrain) {
  Measures onVal(stage.metrics);
  if (!stage.valSplit.empty() && !stage.evaluateFunction.empty())
    measure(named(program.data, stage.data), stage.valSplit, stage.evaluateFunction, onVal);
  for (const abi::Beside &beside : stage.beside)
    if (!beside.evaluateFunction.empty())
      measure(named(program.data, beside.data), beside.valSplit, beside.evaluateFunction, onVal);
  putOverall(onVal, stage.metrics);
  Event event = {{"event", "epoch"}, {"stage", stage.name}, {"phase", abi::nameOf(abi::roundOf(stage, phase))}, {"epoch", epoch + 1}, {"step", stepInStage}};
  auto watched = [&](const abi::Watch &watch) {
    return watch.enabled ? (watch.split == "train" ? onTrain : onVal).value(watch.metric) : std::nullopt;
  };
  for (const auto &[path, value] : variables)
    if (!value.data.isFinite().all())
      diverged(phase, "`" + path + "` holds a value that is not finite");
  std::optional<Tensor> stop = watched(phase.stopEarly);
  for (const abi::Kept &each : stage.kept)
    if (std::optional<Tensor> value = watched(each.by); value && kept[each.name].improves(each.by, value->data[0])) {
      if (each.name == "best")
        event["best"] = true;
      else
        event["bests"].push_back(each.name);
      outcome->bests[each.name] = variables;
    }
  if (stop)
    epochsWithoutImprovement = stopping.improves(phase.stopEarly, stop->data[0]) ? 0 : epochsWithoutImprovement + 1;
  onTrain.write(event, "train.");
  onVal.write(event, "val.");
  print(event);
  return stop && epochsWithoutImprovement >= std::max<int64_t>(1, phase.stopEarly.patience);
}

void Training::diverged(const abi::Phase &phase, const std::string &what) const {
  std::fflush(stdout);
  throw Error(exitDiverged, phase.place + ": training diverged: " + what);
}

// ---- after training

/// Parameters, buffers and fitted values are those of the checkpoint; the rest of the variables, which only training
/// needs, is 0.
void Training::test(const abi::Test &test) {
  const abi::Stage &stage = named(program.stages, test.stage);
  start(stage);
  for (const abi::Variable &variable : stage.variables)
    if (variable.kind == "parameter" || variable.kind == "buffer" || variable.kind == "fitted" || (variable.kind == "table" && !variable.of.empty()))
      assign(variable.path, variablesOf(test.stage, test.which).at(variable.path));
  Event event = {{"event", "test"}, {"name", test.name}, {"stage", test.stage}, {"which", test.which}};
  Measures measures = measured(named(program.data, test.data), test.split, test.function, test.metrics);
  measures.write(event, "");
  if (test.interval > 0)
    event["interval"] = intervals(test, measures);
  print(event);
}

/// Of each metric that is one number, where the values lie that as many records give, drawn of those measured with replacement.
Event Training::intervals(const abi::Test &test, const Measures &measures) {
  std::map<std::string, std::vector<double>> values;
  for (int64_t draw = 0; draw < test.draws; ++draw) {
    Measures others = measures.of(drawn(settings.seed, draw, measures.records()));
    putOverall(others, test.metrics);
    for (const abi::Metric &metric : test.metrics)
      if (double value = abi::hasInterval(metric) ? others.value(metric.name).value().data[0] : NAN; !std::isnan(value))
        values[metric.name].push_back(value);
  }
  Event of = Event::object();
  for (auto &[name, all] : values) {
    std::sort(all.begin(), all.end());
    auto quantile = [&](double share) {
      double place = share * double(all.size() - 1), below = std::floor(place);
      return all[size_t(below)] * (below + 1 - place) + all[size_t(std::ceil(place))] * (place - below);
    };
    of[name] = {{"low", quantile((1 - test.interval) / 2)}, {"high", quantile((1 + test.interval) / 2)}};
    if (std::ssize(all) < test.draws)
      of[name]["draws"] = all.size();
  }
  return {{"share", test.interval}, {"draws", test.draws}, {"of", of}};
}

void Training::save(const abi::Stage &stage, const std::string &suffix, const Named &values) const {
  if (settings.out.empty())
    return;
  std::vector<weights::TensorView> views;
  std::deque<Tensor> numbers;
  std::vector<std::vector<int32_t>> wholes(stage.variables.size());
  for (size_t i = 0; i < stage.variables.size(); ++i) {
    const abi::Variable &variable = stage.variables[i];
    if (variable.kind == "table" || (variable.kind == "accumulator" && stage.accumulate > 1))
      continue;  // a fact of the data, or what follows from a weight; zero between two steps
    const Tensor &value = numbers.emplace_back(numbersOf(values, variable.path));
    wholes[i].assign(value.data.begin(), value.data.end());
    bool isWhole = dtypes.at(variable.path) == DType::I32;
    views.push_back({variable.path, nameOf(isWhole ? DType::I32 : DType::F64), variable.shape,
                     isWhole ? reinterpret_cast<const char *>(wholes[i].data())
                             : reinterpret_cast<const char *>(value.data.data())});
  }
  io::makeFolders(settings.out);
  io::File file = io::File::create(io::joinPath(settings.out, stage.name + suffix + ".safetensors"));
  weights::writeSafetensors(file, views);
  file.close();
}

}  // namespace tl::reference
