// Runs a compiled evaluation function over every batch of a split.
#pragma once
#include "runtime/program/Metrics.h"
#include "runtime/program/Session.h"

namespace tl::program {

class Evaluator {
public:
  Evaluator(Context &context, Session &session, const abi::Data &data, const std::string &split,
            const std::string &function, const std::vector<abi::Metric> &metrics);

  /// Measures anew, with the same random draws each time; false where a signal stopped it on the way.
  bool run();
  const MetricTotals &totals() const { return sums; }
  /// How many records it measures.
  int64_t records() const;

private:
  Session &session;
  Callable function;
  int64_t splitRecords;
  data::Loader loader;
  int64_t batches;
  MetricTotals sums;
};

}  // namespace tl::program
