// Where a text may be cut so that the tokens of its parts, each encoded alone, are those of the whole.
#pragma once
#include "runtime/tokenizers/AddedTokens.h"

namespace tl::tokenizers {

/// The rule is Note [Seams] in Seams.cpp. What is not known to keep it makes a tokenizer one without seams.
class Seams {
public:
  /// Of a tokenizer's file and what was made of it.
  Seams(const Spec &file, const Normalizer *normalizer, const AddedTokens &added);
  /// Which part of the file looks further than a seam, so that there are none; "" where none does.
  const std::string &obstacle() const { return why; }
  /// The last seam of a text behind its first byte, whatever follows the text; 0 where it has none.
  size_t lastIn(std::string_view text) const;

private:
  void readNormalizer(const Spec &spec);
  void readPreTokenizer(const Spec &spec);
  void readAdded(const Spec &spec, const AddedTokens &added);
  std::string normalized(std::string_view text) const;
  bool isSeam(std::string_view text, size_t at) const;

  const Normalizer *normalizer;
  std::string why;
  bool isCut = false;       // by a pre-tokenizer that white space ends pieces for
  bool needsWords = false;  // which do so where a letter or a number stands before it
  bool hasGraphemes = false; // of more than one code point, which are normalized together
  bool joinsSpaces = false;
  bool takesLines = true;   // ends of lines are seams as spaces are
};

} // namespace tl::tokenizers
