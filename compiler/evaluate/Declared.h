// What a script and the files it uses declare, as its keys ask for it. Every answer that is empty has been reported.
#pragma once
#include "compiler/evaluate/Elaborator.h"
#include "compiler/syntax/AstWords.h"

namespace tl {

/// `f(x)` or `f`: a name and perhaps arguments.
struct Callee {
  std::string name;
  ast::Span span;
  const std::vector<ast::Argument> *arguments = nullptr;  // never null after `calleeOf` succeeded
};

using Values = std::map<std::string, Value>;
class Declared {
public:
  Declared(const std::string &stdlibDirectory, const BuiltinTable &builtins, Diagnostics &diagnostics) : diagnostics(diagnostics) {
    library.stdlib = stdlibDirectory;
    library.builtins = &builtins;
  }

  /// False where the name is taken.
  bool declare(const std::string &name, const std::string &what, ast::Span span);

  std::optional<Callee> calleeOf(const ast::Expr &expr, const std::string &what) const;
  /// `isChoice`: which of the kind could stand there, for a help that says what each is; null: all, by their names.
  const ast::Definition *lookup(const std::string &name, ast::Definition::Kind kind, ast::Span span,
                                bool (*isChoice)(const ast::Definition &) = nullptr) const;
  std::optional<int64_t> integer(const ast::Expr &expr, const std::string &what, const Values &names = {}) const;
  std::optional<double> number(const ast::Expr &expr, const std::string &what, const Values &names = {}) const;

  /// As a program says it: files of the library without the folder of this machine, `std/nn/linear.tl:9:10`.
  std::string place(const ast::Span &span) const;
  Diagnostic &report(Diag kind, ast::Span span, std::string message) const {
    return diagnostics.report(kind, span, std::move(message));
  }
  size_t errorCount() const { return diagnostics.errorCount(); }

  Diagnostics &diagnostics;
  Library library;
  std::map<std::string, std::pair<std::string, ast::Span>> names;  // name -> (what it is, where)
};

/// "a layer", "an objective"
std::string withArticle(const std::string &noun);

}  // namespace tl
