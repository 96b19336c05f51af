// Values of categories that `train` does not have: what a model takes all of for one, unknown.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/data/RecordList.h"

namespace tl::data {

/// "`adult.test`: `kinds` has no entry for 3 values in 3 of 16,281 records, which count as unknown: `Holand-Netherlands` of `native-country` (1), …", `records` being
/// those of the split; "" where there is none.
std::string unseenText(const abi::Data &data, const std::string &split, const Dataset &dataset, const RecordList &records);

} // namespace tl::data
