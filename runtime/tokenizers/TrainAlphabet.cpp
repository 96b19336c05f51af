// The characters that tokens are made of, before any are joined.
#include "runtime/io/Utf8.h"
#include "runtime/tokenizers/TrainMerges.h"
#include <algorithm>
#include <unordered_map>

namespace tl::tokenizers {

std::vector<char32_t> alphabetOf(const std::vector<CountedWord> &words, const MergeRules &rules) {
  std::unordered_map<char32_t, int64_t> counts;
  for (const CountedWord &word : words)
    for (size_t at = 0; at < word.text.size();)
      counts[io::nextCode(word.text, at)] += word.count;
  for (char32_t code : rules.alphabet)
    counts[code] = INT64_MAX;
  std::vector<std::pair<int64_t, char32_t>> order; // the most frequent first
  for (auto [code, count] : counts)
    order.emplace_back(-count, code);
  std::sort(order.begin(), order.end());
  order.resize(std::min(order.size(), rules.mostCharacters));
  std::vector<char32_t> alphabet;
  for (auto [count, code] : order)
    alphabet.push_back(code);
  std::sort(alphabet.begin(), alphabet.end());
  return alphabet;
}

} // namespace tl::tokenizers
