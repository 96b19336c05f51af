// Records that two splits of one data declaration have in common: what a model was trained on tells nothing of how it does
// on data that it never saw.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/data/RecordList.h"

namespace tl::data {

/// False where two splits cannot have equal records, as parts of one source by hash, or where they are not compared:
/// windows of a text, of which neighbours share most.
bool mayShareRecords(const abi::Data &data, const abi::Split &a, const abi::Split &b);

/// How many of the `tested` records of `other` are among the `trained` ones of `train`, known by their digests.
int64_t sharedRecords(const Dataset &train, const RecordList &trained, const Dataset &other,
                      const RecordList &tested);

/// "12 of the 150 records of `iris.test` are also in `iris.train`"; `trained`: the data whose `train` that is.
std::string sharedText(const std::string &data, const std::string &split, const std::string &trained, int64_t shared, int64_t records);

} // namespace tl::data
