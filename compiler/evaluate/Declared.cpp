// What the keys of a script name: definitions of a kind, numbers known when it is compiled, places as programs say them.
#include "compiler/evaluate/Declared.h"
#include "compiler/syntax/Habits.h"
#include "compiler/syntax/LibraryIndex.h"
#include <cmath>

namespace tl {

bool Declared::declare(const std::string &name, const std::string &what, ast::Span span) {
  auto [at, isNew] = names.try_emplace(name, what, span);
  if (isNew)
    return true;
  const auto &[other, where] = at->second;
  Diagnostic &diagnostic =
      report(Diag::DeclaredTwice, span, "`" + name + "` is declared twice: as " + other + " and as " + what);
  diagnostic.notes.push_back({where, "`" + name + "` is " + other + " here"});
  diagnostic.help = "give one of them another name";
  return false;
}

std::string withArticle(const std::string &noun) {
  return (std::string("aeiou").find(noun[0]) == std::string::npos ? "a " : "an ") + noun;
}

std::string Declared::place(const ast::Span &span) const {
  std::string text = diagnostics.sources().place(span);
  // Two machines that keep the library in different folders make the same program.
  if (std::string standard = library.stdlib + "/"; text.starts_with(standard))
    return "std/" + text.substr(standard.size());
  return text;
}

std::optional<Callee> Declared::calleeOf(const ast::Expr &expr, const std::string &what) const {
  static const std::vector<ast::Argument> none;
  if (expr.kind == ast::Expr::Kind::Name)
    return Callee{expr.text, expr.span, &none};
  if (expr.kind == ast::Expr::Kind::Call && expr.operands[0]->kind == ast::Expr::Kind::Name)
    return Callee{expr.operands[0]->text, expr.operands[0]->span, &expr.arguments};
  const ast::Expr *root = &expr;
  while (!root->operands.empty() && (root->kind == ast::Expr::Kind::Call || root->kind == ast::Expr::Kind::Member))
    root = root->operands[0].get();
  std::string instead = root->kind == ast::Expr::Kind::Name ? habitOfName(root->text) : "";
  report(Diag::NameExpected, instead.empty() ? expr.span : root->span,
         "expected the name of " + withArticle(what) + " here, with its arguments")
      .help = instead;
  return std::nullopt;
}

/// What its documentation says first: "the most likely class".
static std::string summaryOf(const ast::Definition &definition) {
  std::string text = definition.doc.substr(0, std::min({definition.doc.find(';'), definition.doc.find("  "), definition.doc.find('\n')}));
  if (text.size() > 1 && !std::isupper(static_cast<unsigned char>(text[1])))
    text[0] = char(std::tolower(static_cast<unsigned char>(text[0])));
  return text.empty() ? "" : ": " + text;
}

const ast::Definition *Declared::lookup(const std::string &name, ast::Definition::Kind kind, ast::Span span,
                                        bool (*isChoice)(const ast::Definition &)) const {
  if (const ast::Definition *found = library.definition(name, span.file); found && found->kind == kind)
    return found;
  std::vector<std::string> candidates;
  for (const auto &[other, definition] : library.allDefinitions())
    if (definition->kind == kind && (!isChoice || isChoice(*definition)))
      candidates.push_back(other);
  std::string wanted = nameOf(kind), near = nearest(name, candidates);
  auto declared = names.find(name);
  std::string suggestion = near.empty() ? "" : "; did you mean `" + near + "`?";
  if (declared != names.end()) {
    report(Diag::WrongKind, span,
           "`" + name + "` is " + declared->second.first + ", not " + withArticle(wanted) + suggestion)
        .notes.push_back({declared->second.second, "`" + name + "` is declared here"});
    return nullptr;
  }
  Missing what = missing(name, near, library.stdlib);
  std::string message = "there is no " + wanted + " `" + name + "`" + what.suggestion;
  if (!what.module.empty()) {
    // As of any other name of that module: to use it is one remedy.
    if (Diagnostic *first = diagnostics.reportFirst(Diag::NameUnknown, span, "`" + name + "` is not declared", "use " + what.module))
      first->help = what.help;
    return nullptr;
  }
  Diagnostic &diagnostic = report(Diag::DefinitionMissing, span, message);
  diagnostic.help = what.help;
  if (!near.empty() || !what.help.empty())
    return nullptr;
  std::string known;
  for (size_t i = 0; i < candidates.size() && i < 12; ++i)
    known += (i == 0 ? "`" : isChoice ? "; `"
                                      : ", `") +
             candidates[i] + "`" + (isChoice ? summaryOf(*library.definitions.at(candidates[i])) : "");
  diagnostic.help = known.empty() ? "no " + wanted + " is declared; is a `use` missing?" : "there is " + known;
  return nullptr;
}

std::optional<double> Declared::number(const ast::Expr &expr, const std::string &what, const Values &names) const {
  Function scratch;
  std::optional<Value> value = Elaborator(library, diagnostics, scratch).evaluate(expr, names);
  if (!value || std::holds_alternative<Poison>(*value))
    return std::nullopt;
  if (const auto *found = std::get_if<Number>(&*value))
    return found->value;
  report(Diag::NotANumber, expr.span,
         what + " must be a number known when the script is compiled; this is " + describe(*value));
  return std::nullopt;
}

std::optional<int64_t> Declared::integer(const ast::Expr &expr, const std::string &what, const Values &names) const {
  std::optional<double> value = number(expr, what, names);
  if (!value)
    return std::nullopt;
  if (*value == std::floor(*value) && std::abs(*value) < 9e15)
    return int64_t(*value);
  char shown[32];
  snprintf(shown, sizeof shown, "%g", *value);
  report(Diag::NotANumber, expr.span, what + " must be a whole number; this is " + shown);
  return std::nullopt;
}

}  // namespace tl
