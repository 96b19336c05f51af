// Which layers and leaves a selector means: paths with wildcards, roles, types, set algebra, data-flow order.
#include "compiler/weights/ParameterTree.h"
#include "runtime/io/Units.h"
#include <algorithm>
#include <set>

namespace tl {

namespace {

/// One step of a pattern, made from a selector's parts: a name, `*`, `**`, or a half-open range of indexes.
struct Step {
  enum class Kind { Name, One, Any, Index } kind = Kind::Name;
  std::string name;
  const ast::IndexItem *item = nullptr;
  std::optional<int64_t> start, stop;  // of an index; negative: from the end
};

class Matcher {
public:
  Matcher(const std::vector<Step> &steps, const std::map<std::string, int64_t> &listSizes)
      : steps(steps), listSizes(listSizes) {}

  /// True where the whole pattern matches a beginning of `parts`.
  bool matches(const std::vector<PathPart> &parts) {
    isHopeless.assign((parts.size() + 1) * (steps.size() + 1), false);
    return match(parts, 0, 0);
  }

  /// The longest list that an index reached past the end of: its path, its size.
  std::string outside;
  int64_t outsideSize = 0;

private:
  bool match(const std::vector<PathPart> &parts, size_t at, size_t step) {
    if (step == steps.size())
      return true;
    size_t state = at * steps.size() + step;
    if (isHopeless[state]) // many `**` meet the same rest of a path again and again
      return false;
    isHopeless[state] = true; // unless it matches, and then nobody asks again
    const Step &pattern = steps[step];
    if (pattern.kind == Step::Kind::Any) {
      for (size_t next = at; next <= parts.size(); ++next)
        if (match(parts, next, step + 1))
          return true;
      return false;
    }
    return at < parts.size() && matchesOne(parts, at, pattern) && match(parts, at + 1, step + 1);
  }

  bool matchesOne(const std::vector<PathPart> &parts, size_t at, const Step &pattern) {
    const PathPart &part = parts[at];
    if (pattern.kind == Step::Kind::One)
      return true;
    if (pattern.kind == Step::Kind::Name)
      return part.index < 0 && part.name == pattern.name;
    if (part.index < 0)
      return false;
    std::string list = joinPath({parts.begin(), parts.begin() + int64_t(at)});
    auto known = listSizes.find(list);
    int64_t size = known == listSizes.end() ? -1 : known->second;
    auto resolve = [&](int64_t index) { return index < 0 && size >= 0 ? index + size : index; };
    int64_t start = resolve(pattern.start.value_or(0));
    int64_t stop = size >= 0 ? size : INT64_MAX;
    if (pattern.item->kind == ast::IndexItem::Kind::At)
      stop = start + 1;
    else if (pattern.stop)
      stop = resolve(*pattern.stop);
    if (size >= 0 && (start < 0 || stop > size)) {
      outside = list;
      outsideSize = size;
    }
    return part.index >= start && part.index < stop;
  }

  const std::vector<Step> &steps;
  const std::map<std::string, int64_t> &listSizes;
  std::vector<bool> isHopeless; // by place in the path and step
};

}  // namespace

std::optional<Selection> SelectorResolver::select(const ast::Selector &selector) {
  using Kind = ast::Selector::Kind;
  if (selector.kind == Kind::Path)
    return selectPath(selector);
  if (selector.kind == Kind::Below || selector.kind == Kind::Above)
    return selectFlow(selector);
  std::optional<Selection> left = select(selector.operands[0]), right = select(selector.operands[1]);
  if (!left || !right)
    return std::nullopt;
  for (size_t i = 0; i < left->size(); ++i) {
    bool a = (*left)[i], b = (*right)[i];
    (*left)[i] = selector.kind == Kind::And  ? a && b
                 : selector.kind == Kind::Or ? a || b
                                             : a && !b;
  }
  if (std::find(left->begin(), left->end(), true) == left->end()) {
    diagnostics.report(Diag::SelectorEmpty, selector.span,
                       "selector `" + selector.text + "` matches nothing: each side matches, both together do not");
    return std::nullopt;
  }
  return left;
}

std::optional<Selection> SelectorResolver::selectPath(const ast::Selector &selector) {
  std::vector<Step> steps;
  char sigil = 0;
  std::string first;
  for (size_t i = 0; i < selector.parts.size(); ++i) {
    const ast::Selector::Part &part = selector.parts[i];
    if (i == 0 && !part.name.empty() && (part.name[0] == '@' || part.name[0] == ':')) {
      sigil = part.name[0];
      first = sigil == ':' ? part.name.substr(1) : part.name;
    } else {
      Step step;
      step.kind = part.name == "*"    ? Step::Kind::One
                  : part.name == "**" ? Step::Kind::Any
                                      : Step::Kind::Name;
      step.name = part.name;
      steps.push_back(step);
    }
    for (const ast::IndexItem &item : part.index) {
      Step step;
      step.kind = Step::Kind::Index;
      step.item = &item;
      step.start = item.start ? integer(*item.start) : std::nullopt;
      step.stop = item.stop ? integer(*item.stop) : std::nullopt;
      if ((item.start && !step.start) || (item.stop && !step.stop))
        return std::nullopt;
      steps.push_back(step);
    }
  }

  Matcher matcher(steps, tree.listSizes);
  Selection chosen(tree.entries.size(), false);
  bool any = false;
  for (size_t i = 0; i < tree.entries.size(); ++i) {
    const TreeEntry &entry = tree.entries[i];
    if (sigil == '@') {
      chosen[i] = std::find(entry.roles.begin(), entry.roles.end(), first) != entry.roles.end();
    } else if (sigil == ':') {
      // A layer of that type, or whatever lies in one.
      for (const TreeEntry &layer : tree.entries)
        if (!layer.isLeaf && layer.layer == first && layer.parts.size() <= entry.parts.size() &&
            std::equal(layer.parts.begin(), layer.parts.end(), entry.parts.begin()))
          chosen[i] = true;
    } else {
      chosen[i] = matcher.matches(entry.parts);
    }
    any = any || chosen[i];
  }
  if (!matcher.outside.empty()) {
    diagnostics.report(Diag::SelectorRange, selector.span,
                       "selector `" + selector.text + "` reaches outside `" + matcher.outside + "`, which has " +
                           counted(matcher.outsideSize, "item") + ": 0 to " + std::to_string(matcher.outsideSize - 1));
    return std::nullopt;
  }
  if (!any) {
    reportEmpty(selector);
    return std::nullopt;
  }
  return chosen;
}

void SelectorResolver::reportEmpty(const ast::Selector &selector) {
  std::string message = "selector `" + selector.text + "` matches nothing in " + treeName;
  if (const TreeEntry *weight = tree.find(selector.text.substr(0, selector.text.rfind('['))); weight && weight->isWeight && !selector.parts.back().index.empty()) {
    diagnostics.report(Diag::SelectorEmpty, selector.span, message + ": rows of a weight are for a `freeze` of their own, and the others train")
        .help = "freeze those that are not to train, `freeze " + weight->path + "[A..B]`, and what else is frozen by another rule";
    return;
  }
  std::set<std::string> roles, layers;
  for (const TreeEntry &entry : tree.entries) {
    roles.insert(entry.roles.begin(), entry.roles.end());
    if (!entry.isLeaf)
      layers.insert(":" + entry.layer);
  }
  char sigil = selector.text.empty() ? 0 : selector.text[0];
  std::vector<std::string> candidates = tree.nodePaths();
  if (sigil == '@')
    candidates.assign(roles.begin(), roles.end());
  else if (sigil == ':')
    candidates.assign(layers.begin(), layers.end());
  std::string near = nearest(selector.text, candidates);
  if (near.empty()) {
    // The right name at the wrong depth: `net` for `enc.net`.
    for (const std::string &path : candidates)
      if (near.empty() && path.size() > selector.text.size() && path.ends_with("." + selector.text))
        near = path;
  }
  bool isPath = sigil != '@' && sigil != ':';
  if (!near.empty())
    message += "; did you mean `" + near + "`" + (isPath ? " " + tree.sizeText(near) : "") + "?";
  std::string exists;
  std::set<std::string> listed;
  for (const std::string &candidate : candidates) {
    std::string top = isPath ? candidate.substr(0, candidate.find_first_of(".[")) : candidate;
    if (listed.insert(top).second && listed.size() <= 12)
      exists += (exists.empty() ? "`" : ", `") + top + "`" + (isPath ? " " + tree.sizeText(top) : "");
  }
  Diagnostic &diagnostic = diagnostics.report(Diag::SelectorEmpty, selector.span, message);
  diagnostic.help = exists.empty() ? "there is nothing of that kind here" : "there is " + exists;
}

std::optional<Selection> SelectorResolver::selectFlow(const ast::Selector &selector) {
  std::optional<Selection> point = select(selector.operands[0]);
  if (!point)
    return std::nullopt;
  int first = INT32_MAX, last = -1;
  for (size_t i = 0; i < point->size(); ++i)
    if ((*point)[i] && tree.entries[i].order >= 0) {
      first = std::min(first, tree.entries[i].order);
      last = std::max(last, tree.entries[i].order);
    }
  bool below = selector.kind == ast::Selector::Kind::Below, any = false;
  Selection chosen(tree.entries.size(), false);
  for (size_t i = 0; i < chosen.size(); ++i) {
    int order = tree.entries[i].order;
    chosen[i] = order >= 0 && last >= 0 && !(*point)[i] && (below ? order < first : order > last);
    any = any || chosen[i];
  }
  if (any)
    return chosen;
  diagnostics.report(Diag::SelectorEmpty, selector.span,
                     "selector `" + selector.text + "` matches nothing: " +
                         (last < 0 ? "`" + selector.operands[0].text + "` is not used in `forward`"
                                   : "no parameter is used " + std::string(below ? "before" : "after") + " `" +
                                         selector.operands[0].text + "`"));
  return std::nullopt;
}

}  // namespace tl
