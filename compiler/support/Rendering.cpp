// How messages look: on a terminal with the line and carets, and as JSON for editors.
#include "compiler/support/Diagnostics.h"
#include <algorithm>
#include <numeric>
#include <tuple>

namespace tl {
namespace {

/// Terminal attributes; empty strings without color.
struct Colors {
  const char *error = "", *warning = "", *note = "", *help = "", *strong = "", *plain = "";
};
constexpr Colors ansi = {"\033[1;31m", "\033[1;35m", "\033[1;36m", "\033[1;32m", "\033[1m", "\033[0m"};
constexpr size_t widestLine = 160;

bool isContinuation(char c) { return (c & 0xC0) == 0x80; }

/// The length of the character in UTF-8 that starts at `at`; 0 where none does, as in a file of another encoding.
size_t characterAt(const std::string &text, size_t at) {
  if (uint8_t(text[at]) < 0x80)
    return 1;
  auto byte = [&](size_t i) { return at + i < text.size() ? uint8_t(text[at + i]) : 0; };
  uint8_t first = byte(0), second = byte(1);
  size_t length = first < 0xC2 || first > 0xF4 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  for (size_t i = 1; i < length; ++i)
    if (!isContinuation(char(byte(i))))
      return 0;
  bool isTooLong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  bool isNone = (first == 0xED && second >= 0xA0) || (first == 0xF4 && second >= 0x90); // surrogates; past the last one
  return isTooLong || isNone ? 0 : length;
}

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
  for (const Diagnostic *each : inOrder(diagnostics)) {
    std::string severity = severityOf(each->kind);
    const char *tone = severity == "error" ? colors.error : colors.warning;
    text += colors.strong + files.place(each->span) + ": " + tone + severity + ": " + colors.plain + colors.strong +
            printable(each->message) + colors.plain + " [" + nameOf(each->kind) + " " + codeOf(each->kind) + "]\n" +
            quote(files, each->span, tone, colors);
    for (const Diagnostic::Note &note : each->notes)
      text += colors.strong + files.place(note.span) + ": " + colors.note + "note: " + colors.plain +
              printable(note.message) + "\n" + quote(files, note.span, colors.note, colors);
    if (!each->help.empty())
      text += std::string(colors.help) + "help: " + colors.plain + sound(each->help) + "\n";
  }
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
    text += "], \"help\": " + jsonText(each->help) + "}";
  }
  return text + (text.size() > 1 ? "\n]\n" : "]\n");
}

} // namespace tl
