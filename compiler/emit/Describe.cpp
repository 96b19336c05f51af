// Reads everything back from the ops that say it.
#include "compiler/emit/Describe.h"
#include "compiler/ir/TlDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <map>

namespace tl {
namespace {
using namespace mlir;

template <typename OpT> abi::Port portOf(OpT op, Value value) {
  TensorType type = ir::typeOf(value);
  return {op.getName().str(), nameOf(type.dtype), type.shape, int64_t(*op.getOffset())};
}

int64_t numberOf(func::FuncOp function, StringRef attribute) {
  return function->getAttrOfType<IntegerAttr>(attribute).getInt();
}

/// The function as it is now.
abi::Function described(func::FuncOp function) {
  abi::Function about;
  about.name = function.getName();
  for (auto input : function.getOps<ir::InputOp>())
    about.inputs.push_back(portOf(input, input.getOut()));
  for (auto output : function.getOps<ir::OutputOp>())
    about.outputs.push_back(portOf(output, output.getValue()));
  about.inputBytes = numberOf(function, "tl.input_bytes");
  about.outputBytes = numberOf(function, "tl.output_bytes");
  return about;
}

void describe(ir::StageOp op, abi::Stage &stage) {
  SymbolTable symbols(op);
  for (abi::Variable &variable : stage.variables)
    variable.offset = int64_t(*symbols.lookup<ir::VariableOp>(variable.path).getOffset());
  stage.variablesBytes = int64_t(*op.getBytes());
}

/// Accumulators of a range are laid out one after the other, in the order in which they are declared.
void describe(ir::StageOp stage, abi::Range &range) {
  for (auto variable : stage.getBody().getOps<ir::VariableOp>()) {
    if (range.name.empty() || variable.getRange() != StringRef(range.name))
      continue;
    TensorType type = *ir::typeOf(variable.getType());
    auto offset = int64_t(*variable.getOffset());
    if (range.bytes == 0) {
      range.offset = offset;
      range.dtype = nameOf(type.dtype);
    }
    if (range.dtype != nameOf(type.dtype) || offset < range.offset + range.bytes)
      llvm::report_fatal_error(Twine("the gradients of `") + range.name + "` are no range");
    range.bytes = offset + type.bytes() - range.offset;
  }
}

std::string textOf(func::FuncOp function, StringRef attribute) {
  auto text = function->getAttrOfType<StringAttr>(attribute);
  return text ? text.getValue().str() : "";
}

/// The function that another names; "" where it names none.
std::string nameIn(func::FuncOp function, StringRef attribute) {
  auto name = function->getAttrOfType<FlatSymbolRefAttr>(attribute);
  return name ? name.getValue().str() : "";
}

/// What became of the evaluation in phases with this step.
abi::Evaluation evaluationOf(ModuleOp module, func::FuncOp step, const abi::Stage &stage) {
  abi::Evaluation evaluation;
  evaluation.notCached = textOf(step, "tl.evaluation_not_cached");
  std::string own = nameIn(step, "tl.evaluation");
  if (own.empty() || own == stage.evaluateFunction)
    return evaluation;
  evaluation.function = own;
  evaluation.featuresFunction = nameIn(module.lookupSymbol<func::FuncOp>(own), "tl.features");
  return evaluation;
}

} // namespace

void describe(ModuleOp planned, abi::Program &program) {
  for (abi::Stage &stage : program.stages) {
    describe(planned.lookupSymbol<ir::StageOp>(stage.name), stage);
    for (abi::Phase &phase : stage.phases) {
      describe(planned.lookupSymbol<ir::StageOp>(stage.name), phase.gradients);
      auto step = planned.lookupSymbol<func::FuncOp>(phase.stepFunction);
      auto end = phase.updateFunction.empty() ? step : planned.lookupSymbol<func::FuncOp>(phase.updateFunction);
      phase.loggedFunction = nameIn(end, "tl.logged");
      phase.featuresFunction = nameIn(step, "tl.features");
      phase.notCached = textOf(step, "tl.not_cached");
      phase.evaluation = evaluationOf(planned, step, stage);
    }
  }
  // Those of the script first, in their order; what was parted from them follows.
  std::map<std::string, abi::Function> now;
  for (auto function : planned.getOps<func::FuncOp>())
    now[function.getName().str()] = described(function);
  for (abi::Function &function : program.functions)
    function = std::move(now.extract(function.name).mapped());
  for (auto function : planned.getOps<func::FuncOp>())
    if (auto parted = now.find(function.getName().str()); parted != now.end())
      program.functions.push_back(std::move(parted->second));
}

} // namespace tl
