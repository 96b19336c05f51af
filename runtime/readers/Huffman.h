// The Huffman code of a vocabulary: the more frequent an entry, the shorter its path from the root of a tree.
// D. A. Huffman, "A Method for the Construction of Minimum-Redundancy Codes", 1952.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

namespace tl::data {

/// Is given the elements of a table row by row, and the number of each; one that comes again has the last value.
using PutElement = std::function<void(int64_t element, double value)>;

/// How long the longest path is, at most two longer than in a tree of n entries that are all as frequent: ⌈log2 n⌉ + 2; 0 where fewer than two entries occur.
int64_t huffmanDepth(const std::vector<int64_t> &counts);

/// [entries, depth]: which inner nodes the path to an entry passes, from the root on, and 0 behind its end. The root is 0, and what hangs on a node has a
/// greater number; of n entries that occur there are n - 1 inner nodes.
void huffmanNodes(const std::vector<int64_t> &counts, const PutElement &put);

/// [entries, depth]: how the path goes on from each of these nodes, 1 or -1, and 0 behind its end; 0 everywhere for what never occurs.
void huffmanSigns(const std::vector<int64_t> &counts, const PutElement &put);

} // namespace tl::data
