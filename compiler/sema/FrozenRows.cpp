// Which rows a `freeze` rule names.
#include "compiler/sema/FrozenRows.h"
#include "runtime/io/Units.h"
#include <algorithm>

namespace tl {

namespace {

/// The selector without its last index, which is one of rows then.
ast::Selector withoutRows(const ast::Selector &selector) {
  ast::Selector whole;
  whole.kind = selector.kind;
  whole.span = selector.span;
  whole.text = selector.text.substr(0, selector.text.rfind('['));
  for (const ast::Selector::Part &part : selector.parts) {
    whole.parts.emplace_back();
    whole.parts.back().name = part.name;
  }
  return whole;
}

} // namespace

std::optional<std::map<size_t, FrozenRows>> rowsOf(const Declared &declared, const StagePlan &plan, const ast::Rule &rule) {
  std::map<size_t, FrozenRows> found;
  const ast::Selector &selector = *rule.selector;
  if (rule.kind != ast::Rule::Kind::Freeze || selector.kind != ast::Selector::Kind::Path || selector.parts.empty() || selector.parts.back().index.empty())
    return found;
  // Indexes of lists before it are left out of what is looked for: a path with them is compared as a whole.
  std::vector<PathPart> path = splitPath(withoutRows(selector).text);
  size_t at = 0;
  while (at < plan.tree.entries.size() && !(plan.tree.entries[at].isWeight && plan.tree.entries[at].parts == path))
    ++at;
  if (at == plan.tree.entries.size())
    return found;
  const TreeEntry &entry = plan.tree.entries[at];
  int64_t rows = entry.type.shape.empty() ? 0 : entry.type.shape[0];
  const ast::IndexItem &item = selector.parts.back().index[0];
  auto number = [&](const ast::ExprPtr &expr, int64_t otherwise) -> std::optional<int64_t> {
    std::optional<int64_t> value = expr ? declared.integer(*expr, "an index of a selector") : std::optional(otherwise);
    return value && *value < 0 ? *value + rows : value;
  };
  std::optional<int64_t> begin = number(item.start, 0);
  std::optional<int64_t> end = item.kind == ast::IndexItem::Kind::At && begin ? std::optional(*begin + 1) : number(item.stop, rows);
  if (!begin || !end)
    return std::nullopt;
  std::string problem = *begin < 0 || *end > rows     ? "reaches outside `" + entry.path + "`, which has " + counted(rows, "row") + ": 0 to " + std::to_string(rows - 1)
                        : *begin >= *end              ? "takes no rows of `" + entry.path + "`"
                        : *begin == 0 && *end == rows ? "takes all rows of `" + entry.path + "`: write `freeze " + entry.path + "`"
                                                      : "";
  if (!problem.empty()) {
    declared.report(Diag::SelectorRange, selector.span, "selector `" + selector.text + "` " + problem);
    return std::nullopt;
  }
  found[at] = {*begin, *end, &rule};
  return found;
}

bool reportOverlap(const Declared &declared, const TreeEntry &weight, const FrozenRows &rows, const FrozenRows &others) {
  int64_t begin = std::max(rows.begin, others.begin), end = std::min(rows.end, others.end);
  if (begin >= end)
    return false;
  declared.report(Diag::RuleWithoutEffect, rows.rule->span,
                  "`freeze " + rows.rule->selector->text + "` and `freeze " + others.rule->selector->text + "` freeze " +
                      (end - begin == 1 ? "row " + std::to_string(begin) : "rows " + std::to_string(begin) + " to " + std::to_string(end - 1)) + " of `" + weight.path + "` twice")
      .notes.push_back({others.rule->span, "`freeze " + others.rule->selector->text + "` stands here"});
  return true;
}

} // namespace tl
