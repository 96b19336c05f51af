// Reads the pairs of words that stand near each other in a text.
#pragma once
#include "runtime/data/Reader.h"

namespace tl::data {

std::unique_ptr<Reader> openPairs(const abi::Source &source, const std::vector<std::string> &paths);

/// Of `readingBytes` of such a source.
int64_t readingBytesOfPairs(const abi::Source &source, Holding holding);

} // namespace tl::data
