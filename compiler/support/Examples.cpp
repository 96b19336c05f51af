// A wrong and a right line for the kinds of messages.
#include "compiler/support/Examples.h"
#include "compiler/support/Diagnostics.h"
#include <algorithm>
#include <sstream>

namespace tl {
namespace {

struct Example {
  Diag kind;
  std::string wrong, right;
};

const std::vector<Example> &examples() {
  static const std::vector<Example> all = {
#define EXAMPLE(id, place, wrong, right) {Diag::id, wrong, right},
#include "compiler/support/Examples.def"
#include "compiler/support/StageExamples.def"
#undef EXAMPLE
  };
  return all;
}

using Lines = std::vector<std::string>;

Lines linesOf(const std::string &text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

/// What both sides begin and end with says nothing about the mistake.
void keepDiffering(Lines &a, Lines &b) {
  auto same = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  a.erase(a.begin(), same.first);
  b.erase(b.begin(), same.second);
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a.pop_back();
    b.pop_back();
  }
}

std::string block(const std::string &title, const Lines &lines) {
  std::string text = lines.empty() ? "" : "\n" + title + "\n";
  for (const std::string &line : lines)
    text += "    " + line.substr(std::min(line.find_first_not_of(' '), line.size())) + "\n";
  return text;
}

} // namespace

std::string exampleOf(const std::string &codeOrName) {
  for (const Example &each : examples())
    if (codeOrName == codeOf(each.kind) || codeOrName == nameOf(each.kind)) {
      Lines wrong = linesOf(each.wrong), right = linesOf(each.right);
      keepDiffering(wrong, right);
      return block("wrong:", wrong) + block("right:", right);
    }
  return "";
}

} // namespace tl
