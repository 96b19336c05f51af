// Tables that are made of a vocabulary: of its entries, and of how often each occurs.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <vector>

namespace tl::data {

/// How long the longest path of a Huffman code is; 0 where fewer than two entries occur.
int64_t huffmanDepth(const std::vector<int64_t> &counts);

/// Pieces of words, `least` to `most` code points long, of each word between `<` and `>`; each has the number of one of so many buckets.
struct Subwords {
  int64_t least = 3, most = 6, buckets = 0;
  std::string fact() const; // "subwords 3 6 200000"
};
/// How many pieces the entry with most of them has.
int64_t mostSubwords(const std::vector<std::string> &vocabulary, const Subwords &pieces);

/// In the order of the variable's elements, [entries] or [entries, depth]:
///   counts         how often each entry occurs
///   huffman_nodes  which inner nodes the path to an entry passes, from the root on, and 0 behind its end: the root is 0, and what hangs on a node has a
///                  greater number. Of n entries that occur there are n - 1 inner nodes. The more frequent an entry, the shorter its path.
///   huffman_signs  how the path goes on from each of these nodes, 1 or -1, and 0 behind the end; 0 everywhere for what never occurs
///   subwords …     the buckets of an entry's pieces, and -1 behind the last; none of a special token
/// D. A. Huffman, "A Method for the Construction of Minimum-Redundancy Codes", 1952. Pieces and their numbers are those of fastText (Bojanowski et al.,
/// "Enriching Word Vectors with Subword Information", 2017): FNV-1a of their bytes, 32 bits, modulo the buckets.
std::vector<double> valuesOf(const abi::Program &program, const abi::Table &table);

} // namespace tl::data
