// What nothing uses: dims, params, data, and definitions, whose bodies no stage runs.
#include "compiler/sema/Checker.h"
#include "compiler/sema/UnboundNames.h"
#include "compiler/syntax/AstWalk.h"
#include "compiler/syntax/LibraryIndex.h"
#include <algorithm>

namespace tl {

void Checker::warnOfUnused() {
  std::set<std::string> scalars = stages.usedParams, written;
  for (const Function &function : draft.functions)
    for (const Node &node : function.nodes)
      if (node.op == Op::Scalar)
        scalars.insert(node.attributes.name);
  for (const ast::Param &param : files.script().params)
    if (!scalars.count(param.name))
      report(Diag::ParamUnused, param.span, "param `" + param.name + "` has no effect: nothing depends on it")
          .help = "use it, or remove it";
  eachExpr(files.script(), [&](const ast::Expr &expr) {
    if (expr.kind == ast::Expr::Kind::Name)
      written.insert(expr.text);
  });
  for (const ast::Dim &dim : files.script().dims)
    if (!written.count(dim.name))
      report(Diag::DimUnused, dim.span, "dim `" + dim.name + "` is used nowhere").help = "use it, or remove it";
  for (const DataPlan &plan : data.plans)
    if (!plan.isUsed)
      report(Diag::DataUnused, plan.ast->span, "data `" + plan.ast->name + "` is read by no stage");
  data.warnOfUnreadTests();
  warnOfUnusedDefinitions();
}

/// Names in definitions that no stage ran, or not to the end: of a mistake in another line they would stay unseen.
void Checker::checkNames() {
  std::set<std::pair<int, int>> told;
  int script = files.script().file;
  for (const auto &diagnostic : diagnostics.all())
    if (diagnostic->span.file == script) {
      told.emplace(diagnostic->span.line, diagnostic->span.column);
      for (const ast::Span &other : diagnostic->more)
        told.emplace(other.line, other.column);
    }
  for (const ast::Definition &definition : files.script().definitions)
    for (const UnboundName &unbound : unboundNames(definition, library)) {
      if (!told.emplace(unbound.span.line, unbound.span.column).second)
        continue;
      std::vector<std::string> candidates = unbound.candidates;
      for (const auto &[name, what] : names)
        candidates.push_back(name);
      Missing what = missing(unbound.name, nearest(unbound.name, candidates), library.stdlib);
      if (Diagnostic *first = diagnostics.reportFirst(
              Diag::NameUnknown, unbound.span, "`" + unbound.name + "` is not declared" + what.suggestion,
              what.module.empty() ? unbound.name : "use " + what.module))
        first->help = what.help;
    }
}

/// What no stage uses is never elaborated, so its other mistakes would stay unseen.
void Checker::warnOfUnusedDefinitions() {
  const ast::File &script = files.script();
  std::vector<std::pair<std::string, int>> open; // a name and the file that says it
  std::set<const ast::Definition *> used;
  for (const ast::File &file : files.all)
    for (const std::string &name : namesOutsideDefinitions(file))
      open.emplace_back(name, file.file);
  while (!open.empty()) {
    auto [name, file] = open.back();
    open.pop_back();
    const ast::Definition *definition = library.definition(name, file);
    if (definition && used.insert(definition).second)
      for (const std::string &inner : namesIn(*definition))
        open.emplace_back(inner, definition->span.file);
  }
  if (script.stages.empty()) {
    if (!script.definitions.empty())
      report(Diag::DefinitionUnused, script.definitions.front().span,
             "no stage trains anything here, so only the names in the bodies of definitions are checked")
          .help = "check a script that uses this file";
    return;
  }
  for (const ast::Definition &definition : script.definitions)
    if (!used.count(&definition))
      report(Diag::DefinitionUnused, definition.span,
             std::string(nameOf(definition.kind)) + " `" + definition.name + "` is used by no stage, so only the names in its body are checked")
          .help = "use it, or remove it";
}

}  // namespace tl
