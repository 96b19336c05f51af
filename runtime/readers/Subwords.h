// Pieces of words, by the numbers that fastText gives them: FNV-1a of their bytes, 32 bits, modulo how many numbers there are.
// Bojanowski and others, "Enriching Word Vectors with Subword Information", 2017.
#pragma once
#include "runtime/readers/Huffman.h"
#include <string>
#include <vector>

namespace tl::data {

/// `least` to `most` code points long, of each word between `<` and `>`; each has the number of one of so many buckets.
struct Subwords {
  int64_t least = 3, most = 6, buckets = 0;
};

/// How many pieces the entry with most of them has.
int64_t mostSubwords(const std::vector<std::string> &vocabulary, const Subwords &pieces);

/// [entries, mostSubwords]: the buckets of an entry's pieces, and -1 behind the last; none of a special token.
void subwordBuckets(const std::vector<std::string> &vocabulary, const Subwords &pieces, const PutElement &put);

} // namespace tl::data
