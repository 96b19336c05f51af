// Which records of a split are kept: those that meet its condition.
#pragma once
#include "runtime/data/Dataset.h"
#include <set>

namespace tl::data {

class Condition {
public:
  /// `dataset` and `split` must outlive it.
  Condition(const Dataset &dataset, const abi::Split &split);
  bool holds(int64_t record);

private:
  const Dataset &dataset;
  const abi::Split &split;
  std::map<std::string, std::vector<char>> values; // of the fields that it names, of one record
  std::vector<Dataset::Target> targets;
  Pieces::Window window;
};

/// "`d.train`: 27,345 of 54,000 records, where label < 5"; "" where it has no condition.
std::string keptText(const abi::Data &data, const abi::Split &split, int64_t kept);

} // namespace tl::data
