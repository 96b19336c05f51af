// A stage's memory and the calls into its compiled functions.
#include "runtime/program/Session.h"
#include "runtime/program/Metrics.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tl::program {

static std::vector<int64_t> arenaParts(const abi::Program &program, const abi::Stage &stage,
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
  return Arena::bytes(arenaParts(program, stage, functions));
}

std::vector<std::string> Session::trainingFunctions(const abi::Program &program, const abi::Stage &stage) {
  std::vector<std::string> names = {stage.initFunction};
  for (const abi::Data &data : program.data)
    if (data.name == stage.data)
      for (const abi::Fit &fit : data.fits)
        names.push_back(fit.function);
  for (const abi::Phase &phase : stage.phases) {
    names.push_back(phase.stepFunction);
    if (!phase.updateFunction.empty())
      names.push_back(phase.updateFunction);
    if (!phase.featuresFunction.empty())
      names.push_back(phase.featuresFunction);
  }
  if (!stage.evaluateFunction.empty())
    names.push_back(stage.evaluateFunction);
  return names;
}

Session::Session(Context &context, const abi::Stage &stage, const std::vector<std::string> &functions)
    : scalars(context), context(context), stage(stage), arena(arenaParts(context.program, stage, functions)),
      counters(context.options.seed, 0) {}

void Session::initialize() {
  call(context.function(stage.initFunction), nullptr, 0);
  const abi::Data &data = context.data(stage.data);
  for (const abi::Fit &entry : data.fits)
    fit(data, entry);
}

static const abi::Variable *findVariable(const abi::Stage &stage, const std::string &path) {
  for (const abi::Variable &variable : stage.variables)
    if (variable.path == path)
      return &variable;
  return nullptr;
}

void Session::zero(const std::vector<std::string> &paths) {
  for (const std::string &path : paths) {
    const abi::Variable *variable = findVariable(stage, path);
    if (!variable)
      throw Error(exitInternal, "stage `" + stage.name + "` has no variable `" + path + "`");
    std::memset(variables() + variable->offset, 0, elementsOf(variable->shape) * data::dtypeBytes(variable->dtype));
  }
}

static void writeFitted(const abi::Stage &stage, char *variables, const std::string &path, double value) {
  const abi::Variable *variable = path.empty() ? nullptr : findVariable(stage, path);
  if (!variable)
    return;  // A stage holds only the fitted values that it uses.
  if (variable->dtype == "f64") {
    std::memcpy(variables + variable->offset, &value, sizeof value);
    return;
  }
  float narrow = float(value);
  std::memcpy(variables + variable->offset, &narrow, sizeof narrow);
}

void Session::fit(const abi::Data &data, const abi::Fit &fit) {
  Callable function = context.function(fit.function);
  data::LoaderOptions options = loaderOptions(context, function, false, 0);
  data::Loader loader(context.dataset(data, fit.split), context.records(data, fit.split), options);
  double sum = 0, squares = 0, count = 0;
  for (int64_t i = 0; i < loader.batchesPerEpoch(); ++i) {
    call(function, loader.next().data, 0);
    sum += readElement(*function.output("sum"), output(), 0);
    squares += readElement(*function.output("squares"), output(), 0);
    count += readElement(*function.output("count"), output(), 0);
  }
  double mean = sum / count, variance = std::max(0.0, squares / count - mean * mean);
  if (!std::isfinite(mean) || !std::isfinite(variance))
    throw badData("`" + fit.name + "` cannot be fitted on `" + data.name + "." + fit.split +
                  "`: its values add up to " + numberText(sum) + " over " + numberText(count));
  writeFitted(stage, variables(), fit.meanVariable, mean);
  writeFitted(stage, variables(), fit.deviationVariable, std::sqrt(variance));
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
