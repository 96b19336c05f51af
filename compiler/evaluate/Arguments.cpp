// Arguments of a call: evaluated where they are written, matched to formals, and bound to their names.
#include "compiler/evaluate/Requirements.h"
#include "compiler/syntax/Habits.h"
#include <algorithm>

namespace tl {

/// A name that `callee` lacks, among those it has: misspelt, or what other libraries call it.
void BodyEvaluator::complainOfArgument(const std::string &name, const Arg &arg, const std::string &callee,
                                       const std::vector<std::string> &known) {
  auto isKnown = [&](const std::string &other) { return std::find(known.begin(), known.end(), other) != known.end(); };
  std::string instead = habit(Habit::Argument, name);
  if (std::string further = isKnown(instead) ? "" : habit(Habit::Argument, instead); !further.empty())
    instead = further; // What it is called here, this callee lacks too.
  bool isName = !instead.empty() && instead.find(' ') == std::string::npos;
  std::string near = isName && isKnown(instead)  ? instead
                     : isName || instead.empty() ? nearest(name, known)
                                                 : "";
  std::string taken;
  for (const std::string &each : known)
    taken += (taken.empty() ? "`" : ", `") + each + "`";
  complain(Diag::ArgumentUnknown, arg.marked(),
           "`" + callee + "` has no parameter `" + name + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"),
           !isName && !instead.empty()         ? instead
           : near.empty() && known.size() == 1 ? "leave it out: " + taken + " is all that `" + callee + "` takes"
           : near.empty() && !known.empty()    ? "it takes " + taken
                                               : "");
}

std::map<std::string, Arg> BodyEvaluator::match(const std::vector<ast::Formal> &formals, const Args &args,
                                                const std::string &callee, ast::Span span, bool allowMissing) {
  std::map<std::string, Arg> given;
  bool isWrong = false;
  if (args.positional.size() > formals.size()) {
    complain(Diag::ArgumentSurplus, args.positional[formals.size()].span,
             "`" + callee + "` takes " + std::to_string(formals.size()) +
                 (formals.size() == 1 ? " argument" : " arguments") + ", this is number " +
                 std::to_string(formals.size() + 1));
    isWrong = true;
  }
  for (size_t i = 0; i < formals.size() && i < args.positional.size(); ++i)
    given[formals[i].name] = args.positional[i];
  for (auto &[name, arg] : args.named) {
    std::vector<std::string> names;
    bool isKnown = false;
    for (const ast::Formal &formal : formals) {
      names.push_back(formal.name);
      isKnown |= formal.name == name;
    }
    if (!isKnown) {
      complainOfArgument(name, arg, callee, names);
      isWrong = true;
    } else if (!given.emplace(name, arg).second) {
      complain(Diag::ArgumentUnknown, arg.marked(), "`" + name + "` of `" + callee + "` is given twice");
      isWrong = true;
    }
  }
  if (!allowMissing)
    for (const ast::Formal &formal : formals)
      if (!formal.value && !given.count(formal.name) && !isWrong) {
        complain(Diag::ArgumentMissing, span, "`" + callee + "` needs `" + formal.name + "`", "",
                 {{formal.span, "declared here"}});
        isWrong = true;
      }
  if (isWrong)
    throw Poisoned{};
  return given;
}

/// Binds formals in `scope`. Numbers come first, as they may be sizes of tensors; defaults may use the formals before
/// them.
void BodyEvaluator::enter(const std::vector<ast::Formal> &formals, const std::map<std::string, Arg> &given,
                          const ScopePtr &scope, const std::string &callee, ast::Span span) {
  std::set<std::string> dims;
  for (const ast::Formal &formal : formals)
    if (formal.type)
      collectDims(*formal.type, dims);
  auto bindFormal = [&](const ast::Formal &formal, Value value, ast::Span place, bool isGiven, ast::Span written = {}) {
    auto *number = std::get_if<Number>(&value);
    if (number && dims.count(formal.name))
      number->dim = formal.name;
    if (number && isGiven && place.line && !library.standardFiles.count(place.file))
      number->given = place;
    else if (number && isGiven && !number->given.line)
      number->given = written;
    if (auto *tensor = std::get_if<TensorValue>(&value); tensor && !formal.type)
      for (const Axis &axis : tensor->axes)
        scope->outside.try_emplace(axis.name, axis.name);
    scope->names[formal.name] = Binding{std::move(value), place, {}, isGiven, written};
  };
  for (const ast::Formal &formal : formals)
    if (auto arg = given.find(formal.name); arg != given.end() && !formal.type)
      bindFormal(formal, arg->second.value, arg->second.span, true, arg->second.written);
  bool isPoisoned = false;
  for (const ast::Formal &formal : formals) {
    try {
      auto arg = given.find(formal.name);
      if (arg != given.end() && formal.type)
        bindFormal(formal, conform(formal, arg->second, scope, callee), arg->second.span, true, arg->second.written);
      else if (arg == given.end() && formal.value)
        bindFormal(formal, conform(formal, Arg{eval(*formal.value, scope), formal.value->span}, scope, callee),
                   formal.value->span, false);
      else if (arg == given.end())
        fail(Diag::ArgumentMissing, span, "`" + callee + "` needs `" + formal.name + "`", "",
             {{formal.span, "declared here"}});
    } catch (const Poisoned &) {
      scope->names[formal.name] = Binding{Poison{}, formal.span};
      isPoisoned = true;
    }
  }
  if (isPoisoned)
    throw Poisoned{};
}

/// The value of every formal; shapes are not checked, as the tensors may come later.
std::map<std::string, Value> BodyEvaluator::bindAll(const ast::Definition &definition,
                                                    const std::map<std::string, Arg> &given, ast::Span span) {
  ScopePtr scope = scopeOf(definition);
  std::map<std::string, Value> values;
  for (const ast::Formal &formal : definition.formals) {
    Arg arg;
    if (auto known = given.find(formal.name); known != given.end())
      arg = known->second;
    else if (formal.value)
      arg = {eval(*formal.value, scope), formal.value->span};
    else
      fail(Diag::ArgumentMissing, span, "`" + definition.name + "` needs `" + formal.name + "`", "",
           {{formal.span, "declared here"}});
    values[formal.name] = arg.value;
    scope->names[formal.name] = Binding{arg.value, arg.span, {}, given.count(formal.name) > 0, arg.written};
  }
  Frame frame(frames, definition.name, span);
  Requirements(*this).checkAll(definition, scope);
  return values;
}

Args BodyEvaluator::evalArguments(const std::vector<ast::Argument> &arguments, const ScopePtr &scope,
                                  const ast::Definition *maker, const std::string *place, const Arg *piped) {
  Args args;
  if (piped)
    args.positional.push_back(*piped);
  bool isPoisoned = false;
  for (const ast::Argument &argument : arguments) {
    std::string inner;
    bool isPlaced = maker && place && (!argument.name.empty() || args.positional.size() < maker->formals.size());
    if (isPlaced)
      inner = *place + (place->empty() ? "" : ".") +
              (argument.name.empty() ? maker->formals[args.positional.size()].name : argument.name);
    Arg arg{Poison{}, argument.value->span, argument.nameSpan};
    if (isOfScript(arg.span))
      arg.written = arg.span;
    else if (argument.value->kind == ast::Expr::Kind::Name)
      arg.written = writtenAt(argument.value->text, *scope);
    try {
      arg.value = eval(*argument.value, scope, isPlaced ? &inner : nullptr);
      if (auto *number = std::get_if<Number>(&arg.value); number && !arg.written.line)
        arg.written = number->given; // through what chose it: `along(size, 0)`
    } catch (const Poisoned &) {
      isPoisoned = true;
    }
    if (argument.name.empty()) {
      args.positional.push_back(arg);
    } else if (!args.named.emplace(argument.name, arg).second) {
      complain(Diag::ArgumentUnknown, argument.nameSpan, "`" + argument.name + "` is given twice");
      isPoisoned = true;
    }
  }
  if (isPoisoned)
    throw Poisoned{};
  return args;
}

} // namespace tl
