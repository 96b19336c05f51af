// What `tlc explain` prints and every program carries: parameters, data, phase tables, and the cost of it all.
#pragma once
#include "compiler/sema/CheckedProgram.h"
#include <map>

namespace tl {

/// What only later rooms know of a function: its scratch memory and the floating-point operations of one call.
struct FunctionCost {
  int64_t workBytes = 0;
  int64_t flops = 0;
  std::vector<std::string> frozenOnPath;  // frozen parameters that the gradients of trained ones still pass through
};

/// `costs` by function name, may be empty: then scratch sizes come from the program where the plan has filled them in.
std::string explain(const CheckedProgram &checked, const std::map<std::string, FunctionCost> &costs = {});

}  // namespace tl
