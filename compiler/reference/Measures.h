// What a split was measured at: metrics added up over batches.
#pragma once
#include "compiler/reference/Tensor.h"
#include "runtime/abi/Descriptor.h"
#include <nlohmann/json.hpp>
#include <optional>

namespace tl::reference {

class Measures {
public:
  explicit Measures(const std::vector<abi::Metric> &metrics) : metrics(&metrics) {}
  /// Adds a batch's outputs "NAME.sum" and "NAME.count"; of a metric without them there is no value.
  void add(const Named &outputs);
  /// finish(sum / count); nothing where the function does not measure it.
  std::optional<Tensor> value(const std::string &name) const;
  /// "PREFIX.NAME": value, for all metrics; arrays for those that have a shape.
  void write(nlohmann::ordered_json &event, const std::string &prefix) const;

private:
  const std::vector<abi::Metric> *metrics;
  Named totals;  // "NAME.sum", "NAME.count"
};

}  // namespace tl::reference
