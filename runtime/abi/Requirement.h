// Conditions on run-time values: `tlc` asks whether they can fail, the program whether they hold.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

namespace tl::abi {

/// What a step makes of its operands, the last ones of the stack; truth values are 0 and 1.
inline double apply(const std::string &op, std::vector<double> &stack) {
  auto pop = [&] {
    double top = stack.back();
    stack.pop_back();
    return top;
  };
  double b = pop();
  if (op == "neg") return -b;
  if (op == "abs") return std::fabs(b);
  if (op == "floor") return std::floor(b);
  if (op == "not") return b == 0;
  double a = pop();
  if (op == "select") {
    double c = pop();
    return c != 0 ? a : b;
  }
  if (op == "add") return a + b;
  if (op == "sub") return a - b;
  if (op == "mul") return a * b;
  if (op == "div") return a / b;
  if (op == "min") return std::min(a, b);
  if (op == "max") return std::max(a, b);
  if (op == "and") return a != 0 && b != 0;
  if (op == "or") return a != 0 || b != 0;
  if (op == "eq") return a == b;
  if (op == "ne") return a != b;
  if (op == "lt") return a < b;
  if (op == "le") return a <= b;
  if (op == "gt") return a > b;
  if (op == "ge") return a >= b;
  throw std::logic_error("a condition has the unknown step `" + op + "`");
}

/// Whether the condition holds where the scalars have these values.
inline bool holds(const Requirement &requirement, const std::function<double(const std::string &)> &scalar) {
  std::vector<double> stack;
  for (const ConditionStep &step : requirement.condition)
    stack.push_back(step.op == "constant" ? step.value
                    : step.op == "scalar" ? scalar(step.name)
                                          : apply(step.op, stack));
  return stack.back() != 0;
}

/// The run-time values that the condition depends on, each once.
inline std::vector<std::string> scalarsOf(const Requirement &requirement) {
  std::vector<std::string> names;
  for (const ConditionStep &step : requirement.condition)
    if (step.op == "scalar" && std::find(names.begin(), names.end(), step.name) == names.end())
      names.push_back(step.name);
  return names;
}

}  // namespace tl::abi
