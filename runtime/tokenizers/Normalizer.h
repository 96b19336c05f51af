// What changes a text before it is cut: lower case, accents, normal forms.
#pragma once
#include "runtime/tokenizers/Spec.h"
#include "runtime/tokenizers/Text.h"
#include <memory>

namespace tl::tokenizers {

class Normalizer {
public:
  virtual ~Normalizer() = default;
  virtual void apply(Text &text) const = 0;
};

/// The value of `normalizer`; nothing where that is null.
std::unique_ptr<Normalizer> readNormalizer(const Spec &spec, int depth = 0);

/// Each in a file of its own.
std::unique_ptr<Normalizer> readBertNormalizer(const Spec &spec);
std::unique_ptr<Normalizer> readPrecompiled(const Spec &spec);
/// "NFC", "NFD", "NFKC" or "NFKD".
std::unique_ptr<Normalizer> makeNormalForm(const std::string &name);

/// Canonical decomposition and lower case, which several share.
void decompose(Text &text);
void lower(Text &text);

} // namespace tl::tokenizers
