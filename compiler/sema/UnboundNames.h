// Names in a definition that nothing binds, found without running it: for what no stage runs.
#pragma once
#include "compiler/evaluate/Elaborator.h"

namespace tl {

struct UnboundName {
  std::string name;
  ast::Span span;
  std::vector<std::string> candidates;  // what is known there
};

/// In order of place. A name bound in either branch of an `if` counts as bound.
std::vector<UnboundName> unboundNames(const ast::Definition &definition, const Library &library);

}  // namespace tl
