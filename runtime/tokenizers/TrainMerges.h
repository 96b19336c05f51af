// Tokens that are made of those that stand beside each other most often in the words of a text: what byte-level BPE and WordPiece are
// fitted by, in the order in which PyPI's `tokenizers` joins them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tl::tokenizers {

struct CountedWord {
  std::string_view text;
  int64_t count;
};

struct MergeRules {
  std::vector<std::string> special;        // the first tokens
  std::vector<char32_t> alphabet;          // has a token each, whether words have it or not
  std::string prefix;                      // of tokens that do not begin a word
  size_t most = 0;                         // tokens in all, where special ones and the alphabet are not more
  size_t mostCharacters = SIZE_MAX;        // in the alphabet: the rarest are left out of words
  int64_t least = 2;                       // times that two tokens stand beside each other
};

struct MergedTokens {
  std::vector<std::string> tokens;                 // by number
  std::vector<std::pair<int32_t, int32_t>> merges; // the first is made first
};

/// The words must differ.
MergedTokens trainMerges(const std::vector<CountedWord> &words, const MergeRules &rules);

/// The characters of the words and of `rules.alphabet` that get a token, ascending; of equally rare ones the greater is left out first.
std::vector<char32_t> alphabetOf(const std::vector<CountedWord> &words, const MergeRules &rules);

} // namespace tl::tokenizers
