// Evaluates requirements, and says with what values one does not hold.
#include "runtime/program/Requirements.h"
#include "runtime/abi/Requirement.h"
#include "runtime/program/Trainer.h"

namespace tl::program {

using Scalar = std::function<double(const std::string &)>;

static double paramOf(const abi::Program &program, const Options &options, const std::string &name) {
  for (size_t i = 0; i < program.params.size(); ++i)
    if (program.params[i].name == name)
      return options.params[i];
  throw Error(exitInternal, "a requirement asks for an unknown run-time value `" + name + "`");
}

/// A param does not: what else a requirement may ask for is a number of steps.
static bool changes(const abi::Program &program, const std::string &name) {
  return std::any_of(program.scalars.begin(), program.scalars.end(),
                     [&](const abi::Scalar &scalar) { return scalar.name == name && !scalar.changes.empty(); });
}

static void check(const abi::Program &program, const std::vector<abi::Requirement> &requirements, const Scalar &scalar) {
  for (const abi::Requirement &requirement : requirements) {
    if (abi::holds(requirement, scalar))
      continue;
    std::string values;
    for (std::string name : abi::scalarsOf(requirement)) {
      std::string value = numberText(scalar(name));
      bool isOfSteps = changes(program, name);
      std::replace(name.begin(), name.end(), '_', '-');
      values += (values.empty() ? "" : " and ") + (isOfSteps ? "there are " + value + " steps" : "`--" + name + "` is " + value);
    }
    throw Error(exitUsage, requirement.text + ": " + values + " (" + requirement.place + ")");
  }
}

void checkParams(const abi::Program &program, const Options &options) {
  check(program, program.requirements, [&](const std::string &name) { return paramOf(program, options, name); });
}

void checkSteps(Context &context, const abi::Stage &stage) {
  if (context.options.smoke || context.options.limitBatches > 0)
    return;
  for (const abi::Phase &phase : stage.phases)
    check(context.program, phase.requirements, [&](const std::string &name) {
      return name == "phase.steps"   ? double(Trainer::planPhase(context, stage, phase).steps)
             : name == "stage.steps" ? double(Trainer::stageSteps(context, stage))
                                     : paramOf(context.program, context.options, name);
    });
}

}  // namespace tl::program
