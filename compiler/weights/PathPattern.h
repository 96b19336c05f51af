// Patterns over the paths of tensors: `blocks[i].**.w` on one side of a remap, "h.{i}.{**}.weight" on the other.
#pragma once
#include "compiler/weights/ParameterTree.h"

namespace tl {

/// What the open places of a pattern stood for in one path.
struct Captures {
  std::map<std::string, int64_t> indexes;  // `[i]`
  std::vector<std::string> ones, manys;    // `*` and `**`, in order
};

/// Names, `[3]`, `[i]` (any index, called i), `*` (one step), `**` (any number of steps).
class PathPattern {
public:
  struct Step {
    enum class Kind { Name, Index, Variable, One, Any } kind = Kind::Name;
    std::string name;  // of a Name or Variable
    int64_t index = -1;
  };
  PathPattern() = default;
  explicit PathPattern(std::vector<Step> steps) : steps(std::move(steps)) {}
  /// Of a string: parts between dots, `*` and `**` among them.
  explicit PathPattern(const std::string &text);

  /// The whole path, no part of it left over.
  std::optional<Captures> match(const std::vector<PathPart> &path) const;

private:
  bool match(const std::vector<PathPart> &path, size_t at, size_t step, Captures &captures,
             std::vector<bool> &isHopeless) const;
  std::vector<Step> steps;
};

/// The arguments of a remap.
struct RemapArguments {
  std::map<std::string, int64_t> numbers;
  std::map<std::string, std::string> texts;
  std::map<std::string, std::string> published = {};  // the texts where a model is published again
};

/// A string with `{i}`, `{2*i + 1}`, `{prefix}`, `{*}` and `{**}` filled in. `problem` says what is wrong with it, "" if
/// nothing is.
struct Filled { std::string text, problem; };
Filled fillIn(const std::string &text, const Captures &captures, const RemapArguments &arguments);

}  // namespace tl
