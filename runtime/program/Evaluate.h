// Runs a compiled evaluation function over every batch of a split.
#pragma once
#include "runtime/program/Feed.h"
#include "runtime/program/Listing.h"
#include "runtime/program/Metrics.h"
#include "runtime/program/Resampling.h"

namespace tl::program {

class Evaluator {
public:
  /// `keeps`: what is computed for a record once is kept for the next run. `areDrawnFrom`: records will be drawn from what metrics of all at once keep.
  Evaluator(Context &context, Session &session, const abi::Data &data, const Intake &intake,
            const std::vector<abi::Metric> &metrics, bool keeps = false, bool areDrawnFrom = false);

  /// Measures anew, with the same random draws each time; false where a signal stopped it on the way.
  bool run(Resampling *resampling = nullptr);
  const MetricTotals &totals() const { return sums; }
  std::deque<Overall> &overalls() { return overall; }
  const std::deque<Listing> &lists() const { return listings; }
  /// How long the next run will take, as far as the last one tells; negative before the first.
  double secondsOfNext() const { return nextSeconds; }
  /// How many records it measures.
  int64_t records() const;
  static int64_t records(Context &context, const abi::Data &data, const Intake &intake);

private:
  Session &session;
  Callable function;
  Feed feed;
  int64_t splitRecords, batches;
  MetricTotals sums;
  std::deque<Overall> overall;
  std::deque<Listing> listings;
  double nextSeconds = -1;
};

}  // namespace tl::program
