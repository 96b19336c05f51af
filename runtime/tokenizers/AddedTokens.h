// Tokens that are found in a text before anything else is done to it, or before it is cut.
#pragma once
#include "runtime/tokenizers/Model.h"
#include "runtime/tokenizers/Normalizer.h"
#include "runtime/tokenizers/PreTokenizer.h"
#include <array>
#include <unordered_map>

namespace tl::tokenizers {

struct AddedToken {
  std::string content, decoded; // what it is called, and what it becomes in a text: normalized where it is looked for so
  int32_t id = 0;
  bool isWord = false, takesLeft = false, takesRight = false, isNormalized = false, isSpecial = false;
};

class AddedTokens {
public:
  /// The list `added_tokens`; those that the model has must have its numbers.
  AddedTokens(const Spec &list, const Entries &entries, const Normalizer *normalizer);

  const std::vector<AddedToken> &all() const { return tokens; }
  /// Null where the number is none of theirs.
  const AddedToken *find(int32_t id) const;
  /// Parts of a text with what is found of those that are looked for in the text as it is, or as it was normalized.
  void cut(std::string_view text, bool isNormalized, std::vector<Piece> &into) const;

private:
  struct Finder {
    std::array<std::vector<std::pair<std::string, int>>, 256> byFirst; // of tokens and their places, the longest first
    bool isEmpty = true;
    void add(const std::string &content, int token);
    void sort(); // once all are there
    int longestAt(std::string_view text, size_t at, size_t &bytes) const;
  };
  std::vector<AddedToken> tokens;
  std::unordered_map<int32_t, size_t> byId; // the first of a number
  Finder raw, normalized;
};

} // namespace tl::tokenizers
