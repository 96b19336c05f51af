// The function that writes, behind the loads of a stage, what starts as something made of weights; most stages have none.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <algorithm>

namespace tl::abi {

inline std::string startFunctionOf(const std::string &stage) { return stage + ".start"; }

inline bool hasStartFunction(const Program &program, const Stage &stage) {
  const std::string name = startFunctionOf(stage.name);
  return std::any_of(program.functions.begin(), program.functions.end(), [&](const Function &function) { return function.name == name; });
}

} // namespace tl::abi
