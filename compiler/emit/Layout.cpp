// Where every variable, input and output of a program lies in its arena.
#include "compiler/emit/Layout.h"
#include "compiler/calculus/Graph.h"
#include "runtime/abi/Program.h"
#include <algorithm>
#include <cstdlib>
#include <string>

namespace tl {
namespace {

constexpr int64_t alignment = tlAlignment;

int64_t paddedBytes(const std::string &dtype, const std::vector<int64_t> &shape) {
  for (DType known : {DType::I1, DType::U8, DType::I32, DType::F32, DType::F64})
    if (dtype == nameOf(known)) {
      int64_t bytes = TensorType{known, shape}.bytes();
      return (bytes + alignment - 1) / alignment * alignment;
    }
  std::abort();  // `check` knows no other
}

/// One after the other; returns where the last one ends.
int64_t layOut(std::vector<abi::Port> &ports) {
  int64_t end = 0;
  for (abi::Port &port : ports) {
    port.offset = end;
    end += paddedBytes(port.dtype, port.shape);
  }
  return end;
}

void layOut(abi::Stage &stage) {
  std::vector<std::string> states;  // in the order in which they first appear
  auto rank = [&](const abi::Variable &variable) -> size_t {
    if (variable.kind == "fitted")
      return 0;
    if (variable.kind == "parameter")
      return 1;
    if (variable.kind != "slot")
      return variable.kind == "accumulator" ? SIZE_MAX - 1 : SIZE_MAX;
    auto found = std::find(states.begin(), states.end(), variable.state);
    size_t index = size_t(found - states.begin());
    if (found == states.end())
      states.push_back(variable.state);
    return 2 + index;
  };
  std::vector<std::pair<size_t, size_t>> order;  // rank, then as declared
  for (size_t i = 0; i < stage.variables.size(); ++i)
    order.emplace_back(rank(stage.variables[i]), i);
  std::sort(order.begin(), order.end());
  stage.variablesBytes = 0;
  for (auto [group, i] : order) {
    stage.variables[i].offset = stage.variablesBytes;
    stage.variablesBytes += paddedBytes(stage.variables[i].dtype, stage.variables[i].shape);
  }
}

}  // namespace

void layOut(abi::Program &program) {
  for (abi::Stage &stage : program.stages)
    layOut(stage);
  for (abi::Function &function : program.functions) {
    function.inputBytes = layOut(function.inputs);
    function.outputBytes = layOut(function.outputs);
  }
}

}  // namespace tl
