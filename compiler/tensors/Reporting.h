// Who is running, called from where: what goes wrong is told where the script can change it, and hostile scripts end.
#pragma once
#include "compiler/calculus/Graph.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/values/Library.h"

namespace tl {

/// Thrown after an error was reported; caught at the statement, whose names become Poison.
struct Poisoned {};

class Reporting {
public:
  Reporting(const Library &library, Diagnostics &diagnostics, Function &into)
      : library(library), diagnostics(diagnostics), into(into) {}
  Reporting(const Reporting &) = delete;

  using Notes = std::vector<Diagnostic::Note>;
  void complain(Diag kind, ast::Span span, std::string message, std::string help = "", Notes notes = {});
  [[noreturn]] void fail(Diag kind, ast::Span span, std::string message, std::string help = "", Notes notes = {});
  /// And looks at nothing more.
  [[noreturn]] void giveUp(Diag kind, ast::Span span, std::string message, std::string help);
  /// Counts a step of the work.
  void spend(ast::Span span);
  /// The innermost call that stands in no file of the standard library; null: there is none.
  const std::pair<std::string, ast::Span> *callOfScript() const;
  /// Who computes what stands at `span`, and where the script asks for it: an item of a list, a call, or the place itself.
  struct Origin {
    std::string name; // of what is called, "" where the script computes it itself
    ast::Span span;
  };
  Origin originOf(ast::Span span, const std::string &name) const;

  const Library &library;
  Diagnostics &diagnostics;
  Function &into;
  std::vector<std::pair<std::string, ast::Span>> frames; // who is running, called from where
  struct ListItem {
    size_t frame = 0; // that its call opens
    ast::Span span;   // in the script
  } item;             // of the list whose items are called

private:
  int64_t steps = 0;
};

/// A running body, for messages and against recursion.
class Frame {
public:
  Frame(std::vector<std::pair<std::string, ast::Span>> &frames, const std::string &name, ast::Span span)
      : frames(frames) {
    frames.emplace_back(name, span);
  }
  ~Frame() { frames.pop_back(); }
  Frame(const Frame &) = delete;

private:
  std::vector<std::pair<std::string, ast::Span>> &frames;
};

} // namespace tl
