// Reads the pairs of words that stand near each other in a text.
#pragma once
#include "runtime/data/Formats.h"

namespace tl::data {

std::unique_ptr<Reader> openPairs(const abi::Source &source, const std::vector<std::string> &paths);

/// Of `readingBytes` of such a source whose pairs are to be counted, and of `nameBeside`.
int64_t readingBytesOfPairs(const abi::Source &source, const Reading &reading);
std::string nameOfPairs(const abi::Source &source, const std::vector<abi::Field> &fields);

} // namespace tl::data
