// Intervals of what a test measures: as many records are drawn of its own again and again, and each time all is measured anew.
#pragma once
#include "runtime/program/Overall.h"
#include <deque>
#include <map>
#include <optional>

namespace tl::program {

/// Between which bounds the share of the draws lies that a test asks for.
struct Bounds {
  double low = 0, high = 0;
  int64_t draws = 0; // in which the metric had a value
};

class Resampling {
public:
  /// Keeps memory for what each of `records` records adds to the sums. `measured` puts it out.
  Resampling(const abi::Test &test, const Callable &measured, int64_t records);

  /// Of a batch, whose first `records` rows are real.
  void add(const memory::Arena &output, int64_t records);
  /// By metric, of those that have an interval. `overall` has what its rows are. Nothing where a signal stopped it on the way.
  std::optional<std::map<std::string, Bounds>> bounds(const Context &context, std::deque<Overall> &overall) const;

  /// What is kept: of one record, and of all with all draws.
  static int64_t bytesOfRecord(const abi::Program &program, const abi::Test &test);
  static int64_t bytes(const abi::Program &program, const abi::Test &test, int64_t records);

private:
  /// One of the sums of a metric.
  struct Part {
    const abi::Port *from;
    size_t width;            // numbers of each record
    std::vector<float> rows; // of all records
  };
  struct Kept {
    const abi::Metric *metric;
    std::vector<Part> parts; // the sum and, where it has one, the count; of all records at once those that are sums, in order
  };
  using Totals = std::vector<double>; // of all parts of all metrics, one behind the other
  Totals drawn(const std::vector<int64_t> &numbers) const;
  Bounds boundsOf(std::vector<double> values) const;

  const abi::Test &test;
  int64_t records, added = 0;
  std::vector<Kept> kept;
  size_t width = 0; // of all parts
};

/// The records of a draw: at place i, ⌊(w₀ + 2³²·w₁)·records / 2⁶⁴⌋ of two words of the block that (i / 2, draw, 0, "boot") and the seed give, the
/// first two where i is even.
std::vector<int64_t> drawnRecords(uint64_t seed, int64_t draw, int64_t records);

} // namespace tl::program
