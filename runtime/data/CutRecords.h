// Records of a split whose texts are longer than their fields: what a model never sees of them.
#pragma once
#include "runtime/data/Dataset.h"

namespace tl::data {

/// "`posts.test`: `text` is cut to 64 tokens in 68 of 1,287 records, which leaves out 530 tokens and the labels of 422 words", `records` being those
/// of the split; "" where nothing is cut.
std::string cutText(const abi::Data &data, const std::string &split, const Dataset &dataset, const std::vector<int64_t> &records);

} // namespace tl::data
