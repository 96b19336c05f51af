// A wrong and a right line for the kinds of messages.
#include "compiler/support/Examples.h"
#include "compiler/support/Diagnostics.h"

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
#undef EXAMPLE
  };
  return all;
}

std::string block(const std::string &title, const std::string &lines) {
  std::string text = lines.empty() ? "" : "\n" + title + "\n    ";
  for (char c : lines)
    text += c == '\n' ? "\n    " : std::string(1, c);
  return text + (lines.empty() ? "" : "\n");
}

} // namespace

std::string exampleOf(const std::string &codeOrName) {
  for (const Example &each : examples())
    if (codeOrName == codeOf(each.kind) || codeOrName == nameOf(each.kind))
      return block("wrong:", each.wrong) + block("right:", each.right);
  return "";
}

} // namespace tl
