// Classes that a model is judged by and never trained on.
#pragma once
#include "runtime/data/Dataset.h"

namespace tl::data {

/// "3 labels of `posts.test` are of classes that `posts.train` does not have: `B-work` (2), `I-work` (1)"; "" where there are none. Of data that is read in
/// pieces nothing is said: it would be read once more.
std::string unseenClasses(const abi::Data &data, const std::string &split, const Dataset &train, const std::vector<int64_t> &trained, const Dataset &other,
                          const std::vector<int64_t> &tested);

} // namespace tl::data
