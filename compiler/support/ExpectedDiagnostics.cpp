// Tests of messages: the messages that a script's own comments announce, against those reported.
#include "compiler/support/ExpectedDiagnostics.h"
#include <algorithm>
#include <sstream>

namespace tl {
namespace {

struct Expectation {
  std::string kind, text; // kind: error warning note help mark
  int line = 0, writtenAt = 0;
  bool isMet = false;
};

/// The announcements of one line of the script.
void readExpectations(const std::string &line, int number, std::vector<Expectation> &into) {
  const std::string mark = "expected-";
  size_t comment = line.find('#');
  for (size_t at = line.find(mark, comment); comment != std::string::npos && at != std::string::npos;
       at = line.find(mark, at)) {
    at += mark.size();
    Expectation made;
    made.writtenAt = number;
    while (at < line.size() && std::isalpha(static_cast<unsigned char>(line[at])))
      made.kind += line[at++];
    int offset = 0;
    if (at < line.size() && line[at] == '@') {
      offset = int(std::strtol(line.c_str() + at + 1, nullptr, 10));
      at = std::min(line.find(' ', at), line.size());
    }
    made.line = number + offset;
    size_t open = line.find("{{", at), close = line.find("}}", at);
    if (open == std::string::npos || close == std::string::npos || close < open)
      continue;
    while (close + 2 < line.size() && line[close + 2] == '}')
      ++close; // a text that itself ends in `}`
    made.text = line.substr(open + 2, close - open - 2);
    at = close;
    into.push_back(std::move(made));
  }
}

bool meet(std::vector<Expectation> &all, const std::string &kind, const ast::Span &span, int file,
          const std::string &message) {
  for (Expectation &each : all)
    if (!each.isMet && each.kind == kind && span.file == file && each.line == span.line &&
        (kind == "mark" ? message == each.text : message.find(each.text) != std::string::npos))
      return each.isMet = true;
  return false;
}

} // namespace

bool verifyExpected(const Diagnostics &diagnostics, int file, std::string &report) {
  const SourceFiles &sources = diagnostics.sources();
  std::vector<Expectation> expectations;
  std::istringstream lines(sources.text(file));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number)
    readExpectations(line, number, expectations);

  bool isAsExpected = true;
  auto differ = [&](const ast::Span &span, const std::string &what) {
    report += sources.place(span) + ": " + what + "\n";
    isAsExpected = false;
  };
  for (const auto &each : diagnostics.all()) {
    if (!meet(expectations, severityOf(each->kind), each->span, file, each->message))
      differ(each->span, std::string("unexpected ") + severityOf(each->kind) + ": " + each->message);
    const ast::Span &span = each->span;
    std::string marked = span.line ? sources.line(span.file, span.line) : "";
    if (span.column >= 1 && size_t(span.column) <= marked.size())
      meet(expectations, "mark", span, file, marked.substr(size_t(span.column) - 1, size_t(span.length)));
    for (const auto &note : each->notes)
      meet(expectations, "note", note.span, file, note.message);
    if (!each->help.empty())
      meet(expectations, "help", each->span, file, each->help);
  }
  for (const Expectation &each : expectations)
    if (!each.isMet)
      differ({file, each.writtenAt, 1, 1},
             "expected " + each.kind + " on line " + std::to_string(each.line) + ", not reported: " + each.text);
  return isAsExpected;
}

} // namespace tl
