// Pieces of a page. All that comes from a script, from data or from a file goes through `escaped`.
#include "runtime/report/Html.h"
#include "runtime/io/Units.h"
#include "runtime/io/Utf8.h"

#include <charconv>
#include <cmath>

namespace tl::report {

std::string escaped(std::string_view text) {
  constexpr char replacement[] = "\xef\xbf\xbd";
  std::string out;
  size_t bad = io::findBadUtf8(text);
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (i == bad) {
      out += replacement;
      size_t next = io::findBadUtf8(text.substr(i + 1));
      bad = next == std::string::npos ? next : i + 1 + next;
    } else if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
      out += replacement;
    else
      out += c;
  }
  return out;
}

std::string exact(double value) {
  char text[64];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

static std::string withValue(double value, const std::string &text) { return element("data", "value=\"" + exact(value) + "\"", text); }

std::string number(double value) { return withValue(value, std::isfinite(value) ? format("%.5g", value) : "not a number"); }

std::string count(double value) {
  bool isWhole = value == std::floor(value) && std::fabs(value) < 1e15;
  return isWhole ? withValue(value, withCommas(int64_t(value))) : number(value);
}

std::string seconds(double value) {
  if (value < 100)
    return withValue(value, format("%.3g s", value));
  auto whole = std::lround(value);
  return withValue(value, format("%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60));
}

std::string element(const char *name, const std::string &attributes, const std::string &content) {
  std::string out = std::string("<") + name;
  if (!attributes.empty())
    out += " " + attributes;
  return out + ">" + content + "</" + name + ">";
}

std::string folded(const std::string &title, const std::string &content) {
  return element("details", "", element("summary", "", escaped(title)) + content) + "\n";
}

std::string section(const std::string &title, const std::string &content) {
  return content.empty() ? "" : element("section", "", element("h2", "", escaped(title)) + "\n" + content) + "\n";
}

std::string table(const std::vector<std::vector<std::string>> &rows) {
  std::string out;
  for (size_t r = 0; r < rows.size(); ++r) {
    std::string cells;
    for (size_t c = 0; c < rows[r].size(); ++c)
      cells += element(r == 0 || c == 0 ? "th" : "td", "", rows[r][c]);
    out += element("tr", "", cells) + "\n";
  }
  // What is wider than the page is scrolled by itself.
  return element("div", "class=\"wide\"", element("table", "", out)) + "\n";
}

} // namespace tl::report
