// What a model never sees: of texts that are longer than their fields, words that nobody knows, and records that a source leaves out.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/data/RecordList.h"

namespace tl::data {

/// "`posts.test`: `text` is cut to 64 tokens in 68 of 1,287 records, which leaves out 530 tokens and the labels of 422 words", `records` being those
/// of the split; and of words that stand for themselves how many the vocabulary lacks; "" where nothing is cut or lacking.
std::string cutText(const abi::Data &data, const std::string &split, const Dataset &dataset, const RecordList &records);

/// "source `train` of `flowers` leaves out 3 of 4,320 records, which are damaged", as the source says that it shall; "" where it leaves out none.
std::string leftOutText(const abi::Data &data, const abi::Source &source);

} // namespace tl::data
