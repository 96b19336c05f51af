// Every message a person gets about a script: collected, ordered by place, shown with the line and carets.
#pragma once
#include "compiler/syntax/Ast.h"
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tl {

/// The texts of the files of one compilation; Span::file indexes them.
class SourceFiles {
public:
  /// Takes a text under the name that messages show; returns its index.
  int add(std::string name, std::string text);
  const std::string &name(int file) const { return files[file].name; }
  const std::string &text(int file) const { return files[file].text; }
  std::string line(int file, int line) const;
  int size() const { return int(files.size()); }
  /// "digits.tl:8:17"
  std::string place(const ast::Span &span) const;

private:
  struct Entry { std::string name, text; };
  std::vector<Entry> files;
};

/// The kinds of messages, one line each in Diagnostics.def: DIAGNOSTIC(Code number, EnumName, "kebab-name", severity).
enum class Diag {
#define DIAGNOSTIC(code, id, name, severity, explanation) id = code,
#include "compiler/support/Diagnostics.def"
#undef DIAGNOSTIC
};

struct Diagnostic {
  Diag kind;
  ast::Span span;
  std::string message;
  struct Note { ast::Span span; std::string message; };
  std::vector<Note> notes;
  std::string help;
  std::vector<ast::Span> more; // where the same mistake stands again
};

/// Collects diagnostics; `error(...)` returns a builder-like reference that notes and help attach to.
class Diagnostics {
public:
  explicit Diagnostics(SourceFiles &files) : files(files) {}
  /// Reports once per (kind, span, message but for its numbers). The severity comes from Diagnostics.def.
  Diagnostic &report(Diag kind, ast::Span span, std::string message);
  /// The same, for a mistake that is told once however often a file makes it: of all that share `key` (else the message) the
  /// first in the file is kept, with the places of the others. Null where it was known.
  Diagnostic *reportFirst(Diag kind, ast::Span span, std::string message, const std::string &key = "");
  /// Takes back what was reported from number `from` on and only follows from something else.
  void takeBack(size_t from, const std::function<bool(const Diagnostic &)> &follows);
  bool hasErrors() const;
  /// Grows with every error, also where one was met before and is not shown again.
  size_t errorCount() const { return errors; }
  const std::vector<std::unique_ptr<Diagnostic>> &all() const { return diagnostics; }
  SourceFiles &sources() { return files; }
  const SourceFiles &sources() const { return files; }
  /// All messages in order of place, as the terminal shows them (`color`: ANSI).
  std::string render(bool color) const;
  std::string renderJson() const;

private:
  SourceFiles &files;
  std::vector<std::unique_ptr<Diagnostic>> diagnostics;
  size_t errors = 0;
  std::map<std::tuple<Diag, int, int, int, int, std::string>, Diagnostic *> reported;  // kind, place, message without numbers
  std::map<std::tuple<Diag, int, std::string>, Diagnostic *> firsts;                   // kind, file, key
};

/// "error" or "warning"; "TL0123"; the kebab name; the long text of `tlc explain TL0123`.
const char *severityOf(Diag kind);
std::string codeOf(Diag kind);
const char *nameOf(Diag kind);
/// The explanation for a code such as "TL0123" or a name such as "selector-empty"; empty where unknown.
std::string explanationOf(const std::string &codeOrName);
/// The candidate nearest to `name` by edit distance, "" where none is near.
std::string nearest(const std::string &name, const std::vector<std::string> &candidates);

}  // namespace tl
