// In which part of folds a record is, where more than its content decides: parts that are alike in classes, and groups that stay together.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/data/RecordList.h"

namespace tl::data {

/// By record of the list: each class is dealt out by itself, copies together, in the order of a hash of the records, each to the part that has the fewest of it.
/// A class with fewer different records than there are parts is an error.
std::vector<uint16_t> partsByClass(const Dataset &dataset, const RecordList &records, const abi::Field &field, int64_t parts);

/// By record of the list: the largest groups first, each to the part that has the fewest records so far. Fewer groups than parts are an error.
std::vector<uint16_t> partsByGroup(const Dataset &dataset, const RecordList &records, int64_t parts);

/// Held for a record while they are found.
constexpr int64_t partingBytes = 32;

} // namespace tl::data
