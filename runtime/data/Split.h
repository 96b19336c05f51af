// Which records of a source belong to a split. By hash: decided by each record's own bytes, so stable under re-ordering,
// and equal records are never on two sides. By position: parts that follow each other, and no window lies in two.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/data/RecordList.h"
#include <array>

namespace tl::data {

/// Random words that a record's digest (see Dataset) decides.
std::array<uint32_t, 4> splitWords(uint64_t digest);
/// A uniform number in [0, 1) made from the first of them: philox(digest) / 2^32.
double splitPosition(uint64_t digest);
/// Whether a split by hash has the record of that digest.
bool holds(const abi::Split &split, uint64_t digest);

/// The entries [from, to) that a split by position takes of `count`.
struct Part {
  int64_t from, to;
};
Part partOf(int64_t count, const abi::Split &split);

/// How many records a split has: exact by position or under a condition; by hash, what to expect.
int64_t expectedRecords(const abi::Source &source, const abi::Split &split);

/// Record numbers, ascending. By hash, of those with `from <= splitPosition < to`; by position, of every `step`-th of
/// those that lie wholly within; of them those that meet its condition. A split without records is an error.
RecordList splitRecords(const Dataset &dataset, const abi::Split &split);
/// What such a list is expected to hold, of a source of so many records.
int64_t listBytes(int64_t sourceRecords, const abi::Split &split);

} // namespace tl::data
