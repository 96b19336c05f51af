// A tokenizer that is fitted on texts: WordPiece as BERT has it, or byte-level BPE, with the vocabulary and merges that the trainers of PyPI's
// `tokenizers` give. What comes out is as published ones are.
#pragma once
#include "runtime/abi/Descriptor.h"
#include "runtime/data/Tokens.h"
#include "runtime/tokenizers/Tokenizer.h"

namespace tl::tokenizers {

class Trainer {
public:
  /// "wordpiece" or "bpe", of at most so many tokens, where special ones and single characters are not more.
  Trainer(const std::string &kind, size_t most);
  void add(std::string_view text);
  abi::Tokenizer train() const;

  /// The tokens that stand in each vocabulary, whatever it is fitted on.
  static size_t least(const std::string &kind);

private:
  bool isWordPiece;
  size_t most;
  Tokenizer cutter; // without a vocabulary: it says what a word is
  data::PieceCounter words;
};

} // namespace tl::tokenizers
