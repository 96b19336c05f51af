// What makes a text of tokens again.
#pragma once
#include "runtime/tokenizers/Spec.h"
#include <memory>

namespace tl::tokenizers {

class Decoder {
public:
  virtual ~Decoder() = default;
  /// Changes the tokens into parts of a text, which are joined.
  virtual void apply(std::vector<std::string> &tokens) const = 0;
};

/// The value of `decoder`; nothing where that is null: tokens are joined with spaces.
std::unique_ptr<Decoder> readDecoder(const Spec &spec, int depth = 0);

/// The text with U+FFFD for each longest part that could have begun a code point and did not.
std::string soundUtf8(std::string_view bytes);

} // namespace tl::tokenizers
