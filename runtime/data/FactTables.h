// Tables that are made of how often each entry of a vocabulary occurs.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <vector>

namespace tl::data {

/// How long the longest path of a Huffman code is; 0 where fewer than two entries occur.
int64_t huffmanDepth(const std::vector<int64_t> &counts);

/// In the order of the variable's elements, [entries] or [entries, depth]:
///   counts         how often each entry occurs
///   huffman_nodes  which inner nodes the path to an entry passes, from the root on, and 0 behind its end: the root is 0, and what hangs on a node has a
///                  greater number. Of n entries that occur there are n - 1 inner nodes. The more frequent an entry, the shorter its path.
///   huffman_signs  how the path goes on from each of these nodes, 1 or -1, and 0 behind the end; 0 everywhere for what never occurs
/// D. A. Huffman, "A Method for the Construction of Minimum-Redundancy Codes", 1952.
std::vector<double> valuesOf(const abi::Table &table);

} // namespace tl::data
