// Runs a compiled evaluation function over every batch of a split.
#pragma once
#include "runtime/program/Feed.h"
#include "runtime/program/Listing.h"
#include "runtime/program/Metrics.h"
#include "runtime/program/Resampling.h"

namespace tl::program {

/// Records that are measured besides, by a function of their own.
struct AlsoMeasured {
  const abi::Data *data;
  Intake intake;
};
/// Those of data beside that of a stage.
std::vector<AlsoMeasured> measuredBeside(Context &context, const abi::Stage &stage);

class Evaluator {
public:
  /// `keeps`: what is computed for a record once is kept for the next run. `areDrawnFrom`: records will be drawn from what metrics of all at once keep.
  Evaluator(Context &context, Session &session, const abi::Data &data, const Intake &intake,
            const std::vector<abi::Metric> &metrics, bool keeps = false, bool areDrawnFrom = false, const std::vector<AlsoMeasured> &also = {});

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
  struct Part {
    Callable function;
    std::unique_ptr<Feed> feed;
    int64_t splitRecords, batches;
  };
  Part partOf(Context &context, const abi::Data &data, const Intake &intake, bool keeps);
  bool run(size_t number, Resampling *resampling);
  double featureSeconds() const;

  Session &session;
  std::vector<Part> parts; // the first is of what is asked for
  MetricTotals sums;
  std::deque<Overall> overall;
  std::deque<Listing> listings;
  std::vector<size_t> ofOverall, ofListings; // the part that puts it out
  double nextSeconds = -1;
};

}  // namespace tl::program
