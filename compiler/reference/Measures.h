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
  /// Adds a batch's outputs "NAME.sum" and "NAME.count", or what a metric of all records at once is of, "NAME.0" and so on, of which the first
  /// `records` rows count; of a metric without them there is no value.
  void add(const Named &outputs, int64_t records);
  /// What the function of a metric of all records is given; nothing where the batches did not give it. `put` takes its value.
  std::optional<Named> allOf(const abi::Metric &metric, const abi::Function &function) const;
  void put(const abi::Metric &metric, Tensor value);
  int64_t records() const { return measured; }
  /// What the records of these numbers, of those added, would have given, where the batches said what each record adds: "NAME.sum.rows" and so on.
  Measures of(const std::vector<int64_t> &numbers) const;
  /// finish(sum / count); nothing where the function does not measure it.
  std::optional<Tensor> value(const std::string &name) const;
  /// "PREFIX.NAME": value, for all metrics; arrays for those that have a shape.
  void write(nlohmann::ordered_json &event, const std::string &prefix) const;

private:
  void keepRows(const std::string &name, const Tensor &given, int64_t records);

  const std::vector<abi::Metric> *metrics;
  Named totals;  // "NAME.sum", "NAME.count"; "NAME.0", …
  std::map<std::string, std::vector<double>> rows; // of those that are rows, all of them
  int64_t measured = 0;                            // records
};

}  // namespace tl::reference
