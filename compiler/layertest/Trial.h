// A declaration tried: with arguments derived from its signature, as one function of the calculus.
#pragma once
#include "compiler/layertest/Field.h"
#include "compiler/sema/Declarations.h"
#include <set>

namespace tl::layertest {

/// What is not told by a signature and therefore tried in several ways.
struct Choice {
  bool isTraining = true;
  int axes = 1;               // what `..` stands for
  std::string toggled;        // a bool whose default is turned round; "": none
  bool isPositive = false;    // numbers between 0 and 1, for what has no value elsewhere
};

struct Trial {
  std::string label;          // "(in = 3, out = 5), training"
  Function function;
  std::vector<NodeId> results; // the real ones
  std::vector<Field> fields;   // everything that is read or taken as an input
  std::set<std::string> fixed; // fields without gradient: buffers
  std::map<std::string, double> scalars; // params: their defaults
  std::string problem;         // why it cannot be made; empty: it was
  std::string nothing;         // why there is nothing to differentiate; empty: there is
};

/// The bools with a default among the arguments.
std::vector<std::string> togglesOf(const ast::Definition &definition);

/// Whether the signature has a `..`.
bool hasEllipsis(const ast::Definition &definition);

Trial attempt(const Declarations &declarations, const ast::Definition &definition, const Choice &choice,
              SourceFiles &sources);

} // namespace tl::layertest
