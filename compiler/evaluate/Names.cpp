// What a name means at a place, and what may be bound there.
#include "compiler/evaluate/BodyEvaluator.h"
#include "compiler/syntax/LibraryIndex.h"
#include <algorithm>

namespace tl {

/// What the scopes and the library bind the name to; nothing is reported. With `dimensionsOnly`, as a formal's type
/// sees it: a dim that another file declares is not meant.
std::optional<Binding> BodyEvaluator::find(const std::string &name, Scope &from, bool dimensionsOnly) {
  for (Scope *scope = &from; scope; scope = scope->parent.get()) {
    if (auto known = scope->names.find(name); known != scope->names.end())
      return known->second;
    if (!scope->instance)
      continue;
    Instance &layer = *scope->instance;
    if (auto known = layer.arguments.find(name); known != layer.arguments.end()) {
      auto given = layer.argumentSpans.find(name);
      return Binding{known->second, given == layer.argumentSpans.end() ? layer.span : given->second};
    }
    if (dimensionsOnly)
      continue;
    if (auto known = layer.members.find(name); known != layer.members.end())
      return Binding{known->second, layer.span};
    for (const Leaf &leaf : layer.leaves)
      if (leaf.slot->name == name)
        return Binding{readLeaf(leaf, leaf.span), leaf.span};
    for (const ast::Function &function : layer.definition->functions)
      if (function.name == name) {
        auto closure = std::make_shared<Closure>();
        closure->function = &function;
        closure->self = &layer;
        return Binding{closure, function.span};
      }
  }
  bool isStandard = library.isStandard(from.file); // and sees nothing of what the script declares
  if (auto known = library.constants.find(name); known != library.constants.end() && !isStandard) {
    auto place = library.places.find(name);
    ast::Span span = place == library.places.end() ? ast::Span{} : place->second;
    if (!dimensionsOnly || from.file < 0 || span.file < 0 || span.file == from.file) {
      Binding binding{known->second, span};
      if (auto *number = std::get_if<Number>(&binding.value))
        number->dim = name;
      return binding;
    }
  }
  if (dimensionsOnly)
    return std::nullopt;
  if (auto known = library.params.find(name); known != library.params.end() && !isStandard)
    return Binding{ParamName{name}, known->second->span};
  if (const ast::Definition *known = library.definition(name, from.file)) {
    auto closure = std::make_shared<Closure>();
    closure->definition = known;
    return Binding{closure, known->span};
  }
  if (auto known = library.data.find(name); known != library.data.end() && !isStandard)
    return Binding{DataName{known->second, nullptr}, {}};
  if (name == "training")
    return Binding{isTraining(), {}};
  if (name == "decoding")
    return Binding{elaborator.decoding.has_value(), {}};
  if (name == "lookahead")
    return Binding{lookahead, {}};
  if (name == "position")
    return Binding{elaborator.decoding ? Value{elaborator.decoding->position} : Value{Number{0, true}}, {}};
  if (name == "pi")
    return Binding{Number{3.14159265358979323846, false}, {}};
  if (library.builtins->count(name)) {
    auto closure = std::make_shared<Closure>();
    closure->builtin = name;
    return Binding{closure, {}};
  }
  return std::nullopt;
}

/// Where the script gave the argument that this name means, whatever handed it on; nowhere, of others.
ast::Span BodyEvaluator::writtenAt(const std::string &name, const Scope &from) const {
  for (const Scope *scope = &from; scope; scope = scope->parent.get()) {
    if (auto known = scope->names.find(name); known != scope->names.end())
      return !known->second.isGiven ? ast::Span{} : isOfScript(known->second.span) ? known->second.span
                                                                                   : known->second.written;
    if (scope->instance && scope->instance->arguments.count(name)) {
      auto written = scope->instance->argumentsWritten.find(name);
      return written == scope->instance->argumentsWritten.end() ? ast::Span{} : written->second;
    }
  }
  return {};
}

/// A name that is bound, but further on.
void BodyEvaluator::refuseTooEarly(const std::string &name, const Scope &from, ast::Span span) {
  for (const ast::Block *block : running)
    for (const ast::Statement &statement : block->statements)
      for (const std::string &bound : statement.names)
        if (bound == name && statement.span.file == span.file && statement.span.line > span.line)
          fail(Diag::NameUnknown, span, "`" + name + "` has no value yet: it is bound below, in line " + std::to_string(statement.span.line),
               "move that line above this one", {{statement.span, "`" + name + "` is bound here"}});
  for (const Scope *scope = &from; scope; scope = scope->parent.get()) {
    const ast::Definition *layer = scope->instance ? scope->instance->definition : nullptr;
    if (!layer)
      continue;
    for (const ast::SubLayer &part : layer->subLayers)
      if (part.name == name) {
        bool isSize = std::any_of(layer->slots.begin(), layer->slots.end(),
                                  [&](const ast::Slot &slot) { return slot.span.line == span.line; });
        fail(Diag::NameUnknown, span,
             isSize ? "`" + name + "` has no value yet: weights are made before the parts of a layer"
                    : "`" + name + "` has no value yet: it is a part that stands below, in line " +
                          std::to_string(part.span.line),
             isSize ? "make it an argument, `" + layer->name + "(" + name + " = …)`, or a dim of the script"
                    : "move that line above this one",
             {{part.span, "`" + name + "` is declared here"}});
      }
  }
}

Value BodyEvaluator::lookup(const std::string &name, Scope &from, ast::Span span) {
  if (auto binding = find(name, from)) {
    if (std::holds_alternative<Poison>(binding->value))
      throw Poisoned{};
    return binding->value;
  }
  refuseTooEarly(name, from, span);
  for (auto &[data, facts] : library.data)
    for (const abi::Split &split : facts->splits)
      if (split.name == name)
        fail(Diag::FitPlace, span,
             "`" + name + "` is a split of `" + data + "`; what is fitted on it belongs to the `data` declaration",
             "compute a field there: x = normalize(x, fit = " + name + ")");
  std::vector<std::string> candidates;
  for (Scope *scope = &from; scope; scope = scope->parent.get()) {
    for (auto &[known, binding] : scope->names)
      candidates.push_back(known);
    if (!scope->instance)
      continue;
    for (const ast::Slot &slot : scope->instance->definition->slots) {
      if (slot.name == name)
        fail(Diag::WeightAbsent, span, "`" + name + "` does not exist here: its `when` condition is false",
             "read it under the same condition", {{slot.span, "`" + name + "` is declared here"}});
      candidates.push_back(slot.name);
    }
    for (auto &[known, value] : scope->instance->arguments)
      candidates.push_back(known);
    for (auto &[known, value] : scope->instance->members)
      candidates.push_back(known);
  }
  for (auto &[known, value] : library.constants)
    candidates.push_back(known);
  for (auto &[known, value] : library.params)
    candidates.push_back(known);
  for (auto &[known, value] : library.allDefinitions())
    candidates.push_back(known);
  for (auto &[known, value] : library.data)
    candidates.push_back(known);
  for (auto &[known, value] : *library.builtins)
    candidates.push_back(known);
  Missing what = missing(name, nearest(name, candidates), library.stdlib);
  if (what.help.empty())
    fail(Diag::NameUnknown, span, "`" + name + "` is not declared" + what.suggestion);
  // A module that is not used, or a word of another language, is one mistake, however often it shows.
  if (Diagnostic *first = diagnostics.reportFirst(Diag::NameUnknown, span, "`" + name + "` is not declared" + what.suggestion,
                                                  what.module.empty() ? name : "use " + what.module))
    first->help = what.help;
  throw Poisoned{};
}

/// What a name means in the layer whose function runs, where `=` would hide it.
void BodyEvaluator::refuseToHide(const Scope &from, const std::string &name, ast::Span span) {
  for (const Scope *scope = &from; scope; scope = scope->parent.get()) {
    if (!scope->instance)
      continue;
    const Instance &layer = *scope->instance;
    auto refuse = [&](const std::string &what, ast::Span declared, const std::string &help) {
      fail(Diag::MemberHidden, span, "`" + name + "` is " + what + " of `" + layer.layer + "`, and `=` would hide it", help,
           {{declared, "`" + name + "` is declared here"}});
    };
    const std::string another = "give the value a name of its own";
    for (const Leaf &leaf : layer.leaves)
      if (leaf.slot->name == name && leaf.kind == Leaf::Kind::Buffer)
        refuse("a buffer", leaf.span, "`" + name + " <- …` changes the buffer; for another value, " + another);
      else if (leaf.slot->name == name)
        refuse("a weight", leaf.span, another);
    for (const ast::SubLayer &part : layer.definition->subLayers)
      if (part.name == name)
        refuse("a part", part.span, another);
    for (const ast::Formal &formal : layer.definition->formals)
      if (formal.name == name)
        refuse("an argument", formal.span, another);
  }
}

void BodyEvaluator::bind(Scope &scope, const std::string &name, const Value &value, ast::Span span) {
  if (name == "_")
    return;
  if (!scope.names.count(name))
    refuseToHide(scope, name, span);
  for (const Scope *place = &scope; place; place = place->parent.get())
    if (place->states && place->states->count(name))
      fail(Diag::NameTaken, span, "`" + name + "` is " + (name == place->parameter ? "the parameter" : "a state") + ", and `=` would hide it",
           "`" + name + " <- …` changes it; give another value a name of its own",
           {{place->names.at(name).span, "`" + name + "` is declared here"}});
  auto [place, isNew] = scope.names.try_emplace(name, Binding{value, span});
  if (isNew)
    return;
  bool isQuiet = std::holds_alternative<Poison>(place->second.value) && std::holds_alternative<Poison>(value);
  if (!isQuiet)
    complain(Diag::NameTaken, span, "`" + name + "` is already bound",
             "bind a new name; a value that depends on a condition is `" + name + "2 = if c { … } else { " + name +
                 " }`",
             {{place->second.span, "`" + name + "` is bound here"}});
}

} // namespace tl
