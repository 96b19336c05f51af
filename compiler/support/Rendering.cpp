// How messages look: on a terminal with the line and carets, and as JSON for editors.
#include "compiler/support/Diagnostics.h"
#include "compiler/support/Utf8.h"
#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

namespace tl {
namespace {

/// Terminal attributes; empty strings without color.
struct Colors {
  const char *error = "", *warning = "", *note = "", *help = "", *strong = "", *plain = "";
};
constexpr Colors ansi = {"\033[1;31m", "\033[1;35m", "\033[1;36m", "\033[1;32m", "\033[1m", "\033[0m"};
constexpr size_t widestLine = 160;

constexpr size_t mostErrors = 20;

bool isContinuation(char c) { return (c & 0xC0) == 0x80; }

/// Sound UTF-8: what is no character becomes `?`.
std::string sound(const std::string &text) {
  std::string shown;
  for (size_t at = 0; at < text.size(); ++at) {
    size_t start = at;
    for (size_t length; at < text.size() && (length = characterAt(text, at)) != 0;)
      at += length;
    shown.append(text, start, at - start);
    if (at < text.size())
      shown += '?';
  }
  return shown;
}

/// Text that a terminal shows as one column per character: tabs become spaces, control bytes a dot.
std::string printable(const std::string &text) {
  std::string shown = sound(text);
  for (char &c : shown)
    if (static_cast<unsigned char>(c) < 32 || c == 127)
      c = c == '\t' ? ' ' : '.';
  return shown;
}

size_t widthOf(const std::string &text) {
  std::string shown = sound(text);
  return size_t(std::count_if(shown.begin(), shown.end(), [](char c) { return !isContinuation(c); }));
}

/// The line of a span and carets below what it marks; a part of the line where it is very long.
std::string quote(const SourceFiles &files, const ast::Span &span, const char *color, const Colors &colors) {
  if (span.file < 0 || span.file >= files.size() || span.line < 1)
    return "";
  std::string line = files.line(span.file, span.line);
  size_t begin = std::min(size_t(std::max(1, span.column)) - 1, line.size());
  size_t end = std::min(begin + size_t(std::max(1, span.length)), line.size());
  if (line.size() > widestLine) {
    size_t from = begin > widestLine / 2 ? begin - widestLine / 2 : 0;
    while (from > 0 && isContinuation(line[from]))
      --from;
    line = line.substr(from, widestLine);
    begin -= from;
    end = std::min(end - from, line.size());
  }
  std::string number = std::to_string(span.line);
  number.insert(0, number.size() < 5 ? 5 - number.size() : 0, ' ');
  std::string margin(number.size(), ' ');
  size_t carets = std::max<size_t>(1, widthOf(line.substr(begin, end - begin)));
  return number + " | " + printable(line) + "\n" + margin + " | " + std::string(widthOf(line.substr(0, begin)), ' ') +
         color + "^" + std::string(carets - 1, '~') + colors.plain + "\n";
}

/// The messages in order of place; those of one place in order of report.
std::vector<const Diagnostic *> inOrder(const std::vector<std::unique_ptr<Diagnostic>> &all) {
  std::vector<size_t> order(all.size());
  std::iota(order.begin(), order.end(), 0);
  auto key = [&](size_t i) { return std::tuple(all[i]->span.file, all[i]->span.line, all[i]->span.column, i); };
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return key(a) < key(b); });
  std::vector<const Diagnostic *> sorted;
  for (size_t i : order)
    sorted.push_back(all[i].get());
  return sorted;
}

/// "the same 3 times more, in lines 8, 9 and 12"
std::string again(const std::vector<ast::Span> &places) {
  constexpr size_t mostLines = 8;
  std::set<int> lines;
  for (const ast::Span &place : places)
    lines.insert(place.line);
  std::string text = "the same " + std::to_string(places.size()) + (places.size() == 1 ? " time" : " times") + " more, in line" +
                     (lines.size() == 1 ? "" : "s");
  size_t told = 0;
  for (int line : lines) {
    if (told == mostLines)
      return text + ", …";
    text += (told == 0                  ? " "
             : told + 1 == lines.size() ? " and "
                                        : ", ") +
            std::to_string(line);
    ++told;
  }
  return text;
}

std::string jsonText(const std::string &text) {
  std::string quoted = "\"";
  for (char c : sound(text)) {
    char code[8];
    if (c == '"' || c == '\\')
      quoted += {'\\', c};
    else if (c == '\n')
      quoted += "\\n";
    else if (static_cast<unsigned char>(c) < 32 || c == 127) {
      snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned char>(c));
      quoted += code;
    } else
      quoted += c;
  }
  return quoted + "\"";
}

std::string jsonPlace(const SourceFiles &files, const ast::Span &span) {
  bool isKnown = span.file >= 0 && span.file < files.size();
  return "\"file\": " + jsonText(isKnown ? files.name(span.file) : "") + ", \"line\": " + std::to_string(span.line) +
         ", \"column\": " + std::to_string(span.column) + ", \"length\": " + std::to_string(span.length);
}

} // namespace

std::string Diagnostics::render(bool color) const {
  const Colors colors = color ? ansi : Colors();
  std::string text;
  size_t errors = 0;
  for (const Diagnostic *each : inOrder(diagnostics)) {
    std::string severity = severityOf(each->kind);
    if (severity == "error" && ++errors > mostErrors)
      continue;
    const char *tone = severity == "error" ? colors.error : colors.warning;
    text += colors.strong + files.place(each->span) + ": " + tone + severity + ": " + colors.plain + colors.strong +
            printable(each->message) + colors.plain + " [" + nameOf(each->kind) + " " + codeOf(each->kind) + "]\n" +
            quote(files, each->span, tone, colors);
    for (const Diagnostic::Note &note : each->notes)
      text += colors.strong + files.place(note.span) + ": " + colors.note + "note: " + colors.plain +
              printable(note.message) + "\n" + quote(files, note.span, colors.note, colors);
    if (!each->more.empty())
      text += std::string(colors.note) + "note: " + colors.plain + again(each->more) + "\n";
    if (!each->help.empty())
      text += std::string(colors.help) + "help: " + colors.plain + sound(each->help) + "\n";
  }
  if (errors > mostErrors)
    text += "tlc: " + std::to_string(errors - mostErrors) + " more " + (errors == mostErrors + 1 ? "error" : "errors") +
            " after these " + std::to_string(mostErrors) + "; `tlc check --json` shows all\n";
  return text;
}

std::string Diagnostics::renderJson() const {
  std::string text = "[";
  for (const Diagnostic *each : inOrder(diagnostics)) {
    text += (text.size() > 1 ? ",\n " : "\n ") + ("{" + jsonPlace(files, each->span)) + ", \"severity\": \"" +
            severityOf(each->kind) + "\", \"code\": \"" + codeOf(each->kind) + "\", \"name\": \"" + nameOf(each->kind) +
            "\", \"message\": " + jsonText(each->message) + ", \"notes\": [";
    for (size_t i = 0; i < each->notes.size(); ++i)
      text += (i ? ", {" : "{") + jsonPlace(files, each->notes[i].span) +
              ", \"message\": " + jsonText(each->notes[i].message) + "}";
    text += "], \"more\": [";
    for (size_t i = 0; i < each->more.size(); ++i)
      text += (i ? ", {" : "{") + jsonPlace(files, each->more[i]) + "}";
    text += "], \"help\": " + jsonText(each->help) + "}";
  }
  return text + (text.size() > 1 ? "\n]\n" : "]\n");
}

} // namespace tl
