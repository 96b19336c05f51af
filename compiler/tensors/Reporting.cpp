// How a mistake is told, and the bounds on work.
#include "compiler/tensors/Reporting.h"

namespace tl {

namespace {
constexpr int64_t mostSteps = 500'000;
constexpr int64_t mostNodes = 200'000;
} // namespace

const std::pair<std::string, ast::Span> *Reporting::callOfScript() const {
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame)
    if (frame->second.line > 0 && !library.standardFiles.count(frame->second.file))
      return &*frame;
  return nullptr;
}

Reporting::Origin Reporting::originOf(ast::Span span, const std::string &name) const {
  const auto *call = library.standardFiles.count(span.file) ? callOfScript() : nullptr;
  Origin origin = call ? Origin{call->first, call->second} : Origin{name, span};
  if (item.span.line && item.frame == (call ? size_t(call - frames.data()) : frames.size()))
    origin.span = item.span;
  return origin;
}

/// What goes wrong inside the standard library is a mistake of the script's line that called it.
void Reporting::complain(Diag kind, ast::Span span, std::string message, std::string help, Notes notes) {
  const auto *call = library.standardFiles.count(span.file) ? callOfScript() : nullptr;
  if (call) {
    notes.insert(notes.begin(), {span, "it comes to this here"});
    message = "in `" + call->first + "`: " + message;
    span = call->second;
  }
  Diagnostic &diagnostic = diagnostics.report(kind, span, std::move(message));
  if (!diagnostic.notes.empty() || !diagnostic.help.empty())
    return; // the same mistake, met again in another function
  diagnostic.help = std::move(help);
  diagnostic.notes = std::move(notes);
  if (call)
    return;
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame)
    if (frame->second.file != span.file && !library.standardFiles.count(frame->second.file)) {
      diagnostic.notes.push_back({frame->second, "in `" + frame->first + "`, called from here"});
      break;
    }
}

void Reporting::fail(Diag kind, ast::Span span, std::string message, std::string help, Notes notes) {
  complain(kind, span, std::move(message), std::move(help), std::move(notes));
  throw Poisoned{};
}

void Reporting::spend(ast::Span span) {
  if (steps > mostSteps)
    throw Poisoned{};
  if (++steps > mostSteps || into.nodes.size() > mostNodes)
    giveUp(Diag::TooMuchWork, span,
           into.nodes.size() > mostNodes
               ? "this makes more than " + std::to_string(mostNodes) + " operations in one function"
               : "elaborating this takes more than " + std::to_string(mostSteps) + " steps",
           "");
}

void Reporting::giveUp(Diag kind, ast::Span span, std::string message, std::string help) {
  steps = mostSteps + 1;
  fail(kind, span, std::move(message), std::move(help));
}

} // namespace tl
