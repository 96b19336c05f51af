// Metrics: sums and counts that compiled functions put out, added up over batches in double.
#pragma once
#include "runtime/checkpoint/TrainingState.h"
#include "runtime/memory/Arena.h"
#include "runtime/program/Context.h"

#include <optional>

namespace tl::program {

/// What a metric comes to: finish(sum / count), or finish(sum) of one that is not counted.
double finished(const abi::Metric &metric, double sum, double count);

/// The totals of metrics over the batches so far, of one function or of those whose steps take turns.
class MetricTotals {
public:
  /// A metric that no function puts out is left out.
  MetricTotals(const std::vector<abi::Metric> &metrics, const std::vector<Callable> &functions);
  MetricTotals(const std::vector<abi::Metric> &metrics, const Callable &function) : MetricTotals(metrics, std::vector<Callable>{function}) {}

  /// What a call of a function, by its place among them, has put out.
  void add(const memory::Arena &output, size_t function = 0);
  /// Of one that is measured of all records at once; until `clear`.
  void put(const abi::Metric &metric, std::vector<double> values);
  void clear();

  /// The loss of one batch or several, added up: sum, or sum / count.
  struct Loss {
    double sum = 0, count = 0;
    bool isCounted = false;
    double value() const { return isCounted ? sum / count : sum; }
  };
  void addLoss(const memory::Arena &output, Loss &into, const std::string &name = "loss", size_t function = 0) const;
  /// finish(sum / count) of a metric that is one number; nothing where no call has measured it since `clear`.
  std::optional<double> value(const std::string &name) const;
  /// The values of every metric that is one number and was measured, in the script's order.
  std::vector<std::pair<std::string, double>> numbers() const;
  /// All values of a metric of any shape, in row-major order.
  std::vector<double> values(const abi::Metric &metric) const;
  bool has(const abi::Metric &metric) const { return find(metric.name) != nullptr; }

  std::map<std::string, checkpoint::MetricSum> save() const;
  void restore(const std::map<std::string, checkpoint::MetricSum> &sums);

private:
  struct Ports {
    const abi::Port *sum = nullptr, *count = nullptr;  // null where the function does not measure it
    std::vector<const abi::Port *> terms;
  };
  struct Total {
    const abi::Metric *metric;
    std::vector<Ports> ports;  // by function; none: it was `put`
    std::vector<double> sums;  // of a total of other metrics: how often each counts
    double count = 0;
    bool isMeasured = false;   // phases that take turns may have had none in this epoch
    bool isNumber() const { return sums.size() == 1 || !metric->terms.empty(); }
    double finished(double sum) const { return program::finished(*metric, sum, count); }
  };
  const Total *find(const std::string &name) const;
  double numberOf(const Total &total) const;
  std::vector<Total> totals;
};

}  // namespace tl::program
