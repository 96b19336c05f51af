// What a program needs of memory.
#include "compiler/explain/Memory.h"
#include "runtime/data/Dataset.h"
#include "runtime/data/Facts.h"
#include "runtime/io/File.h"
#include "runtime/program/MemoryNeed.h"
#include "runtime/program/Session.h"
#include <algorithm>

namespace tl {

int64_t elementsOf(const std::vector<int64_t> &shape) {
  int64_t elements = 1;
  for (int64_t size : shape)
    elements *= size;
  return elements;
}

int64_t bytesOf(const abi::Variable &variable) {
  return elementsOf(variable.shape) * data::dtypeBytes(variable.dtype);
}

const abi::Function *find(const abi::Program &program, const std::string &name) {
  for (const abi::Function &function : program.functions)
    if (function.name == name)
      return &function;
  return nullptr;
}

program::HoldingPlan holdingOf(const abi::Program &program) {
  return {program, io::parentFolder(program.source), program::dataBytesLeft(), ""};
}

int64_t dataBytes(const abi::Data &data, const program::HoldingPlan &holding) {
  int64_t total = 0;
  for (const abi::Source &source : data.sources)
    total += holding.bytes(data, source);
  return total;
}

int64_t workOf(const abi::Function &function, const Costs &costs) {
  auto known = costs.find(function.name);
  return known == costs.end() ? function.workBytes : known->second.workBytes;
}

/// Work, input and output arenas of one function.
static int64_t arenaBytes(const abi::Program &program, const std::string &name, const Costs &costs) {
  const abi::Function *function = find(program, name);
  return function ? workOf(*function, costs) + function->inputBytes + function->outputBytes : 0;
}

int64_t stageBytes(const abi::Program &program, const abi::Stage &stage, const Costs &costs) {
  int64_t arenas = 0;
  for (const std::string &name : program::Session::trainingFunctions(program, stage))
    arenas = std::max(arenas, arenaBytes(program, name, costs));
  return stage.variablesBytes + arenas;
}

int64_t gradientBytes(const abi::Stage &stage) {
  int64_t bytes = 0;
  for (const abi::Phase &phase : stage.phases)
    bytes = std::max(bytes, phase.gradients.bytes);
  return bytes;
}

int64_t peakBytes(abi::Program program, const Costs &costs, const program::HoldingPlan &holding, int64_t cacheBytes) {
  bool isPlanned = !program.stages.empty();
  for (const abi::Stage &stage : program.stages)
    isPlanned = isPlanned && stage.variablesBytes > 0;
  if (!isPlanned)
    return 0;
  for (abi::Function &function : program.functions) {
    function.workBytes = workOf(function, costs);
    if (auto known = costs.find(function.name); known != costs.end())
      function.stackBytes = known->second.stackBytes;
  }
  return program::predictPeakBytes(program, holding, cacheBytes);
}

}  // namespace tl
