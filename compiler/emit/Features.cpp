// Reads the ports of functions back from their ops.
#include "compiler/emit/Features.h"
#include "compiler/emit/Layout.h"
#include "compiler/ir/TlDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <algorithm>

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

}  // namespace

void describeFeatures(ModuleOp module, abi::Program &program) {
  for (func::FuncOp step : module.getOps<func::FuncOp>()) {
    auto features = step->getAttrOfType<StringAttr>("tl.features");
    auto reason = step->getAttrOfType<StringAttr>("tl.not_cached");
    for (abi::Stage &stage : program.stages)
      for (abi::Phase &phase : stage.phases)
        if (phase.stepFunction == step.getName()) {
          phase.featuresFunction = features ? features.getValue().str() : "";
          phase.notCached = reason ? reason.getValue().str() : "";
        }
    if (!features)
      continue;
    named(program, step.getName()).inputs = inputsOf(step);
    auto parted = module.lookupSymbol<func::FuncOp>(features);
    abi::Function function;
    function.name = features.getValue();
    function.inputs = inputsOf(parted);
    for (ir::OutputOp output : parted.getOps<ir::OutputOp>())
      function.outputs.push_back(portOf(output.getName(), ir::typeOf(output.getValue())));
    program.functions.push_back(std::move(function));
  }
  layOut(program);
}

}  // namespace tl
