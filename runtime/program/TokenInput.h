// A word that is asked about, as the number of a token of the data's text.
#pragma once
#include "runtime/readers/TextEncoder.h"
#include "runtime/program/Answer.h"

namespace tl::program {

class TokenInput {
public:
  /// `text`: the field of tokens, of this data; both outlive it.
  TokenInput(const abi::Data &data, const abi::Field &text) : text(text), encoder(data::makeTextEncoder(text, data.tokenizer.get())) {}
  /// A tl::Error where it is not one token, or none that the vocabulary has.
  int32_t number(const std::string &name, const Answerer::Json &value) const;
  /// The text of a number; null where it is none of the vocabulary's.
  Answerer::Json word(int64_t number) const;

private:
  const abi::Field &text;
  std::unique_ptr<data::TextEncoder> encoder;
};

/// "word", of a vocabulary of "words".
inline std::string oneOf(const std::string &tokens) { return tokens.substr(0, tokens.size() - 1); }

} // namespace tl::program
