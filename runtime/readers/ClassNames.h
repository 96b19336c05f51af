// The names of classes where the script says them: `classes = "negative, positive"`, `classes = "negative = neg, positive = pos"`.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <string_view>

namespace tl::data {

/// In the order of their numbers; empty where the source does not say it.
struct ClassNames {
  explicit ClassNames(const abi::Source &source);
  std::vector<std::string> names;
  std::vector<std::string> written; // how the file writes each
};

/// The number of a class by its name; where `orNumber`, also of a cell that has the number itself. -1: it is neither.
int32_t classIn(const std::vector<std::string> &names, std::string_view cell, bool orNumber);

/// "one of `negative`, `positive`", "…, or a number from 0 to 1"
std::string oneOfClasses(const std::vector<std::string> &names, bool orNumber);

} // namespace tl::data
