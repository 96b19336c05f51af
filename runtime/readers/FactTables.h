// Tables that are facts of a vocabulary, made when a stage starts.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <vector>

namespace tl::data {

/// In the order of the variable's elements. `counts` is how often each entry occurs; the others are told in Huffman.h and Subwords.h.
std::vector<double> valuesOf(const abi::Program &program, const abi::Table &table);

} // namespace tl::data
