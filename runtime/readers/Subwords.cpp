// Goes over all stretches of a word.
#include "runtime/readers/Subwords.h"
#include "runtime/data/Tokens.h"
#include "runtime/io/Utf8.h"
#include <algorithm>

namespace tl::data {

/// Calls `take` with the bucket of each piece of a word.
template <class F> static void eachSubword(const std::string &word, const Subwords &pieces, F take) {
  const std::string whole = "<" + word + ">";
  for (size_t from = 0; from < whole.size(); from += io::utf8Bytes(static_cast<unsigned char>(whole[from]))) {
    uint32_t hash = 2166136261;
    size_t to = from;
    for (int64_t length = 1; length <= pieces.most && to < whole.size(); ++length) {
      for (size_t end = to + io::utf8Bytes(static_cast<unsigned char>(whole[to])); to < end; ++to)
        hash = (hash ^ uint32_t(int8_t(whole[to]))) * 16777619; // a byte above 127 as the negative number that it was there
      bool isBorder = length == 1 && (from == 0 || to == whole.size());
      if (length >= pieces.least && !isBorder)
        take(hash % uint32_t(pieces.buckets));
    }
  }
}

int64_t mostSubwords(const std::vector<std::string> &vocabulary, const Subwords &pieces) {
  int64_t most = 0;
  for (size_t entry = size_t(specialCount); entry < vocabulary.size(); ++entry) {
    int64_t count = 0;
    eachSubword(vocabulary[entry], pieces, [&](uint32_t) { ++count; });
    most = std::max(most, count);
  }
  return most;
}

void subwordBuckets(const std::vector<std::string> &vocabulary, const Subwords &pieces, const PutElement &put) {
  const int64_t columns = mostSubwords(vocabulary, pieces);
  for (int64_t entry = 0, element = 0; entry < std::ssize(vocabulary); ++entry) {
    if (entry >= specialCount)
      eachSubword(vocabulary[size_t(entry)], pieces, [&](uint32_t bucket) { put(element++, bucket); });
    while (element < (entry + 1) * columns)
      put(element++, -1);
  }
}

} // namespace tl::data
