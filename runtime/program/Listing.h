// Metrics that are a list of records: those with the greatest score.
#pragma once
#include "runtime/program/Context.h"
#include "runtime/memory/Arena.h"

namespace tl::program {

class Listing {
public:
  /// `measured` puts out the score and what was answered, if anything.
  Listing(const abi::Metric &metric, const Callable &measured);

  struct Entry {
    double score;
    int64_t record; // of the source
    std::optional<double> answered;
  };
  void clear() { entries.clear(), found = 0; }
  /// Of a batch, whose first `records` rows are these records of the source.
  void add(const memory::Arena &output, const int64_t *numbers, int64_t records);
  /// The greatest scores first, of equal ones the earlier record; at most `metric.list`.
  const std::vector<Entry> &first() const { return entries; }
  /// How many have a score above 0. One that is no number counts, as the greatest of all.
  int64_t count() const { return found; }

  const abi::Metric &metric;

private:
  const abi::Port *score, *answered;
  std::vector<Entry> entries; // in order
  int64_t found = 0;
};

/// A line for each entry, and the same as JSON: the place of the record, what it is, and what was answered.
void showListing(const Context &context, const abi::Data &data, const abi::Split &split, const data::Dataset &dataset, const Listing &listing,
                 nlohmann::ordered_json &json);

} // namespace tl::program
