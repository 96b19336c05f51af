// A stage's memory and the calls into its compiled functions.
#include "runtime/program/Session.h"
#include "runtime/abi/StartFunction.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/checkpoint/Tensors.h"
#include "runtime/program/Overall.h"
#include "runtime/readers/FactTables.h"
#include <algorithm>

namespace tl::program {

static std::vector<int64_t> arenaSizes(const abi::Program &program, const abi::Stage &stage,
                                       const std::vector<std::string> &functions) {
  int64_t work = 0, output = 0;
  for (const std::string &name : functions) {
    const abi::Function &about = Context::about(program, name);
    work = std::max(work, about.workBytes);
    output = std::max(output, about.outputBytes);
  }
  return {stage.variablesBytes, work, output};
}

int64_t Session::arenaBytes(const abi::Program &program, const abi::Stage &stage,
                            const std::vector<std::string> &functions) {
  return memory::Arenas::bytes(arenaSizes(program, stage, functions));
}

std::vector<std::string> Session::trainingFunctions(const abi::Program &program, const abi::Stage &stage) {
  std::vector<std::string> names = {stage.initFunction};
  if (abi::hasStartFunction(program, stage))
    names.push_back(abi::startFunctionOf(stage.name));
  for (const abi::Data &data : program.data)
    if (data.name == stage.data)
      for (const abi::Fit &fit : data.fits)
        names.push_back(fit.function);
  for (const abi::Beside &beside : stage.beside) {
    for (const abi::Fit &fit : beside.fits)
      names.push_back(fit.function);
    if (!beside.evaluateFunction.empty())
      names.push_back(beside.evaluateFunction);
  }
  for (const abi::Phase &phase : stage.phases) {
    names.push_back(phase.stepFunction);
    if (!phase.updateFunction.empty())
      names.push_back(phase.updateFunction);
    for (const std::string &name : {phase.sample.function, phase.loggedFunction, phase.featuresFunction, phase.evaluation.function, phase.evaluation.featuresFunction})
      if (!name.empty())
        names.push_back(name);
  }
  if (!stage.evaluateFunction.empty())
    names.push_back(stage.evaluateFunction);
  for (const std::string &name : Overall::functions(stage.metrics))
    names.push_back(name);
  return names;
}

Session::Session(Context &context, const abi::Stage &stage, const std::vector<std::string> &functions)
    : scalars(context), context(context), stage(stage), arenas(arenaSizes(context.program, stage, functions)),
      counters(context.options.seed, 0) {
  for (const abi::Table &table : stage.tables)
    put(table);
}

void Session::put(const abi::Table &table) {
  for (const abi::Variable &variable : stage.variables)
    if (variable.path == table.variable)
      data::valuesOf(context.program, table, [&](int64_t element, double value) { variables().put(variable, element, value); });
}

void Session::put(const std::string &path, const std::vector<double> &values) {
  for (const abi::Variable &variable : stage.variables)
    if (variable.path == path)
      for (size_t i = 0; i < values.size(); ++i)
        variables().put(variable, int64_t(i), values[i]);
}

void Session::startFromLoaded() {
  if (abi::hasStartFunction(context.program, stage))
    call(context.function(abi::startFunctionOf(stage.name)), {}, 0);
  memory::Arena arena = variables();
  for (const abi::Variable &copy : stage.variables)
    if (checkpoint::startsAsOther(copy))
      for (const abi::Variable &weight : stage.variables)
        if (weight.path == copy.of)
          arena.copy(copy, arena, weight);
}

void Session::loadWeights(const std::string &folder) {
  checkpoint::loadWeights(folder, stage, variables());
  if (abi::searchOf(context.program, stage.name)) {
    const checkpoint::TrainingState state = checkpoint::readState(folder);
    scalars.setParams(context, {state.params.begin(), state.params.end()});
  }
}

void Session::initialize() {
  call(context.function(stage.initFunction), {}, 0);
  const abi::Data &data = context.data(stage.data);
  for (const abi::Fit &entry : data.fits)
    fit(data, entry);
  for (const abi::Beside &beside : stage.beside)
    for (const abi::Fit &entry : beside.fits)
      fit(context.data(beside.data), entry);
}

data::LoaderOptions loaderOptions(const Context &context, const Callable &function, bool shuffle, uint32_t stream) {
  data::LoaderOptions options;
  options.batch = function.batch();
  options.inputs = function.about->inputs;
  options.inputBytes = function.about->inputBytes;
  options.shuffle = shuffle;
  options.seed = context.options.seed;
  options.stream = stream;
  return options;
}

}  // namespace tl::program
