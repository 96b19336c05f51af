// How a built-in takes its arguments: by position or name, each once, and axes by number or name.
#include "compiler/builtins/Taking.h"
#include <algorithm>

namespace tl {

std::vector<std::optional<Arg>> take(BodyEvaluator &in, const Args &args, const char *callee,
                                     std::initializer_list<const char *> names, ast::Span span) {
  std::vector<std::optional<Arg>> taken;
  std::vector<std::string> known;
  for (const char *entry : names) {
    std::string name = entry;
    bool isOptional = name.back() == '?';
    if (isOptional)
      name.pop_back();
    known.push_back(name);
    std::optional<Arg> arg;
    if (taken.size() < args.positional.size())
      arg = args.positional[taken.size()];
    if (auto named = args.named.find(name); named != args.named.end()) {
      if (arg)
        in.fail(Diag::ArgumentUnknown, named->second.marked(), "`" + name + "` of `" + callee + "` is given twice");
      arg = named->second;
    }
    if (!arg && !isOptional)
      in.fail(Diag::ArgumentMissing, span, std::string("`") + callee + "` needs `" + name + "`");
    taken.push_back(arg);
  }
  if (args.positional.size() > known.size())
    in.fail(Diag::ArgumentSurplus, args.positional[known.size()].span,
            std::string("`") + callee + "` takes " + std::to_string(known.size()) +
                (known.size() == 1 ? " argument" : " arguments") + ", the call gives " + std::to_string(args.positional.size()));
  for (auto &[name, arg] : args.named) {
    bool isKnown = false;
    for (const std::string &other : known)
      isKnown |= other == name;
    if (!isKnown) {
      in.complainOfArgument(name, arg, callee, known);
      throw Poisoned{};
    }
  }
  return taken;
}

bool flag(BodyEvaluator &in, const std::optional<Arg> &arg) {
  if (!arg)
    return false;
  if (auto *value = std::get_if<bool>(&arg->value))
    return *value;
  in.fail(Diag::ValueKind, arg->span, "`true` or `false` is needed here, this is " + describe(arg->value));
}

int64_t axisNumber(BodyEvaluator &in, const Value &value, const TensorValue &x, ast::Span span) {
  int64_t rank = int64_t(x.axes.size());
  int64_t at = in.integer(value, span, "an axis");
  const std::string &name = std::get<Number>(value).dim;
  if (name.empty()) {
    if (at < -rank || at >= rank)
      in.fail(Diag::AxisUnknown, span, describe(x) + " has no axis " + std::to_string(at),
              rank ? "its axes are 0 to " + std::to_string(rank - 1) + ", or -1 for the last" : "");
    return at < 0 ? at + rank : at;
  }
  // By name; where no axis has the name, the only nameless one of that size.
  for (bool byName : {true, false}) {
    int64_t found = -1, count = 0;
    for (int64_t i = 0; i < rank; ++i)
      if (byName ? x.axes[i].name == name : x.axes[i].name.empty() && x.axes[i].size == at)
        found = i, ++count;
    if (count == 1)
      return found;
    if (count > 1)
      in.fail(Diag::AxisUnknown, span,
              describe(x) + " has " + std::to_string(count) + " axes that `" + name + "` could mean",
              "name the axes with `x as […]`, or give the axis by number");
  }
  in.fail(Diag::AxisUnknown, span, describe(x) + " has no axis `" + name + "` (" + std::to_string(at) + ")",
          "name the axes with `x as […]`, or give the axis by number");
}

std::vector<int64_t> axesOf(BodyEvaluator &in, const std::optional<Arg> &axis, const TensorValue &x, ast::Span span,
                            const std::optional<Arg> &except) {
  std::vector<int64_t> axes;
  if (axis && except)
    in.fail(Diag::ArgumentUnknown, except->marked(), "`axis` says which axes, `except` which not: give one of them");
  if (except) {
    std::vector<int64_t> kept = axesOf(in, except, x, span);
    for (int64_t i = 0; i < int64_t(x.axes.size()); ++i)
      if (!std::binary_search(kept.begin(), kept.end(), i))
        axes.push_back(i);
  } else if (!axis) {
    for (size_t i = 0; i < x.axes.size(); ++i)
      axes.push_back(int64_t(i));
  } else if (auto *list = std::get_if<std::shared_ptr<List>>(&axis->value)) {
    for (const Value &item : (*list)->items)
      axes.push_back(axisNumber(in, item, x, axis->span));
    std::sort(axes.begin(), axes.end());
    if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
      in.fail(Diag::AxisUnknown, axis->span, "an axis is named twice");
  } else {
    axes.push_back(axisNumber(in, axis->value, x, axis->span));
  }
  return axes;
}

} // namespace tl
