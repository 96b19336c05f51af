// Which records of a source belong to a split: decided by each record's own bytes, so stable under re-ordering, and
// equal records are never on two sides.
#pragma once
#include "runtime/data/Dataset.h"

namespace tl::data {

/// A uniform number in [0, 1) made from the bytes of all fields of a record: philox(their 64-bit FNV-1a) / 2^32.
double splitPosition(const Dataset &dataset, int64_t record);

/// Record numbers, ascending, of those with `from <= splitPosition < to`. A split without records is an error.
std::vector<int64_t> splitRecords(const Dataset &dataset, const abi::Split &split);

} // namespace tl::data
