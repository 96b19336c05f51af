// The parameter tree as a flat list: how it is made, counted and named.
#include "compiler/weights/ParameterTree.h"
#include "runtime/io/Units.h"
#include <algorithm>
#include <set>

namespace tl {

std::vector<PathPart> splitPath(const std::string &path) {
  std::vector<PathPart> parts;
  size_t at = 0;
  while (at < path.size()) {
    size_t end = path.find_first_of(".[]", at);
    if (end == std::string::npos)
      end = path.size();
    std::string word = path.substr(at, end - at);
    bool isNumber = !word.empty() && word.size() < 10 && std::all_of(word.begin(), word.end(), ::isdigit);
    if (isNumber)
      parts.push_back({"", std::stoll(word)});
    else if (!word.empty())
      parts.push_back({word, -1});
    at = end + 1;
  }
  return parts;
}

std::string joinPath(const std::vector<PathPart> &parts) {
  std::string path;
  for (const PathPart &part : parts) {
    if (part.index >= 0)
      path += "[" + std::to_string(part.index) + "]";
    else
      path += (path.empty() ? "" : ".") + part.name;
  }
  return path;
}

/// Records the length of every list among a layer's members, nested ones too.
static void recordLists(const Value &value, const std::string &path, std::map<std::string, int64_t> &sizes) {
  const auto *list = std::get_if<std::shared_ptr<List>>(&value);
  if (!list || !*list)
    return;
  sizes[path] = int64_t((*list)->items.size());
  for (size_t i = 0; i < (*list)->items.size(); ++i)
    recordLists((*list)->items[i], path + "[" + std::to_string(i) + "]", sizes);
}

ParameterTree::ParameterTree(const Instance &root) { add(root); }

void ParameterTree::add(const Instance &instance, const std::string &adapts, bool isAdapted) {
  auto isKnown = [&](const TreeEntry &entry) { return !entry.isLeaf && entry.instance == &instance; };
  if (std::any_of(entries.begin(), entries.end(), isKnown))
    return;  // Reached twice, it is one layer.
  isAdapted = isAdapted || instance.adapter;
  if (!instance.path.empty()) {
    TreeEntry entry;
    entry.path = instance.path;
    entry.parts = splitPath(instance.path);
    entry.layer = instance.layer;
    entry.adapts = adapts;
    entry.isAdapted = isAdapted;
    entry.instance = &instance;
    entries.push_back(std::move(entry));
  }
  for (const auto &[name, member] : instance.members)
    recordLists(member, instance.path.empty() ? name : instance.path + "." + name, listSizes);
  for (const Leaf &leaf : instance.leaves) {
    TreeEntry entry;
    entry.path = leaf.path;
    entry.parts = splitPath(leaf.path);
    entry.isLeaf = true;
    entry.isWeight = leaf.kind == Leaf::Kind::Weight;
    entry.roles = leaf.roles;
    if (!adapts.empty() && entry.isWeight && std::find(leaf.roles.begin(), leaf.roles.end(), "@adapter") == leaf.roles.end())
      entry.roles.push_back("@adapter"); // also of layers that the adapter has for parts
    entry.type = leaf.type;
    entry.adapts = adapts;
    entry.isAdapted = isAdapted || leaf.adapter;
    entry.leaf = &leaf;
    entry.instance = &instance;
    entries.push_back(std::move(entry));
    if (leaf.adapter)
      add(*leaf.adapter, leaf.path);
  }
  for (const auto &child : instance.children)
    add(*child, adapts, isAdapted);
  if (instance.adapter)
    add(*instance.adapter, instance.path);
}

void ParameterTree::addLeaf(const std::string &path, const TensorType &type) {
  TreeEntry entry;
  entry.path = path;
  entry.parts = splitPath(path);
  entry.isLeaf = entry.isWeight = true;
  entry.type = type;
  entries.push_back(std::move(entry));
}

const TreeEntry *ParameterTree::find(const std::string &path) const {
  for (const TreeEntry &entry : entries)
    if (entry.path == path)
      return &entry;
  return nullptr;
}

static bool isUnder(const TreeEntry &entry, const std::vector<PathPart> &prefix) {
  return entry.parts.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), entry.parts.begin());
}

int64_t ParameterTree::elementsUnder(const std::vector<PathPart> &prefix) const {
  int64_t elements = 0;
  for (const TreeEntry &entry : entries)
    if (entry.isWeight && isUnder(entry, prefix))
      elements += entry.type.elements();
  return elements;
}

std::string ParameterTree::sizeText(const std::string &path) const {
  std::vector<PathPart> prefix = splitPath(path);
  int64_t layers = 0;
  for (const TreeEntry &entry : entries)
    if (!entry.isLeaf && isUnder(entry, prefix) && entry.parts.size() == prefix.size() + 1)
      ++layers;
  std::string text = layers ? counted(layers, "layer") + ", " : "";
  return "(" + text + counted(elementsUnder(prefix), "parameter") + ")";
}

ParameterTree ParameterTree::under(const std::vector<PathPart> &prefix) const {
  ParameterTree part;
  auto isBelow = [&](const std::vector<PathPart> &parts) {
    return parts.size() > prefix.size() && std::equal(prefix.begin(), prefix.end(), parts.begin());
  };
  auto relative = [&](const std::vector<PathPart> &parts) {
    return std::vector<PathPart>(parts.begin() + int64_t(prefix.size()), parts.end());
  };
  for (const TreeEntry &entry : entries)
    if (isBelow(entry.parts)) {
      TreeEntry moved = entry;
      moved.parts = relative(entry.parts);
      moved.path = joinPath(moved.parts);
      part.entries.push_back(std::move(moved));
    }
  for (const auto &[list, size] : listSizes)
    if (std::vector<PathPart> parts = splitPath(list); isBelow(parts))
      part.listSizes[joinPath(relative(parts))] = size;
  return part;
}

std::vector<std::string> ParameterTree::nodePaths() const {
  std::vector<std::string> paths;
  std::set<std::string> seen;
  for (const TreeEntry &entry : entries)
    for (size_t length = 1; length <= entry.parts.size(); ++length) {
      std::string path = joinPath({entry.parts.begin(), entry.parts.begin() + int64_t(length)});
      if (seen.insert(path).second)
        paths.push_back(path);
    }
  return paths;
}

}  // namespace tl
