// The parameter tree of a model or a file of weights as a flat list, and the selectors that pick from it.
#pragma once
#include "compiler/support/Diagnostics.h"
#include "compiler/values/Library.h"
#include <functional>

namespace tl {

/// One step of a path: `net`, or `[0]` (index >= 0). The numbers of "layer.0.weight" are indexes too.
struct PathPart {
  std::string name;
  int64_t index = -1;
  bool operator==(const PathPart &) const = default;
};
std::vector<PathPart> splitPath(const std::string &path);
std::string joinPath(const std::vector<PathPart> &parts);

/// A layer or a leaf of the tree.
struct TreeEntry {
  std::string path;
  std::vector<PathPart> parts;
  bool isLeaf = false, isWeight = false;
  std::string layer;               // of a layer: its definition's name
  std::vector<std::string> roles;  // of a leaf
  TensorType type;                 // of a leaf
  std::string adapts;              // of what an adapter has: the path of the weight or layer that it makes something of
  int order = -1;                  // place in data-flow order; -1: never used
  const Leaf *leaf = nullptr;
  bool isAdapted = false;          // as it is, while an adapter of it or of a layer that holds it trains
  const Instance *instance = nullptr;  // the layer itself, or a leaf's owner
};

/// Which entries of a tree are selected.
using Selection = std::vector<bool>;

class ParameterTree {
public:
  ParameterTree() = default;
  explicit ParameterTree(const Instance &root);
  void addLeaf(const std::string &path, const TensorType &type);  // of a file

  std::vector<TreeEntry> entries;  // a layer before what it holds; the root itself is not among them

  /// What lies below a place, with paths relative to it.
  ParameterTree under(const std::vector<PathPart> &prefix) const;
  const TreeEntry *find(const std::string &path) const;
  int64_t elementsUnder(const std::vector<PathPart> &prefix) const;
  /// "(2 layers, 234,752 parameters)"
  std::string sizeText(const std::string &path) const;
  /// Every path that a selector may name, lists included.
  std::vector<std::string> nodePaths() const;

private:
  friend class SelectorResolver;
  void add(const Instance &instance, const std::string &adapts = "", bool isAdapted = false);
  std::map<std::string, int64_t> listSizes;  // items of each list, functions included
};

/// Resolves selectors against a tree; errors are reported with what exists.
class SelectorResolver {
public:
  SelectorResolver(const ParameterTree &tree, Diagnostics &diagnostics,
                   std::function<std::optional<int64_t>(const ast::Expr &)> integer, std::string treeName)
      : tree(tree), diagnostics(diagnostics), integer(std::move(integer)), treeName(std::move(treeName)) {}

  std::optional<Selection> select(const ast::Selector &selector);

private:
  std::optional<Selection> selectPath(const ast::Selector &selector);
  std::optional<Selection> selectFlow(const ast::Selector &selector);
  void reportEmpty(const ast::Selector &selector);

  const ParameterTree &tree;
  Diagnostics &diagnostics;
  std::function<std::optional<int64_t>(const ast::Expr &)> integer;
  std::string treeName;  // "model `Classifier`"
};

}  // namespace tl
