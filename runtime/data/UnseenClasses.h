// Classes that a model is judged by and never trained on.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/data/RecordList.h"

namespace tl::data {

/// Whether the script makes something else of a field, under its name: `tlc` makes an option of it, `label.rebound`, which no script can write.
bool isRebound(const abi::Data &data, const std::string &field);

/// "3 labels of `posts.test` are of classes that `posts.train` does not have: `B-work` (2), `I-work` (1)"; "" where there are none. Of a label that the
/// script makes another one of, nothing is said: models see other classes. Records are looked at until each class was seen in train, and those of
/// `tested` only where one was not, also of data that is read in pieces.
std::string unseenClasses(const abi::Data &data, const std::string &split, const Dataset &train, const RecordList &trained, const Dataset &other,
                          const RecordList &tested);

} // namespace tl::data
