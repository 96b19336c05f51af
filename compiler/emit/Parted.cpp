// Reads the ports of functions back from their ops.
#include "compiler/emit/Parted.h"
#include "compiler/emit/Layout.h"
#include "compiler/ir/TlDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <algorithm>
#include <optional>

namespace tl {
namespace {
using namespace mlir;

abi::Port portOf(StringRef name, const TensorType &type) {
  abi::Port port;
  port.name = name.str();
  port.dtype = nameOf(type.dtype);
  port.shape = type.shape;
  return port;
}

/// Each once, in the order in which they lie.
std::vector<abi::Port> inputsOf(func::FuncOp function) {
  std::vector<abi::Port> ports;
  for (ir::InputOp input : function.getOps<ir::InputOp>()) {
    auto isSame = [&](const abi::Port &port) { return port.name == input.getName(); };
    if (std::none_of(ports.begin(), ports.end(), isSame)) {
      ports.push_back(portOf(input.getName(), ir::typeOf(input.getOut())));
      ports.back().offset = int64_t(input.getOffset());
    }
  }
  std::sort(ports.begin(), ports.end(), [](auto &a, auto &b) { return a.offset < b.offset; });
  return ports;
}

abi::Function &named(abi::Program &program, StringRef name) {
  return *std::find_if(program.functions.begin(), program.functions.end(),
                       [&](const abi::Function &function) { return function.name == name; });
}

std::vector<abi::Port> outputsOf(func::FuncOp function) {
  std::vector<abi::Port> ports;
  for (ir::OutputOp output : function.getOps<ir::OutputOp>())
    ports.push_back(portOf(output.getName(), ir::typeOf(output.getValue())));
  return ports;
}

/// Adds the function that `whole` names in `attribute`, of which the ports are renewed: it takes or puts out less than it did.
void describePart(ModuleOp module, abi::Program &program, func::FuncOp whole, StringRef attribute) {
  named(program, whole.getName()).inputs = inputsOf(whole);
  named(program, whole.getName()).outputs = outputsOf(whole);
  auto part = module.lookupSymbol<func::FuncOp>(whole->getAttrOfType<StringAttr>(attribute));
  abi::Function function;
  function.name = part.getName();
  function.inputs = inputsOf(part);
  function.outputs = outputsOf(part);
  program.functions.push_back(std::move(function));
}

std::string textOf(func::FuncOp function, StringRef attribute) {
  auto text = function->getAttrOfType<StringAttr>(attribute);
  return text ? text.getValue().str() : "";
}

/// What became of the evaluation in phases with this step.
abi::Evaluation describeEvaluation(ModuleOp module, abi::Program &program, func::FuncOp step, const abi::Stage &stage) {
  abi::Evaluation evaluation;
  evaluation.notCached = textOf(step, "tl.evaluation_not_cached");
  std::string own = textOf(step, "tl.evaluation");
  if (own.empty() || own == stage.evaluateFunction)
    return evaluation;
  abi::Function function = named(program, stage.evaluateFunction);
  function.name = own;
  program.functions.push_back(std::move(function));
  auto parted = module.lookupSymbol<func::FuncOp>(own);
  describePart(module, program, parted, "tl.features");
  evaluation.function = own;
  evaluation.featuresFunction = textOf(parted, "tl.features");
  return evaluation;
}

}  // namespace

void describeParted(ModuleOp module, abi::Program &program) {
  for (func::FuncOp function : module.getOps<func::FuncOp>()) {
    if (function->hasAttr("tl.logged"))
      describePart(module, program, function, "tl.logged");
    for (abi::Stage &stage : program.stages) {
      std::optional<abi::Evaluation> evaluation;  // phases that share a step share it
      for (abi::Phase &phase : stage.phases) {
        if ((phase.updateFunction.empty() ? phase.stepFunction : phase.updateFunction) == function.getName())
          phase.loggedFunction = textOf(function, "tl.logged");
        if (phase.stepFunction != function.getName())
          continue;
        if (!evaluation) {
          evaluation = describeEvaluation(module, program, function, stage);
          if (function->hasAttr("tl.features"))
            describePart(module, program, function, "tl.features");
        }
        phase.featuresFunction = textOf(function, "tl.features");
        phase.notCached = textOf(function, "tl.not_cached");
        phase.evaluation = *evaluation;
      }
    }
  }
  layOut(program);
}

}  // namespace tl
