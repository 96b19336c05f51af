// `require CONDITION else "…"`: what a declaration takes is told to who calls it, at the call and in its own words. What is
// known only when the program runs is asked of every end of a param's range here, and of its value by the program.
#include "compiler/evaluate/Requirements.h"
#include "compiler/syntax/AstWalk.h"
#include "runtime/abi/Requirement.h"

namespace tl {

namespace {

/// A value as a message shows it: as one would write it.
std::string written(const Value &value) {
  if (std::holds_alternative<Number>(value))
    return spell(value);
  if (auto *text = std::get_if<std::string>(&value))
    return "\"" + *text + "\"";
  if (auto *flag = std::get_if<bool>(&value))
    return *flag ? "true" : "false";
  if (auto *param = std::get_if<ParamName>(&value))
    return param->name;
  return std::holds_alternative<None>(value) ? "none" : describe(value);
}

std::string spelled(double value) { return spell(Value{Number{value, false}}); }

} // namespace

/// The text with the names in braces filled in.
std::string Requirements::messageOf(const ast::Statement &requirement, Scope &scope) {
  const std::string &text = requirement.message;
  std::string message;
  for (size_t at = 0; at < text.size();) {
    size_t end = text[at] == '{' ? text.find('}', at) : std::string::npos;
    if (end == std::string::npos) {
      message += text[at++];
      continue;
    }
    std::string name = text.substr(at + 1, end - at - 1);
    std::optional<Binding> binding = in.find(name, scope);
    if (!binding)
      in.fail(Diag::RequirementForm, requirement.messageSpan, "`{" + name + "}` names nothing that is known here",
              "between the braces stands a name; give a longer expression one of its own");
    if (std::holds_alternative<Poison>(binding->value))
      throw Poisoned{};
    message += written(binding->value);
    at = end + 1;
  }
  return message;
}

/// The last argument that the condition names, where the script gave it, also to what calls this; else the script's call.
ast::Span Requirements::placeOf(const ast::Statement &requirement, const Scope &scope) const {
  ast::Span place = requirement.span;
  if (const auto *call = in.callOfScript())
    place = call->second;
  else if (!in.frames.empty())
    place = in.frames.back().second;
  eachExpr(*requirement.value, [&](const ast::Expr &expr) {
    if (expr.kind == ast::Expr::Kind::Name)
      if (ast::Span written = in.writtenAt(expr.text, scope); written.line > 0)
        place = written;
  });
  return place;
}

void Requirements::refuse(Diag kind, const ast::Statement &requirement, ast::Span place, std::string message,
                          std::string help, Reporting::Notes notes) {
  if (!in.frames.empty())
    notes.push_back({requirement.span, "`" + in.frames.back().first + "` requires it here"});
  if (in.instance && in.isOfScript(in.instance->span) && in.instance->span.line != place.line)
    notes.push_back({in.instance->span, "`" + in.instance->layer + "` is made here"});
  if (const auto *call = in.instance ? in.callOfScript() : nullptr; call && call->second.line != place.line)
    notes.push_back({call->second, "called here"});
  in.fail(kind, place, std::move(message), std::move(help), std::move(notes));
}

/// The values of a run-time scalar that are tried: the ends of a param's range, else its default. None where all is open.
std::vector<double> Requirements::extremesOf(const std::string &scalar) {
  if (auto known = in.elaborator.knownScalars.find(scalar); known != in.elaborator.knownScalars.end())
    return {known->second};
  auto param = in.library.params.find(scalar);
  if (param == in.library.params.end())
    return {};
  const ast::Param &declared = *param->second;
  std::vector<double> values;
  for (const ast::Expr *expr : declared.low ? std::vector<const ast::Expr *>{declared.low.get(), declared.high.get()}
                                            : std::vector<const ast::Expr *>{declared.value.get()}) {
    Value value = in.eval(*expr, std::make_shared<Scope>());
    if (auto *number = std::get_if<Number>(&value))
      values.push_back(number->value);
    else if (std::holds_alternative<bool>(value))
      return {0, 1};
  }
  return values;
}

void Requirements::check(const ast::Statement &requirement, const ScopePtr &scope) {
  std::string message = messageOf(requirement, *scope);
  Value value = in.eval(*requirement.value, scope);
  ast::Span place = placeOf(requirement, *scope);
  if (auto *flag = std::get_if<bool>(&value)) {
    if (!*flag)
      refuse(Diag::RequirementUnmet, requirement, place, std::move(message), "", {});
    return;
  }
  auto *condition = std::get_if<TensorValue>(&value);
  if (!condition || condition->dtype != DType::I1 || !condition->axes.empty())
    in.fail(Diag::RequirementForm, requirement.value->span,
            "a requirement is `true` or `false`, this is " + describe(value));
  abi::Requirement open = atStart(*condition, message, requirement, place);

  std::map<std::string, std::vector<double>> extremes;
  size_t combinations = 1;
  for (const std::string &name : abi::scalarsOf(open))
    combinations *= (extremes[name] = extremesOf(name)).size();
  for (size_t way = 0; way < std::min<size_t>(combinations, 64); ++way) {
    std::map<std::string, double> point;
    size_t rest = way;
    for (const auto &[name, values] : extremes) {
      point[name] = values[rest % values.size()];
      rest /= values.size();
    }
    if (abi::holds(open, [&](const std::string &name) { return point.at(name); }))
      continue;
    std::string found, help;
    Reporting::Notes notes;
    for (const auto &[name, at] : point) {
      auto param = in.library.params.find(name);
      bool isParam = param != in.library.params.end(), hasRange = isParam && param->second->low;
      found += (found.empty() ? ": " : " and ") +
               (isParam ? "the param `" + name + "` " + (hasRange ? "may be " : "is ") + spelled(at)
                        : "there are " + spelled(at) + " steps");
      if (isParam)
        notes.push_back({param->second->span, "`" + name + "` is declared here"});
      if (hasRange)
        help = "narrow the range of `" + name + "`, so that `" + requirement.text + "` holds for all of it";
    }
    bool isRange = !help.empty();
    refuse(isRange ? Diag::RequirementRange : Diag::RequirementUnmet, requirement, place, message + found,
           std::move(help), std::move(notes));
  }
  if (in.library.onRequirement)
    in.library.onRequirement(open);
}

/// The condition in steps that a program can take; what it says of tensors or of a step is refused.
abi::Requirement Requirements::atStart(const TensorValue &condition, std::string message,
                                       const ast::Statement &requirement, ast::Span place) {
  abi::Requirement open{{}, std::move(message), in.diagnostics.sources().place(place)};
  auto visit = [&](auto &self, NodeId id) -> void {
    const Node &node = in.nodeOf(id);
    switch (node.op) {
    case Op::Constant:
      open.condition.push_back({"constant", "", node.attributes.value});
      return;
    case Op::Scalar:
      if (node.attributes.name.ends_with(".step"))
        break;
      open.condition.push_back({"scalar", node.attributes.name, 0});
      return;
    case Op::Cast:
      return self(self, node.operands[0]);
    case Op::Neg: case Op::Abs: case Op::Floor: case Op::Not: case Op::Add: case Op::Sub: case Op::Mul: case Op::Div:
    case Op::Min: case Op::Max: case Op::And: case Op::Or: case Op::Eq: case Op::Ne: case Op::Lt: case Op::Le:
    case Op::Gt: case Op::Ge: case Op::Select:
      for (NodeId operand : node.operands)
        self(self, operand);
      open.condition.push_back({nameOf(node.op), "", 0});
      return;
    default:
      break;
    }
    in.fail(Diag::RequirementForm, requirement.value->span,
            "this depends on what is known only while the program runs",
            "a requirement is about numbers known when the script is compiled, params and the number of steps; `+ - * /`, "
            "`min`, `max`, `abs`, `floor` and comparisons make one of them");
  };
  visit(visit, condition.node);
  return open;
}

void Requirements::checkAll(const ast::Definition &definition, const ScopePtr &scope) {
  bool isUnmet = false;
  for (const ast::Statement &requirement : definition.requirements) {
    try {
      check(requirement, scope);
    } catch (const Poisoned &) {
      isUnmet = true;
    }
  }
  if (isUnmet)
    throw Poisoned{};
}

} // namespace tl
