// Names and statements: what a name means at a place, what a block does, and the bounds on work.
#include "compiler/sema/Interpreter.h"
#include "compiler/sema/LibraryIndex.h"
#include <algorithm>
#include <cmath>

namespace tl {

namespace {
constexpr int64_t mostSteps = 500'000;
constexpr int64_t mostNodes = 200'000;

std::string format(double value) {
  if (value == std::floor(value) && std::fabs(value) < 1e15)
    return std::to_string(int64_t(value));
  char text[32];
  snprintf(text, sizeof text, "%g", value);
  return text;
}

std::string describeTensor(const TensorValue &tensor) {
  std::string text = nameOf(tensor.dtype);
  text += '[';
  for (size_t i = 0; i < tensor.axes.size(); ++i) {
    const Axis &axis = tensor.axes[i];
    text += (i ? ", " : "") + (axis.name.empty() ? "" : axis.name + " = ") + std::to_string(axis.size);
  }
  return text + "]";
}
} // namespace

std::string spell(const Value &number) { return format(std::get<Number>(number).value); }

TensorType TensorValue::type() const {
  TensorType type{dtype, {}};
  for (const Axis &axis : axes)
    type.shape.push_back(axis.size);
  return type;
}

std::string describe(const Value &value) {
  if (std::holds_alternative<Number>(value))
    return "the number " + spell(value);
  if (auto *flag = std::get_if<bool>(&value))
    return *flag ? "`true`" : "`false`";
  if (auto *text = std::get_if<std::string>(&value))
    return "the string \"" + *text + "\"";
  if (auto *tensor = std::get_if<TensorValue>(&value))
    return tensor->isScalar()                                   ? "a run-time scalar"
           : tensor->dtype == DType::I1 && tensor->axes.empty() ? "a run-time truth value"
                                                                : describeTensor(*tensor);
  if (auto *layer = std::get_if<std::shared_ptr<Instance>>(&value))
    return "a layer `" + (*layer)->layer + "`";
  if (auto *closure = std::get_if<std::shared_ptr<Closure>>(&value)) {
    const ast::Definition *definition = (*closure)->definition;
    if (!definition)
      return (*closure)->builtin.empty() ? "a function" : "the function `" + (*closure)->builtin + "`";
    bool isLayer = definition->kind == ast::Definition::Kind::Layer || definition->kind == ast::Definition::Kind::Model;
    return (isLayer ? "the layer `" : "the function `") + definition->name + "`";
  }
  if (auto *list = std::get_if<std::shared_ptr<List>>(&value))
    return "a list of " + std::to_string((*list)->items.size());
  if (auto *split = std::get_if<SplitName>(&value))
    return "the split `" + split->split + "`";
  if (auto *param = std::get_if<ParamName>(&value))
    return "the `param` `" + param->name + "`";
  if (auto *data = std::get_if<DataName>(&value))
    return data->field ? "the raw field `" + data->field->name + "`" : "the data `" + data->data->name + "`";
  if (std::holds_alternative<Ratio>(value))
    return "a quotient `… over …`";
  return "`none`";
}

const std::pair<std::string, ast::Span> *Interpreter::callOfScript() const {
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame)
    if (frame->second.line > 0 && !library.standardFiles.count(frame->second.file))
      return &*frame;
  return nullptr;
}

/// What goes wrong inside the standard library is a mistake of the script's line that called it.
void Interpreter::complain(Diag kind, ast::Span span, std::string message, std::string help, Notes notes) {
  const auto *call = library.standardFiles.count(span.file) ? callOfScript() : nullptr;
  if (call) {
    notes.insert(notes.begin(), {span, "it comes to this here"});
    message = "in `" + call->first + "`: " + message;
    span = call->second;
  }
  Diagnostic &diagnostic = diagnostics.report(kind, span, std::move(message));
  if (!diagnostic.notes.empty() || !diagnostic.help.empty())
    return; // the same mistake, met again in another function
  diagnostic.help = std::move(help);
  diagnostic.notes = std::move(notes);
  if (call)
    return;
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame)
    if (frame->second.file != span.file) {
      diagnostic.notes.push_back({frame->second, "in `" + frame->first + "`, called from here"});
      break;
    }
}

void Interpreter::fail(Diag kind, ast::Span span, std::string message, std::string help, Notes notes) {
  complain(kind, span, std::move(message), std::move(help), std::move(notes));
  throw Poisoned{};
}

void Interpreter::spend(ast::Span span) {
  if (steps > mostSteps)
    throw Poisoned{};
  if (++steps > mostSteps || into.nodes.size() > mostNodes)
    giveUp(Diag::TooMuchWork, span,
           into.nodes.size() > mostNodes
               ? "this makes more than " + std::to_string(mostNodes) + " operations in one function"
               : "elaborating this takes more than " + std::to_string(mostSteps) + " steps",
           "");
}

void Interpreter::giveUp(Diag kind, ast::Span span, std::string message, std::string help) {
  steps = mostSteps + 1;
  fail(kind, span, std::move(message), std::move(help));
}

bool Interpreter::isTraining() const { return elaborator.modeOf && elaborator.modeOf(instance).training; }

Value Interpreter::readLeaf(const Leaf &leaf, ast::Span span) {
  if (auto known = assigned.find(leaf.path); known != assigned.end())
    return known->second.first;
  bool isNew = !reads.count(leaf.path);
  TensorValue value = elaborator.read(leaf.path, leaf.type, span);
  for (size_t i = 0; i < value.axes.size(); ++i)
    value.axes[i].name = leaf.axisNames[i];
  if (isNew && elaborator.onRead)
    elaborator.onRead(leaf, value.node);
  return value;
}

/// What the scopes and the library bind the name to; nothing is reported. With `dimensionsOnly`, as a formal's type
/// sees it: a dim that another file declares is not meant.
std::optional<Binding> Interpreter::find(const std::string &name, Scope &from, bool dimensionsOnly) {
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
  if (auto known = library.constants.find(name); known != library.constants.end()) {
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
  if (auto known = library.params.find(name); known != library.params.end())
    return Binding{ParamName{name}, known->second->span};
  if (auto known = library.definitions.find(name); known != library.definitions.end()) {
    auto closure = std::make_shared<Closure>();
    closure->definition = known->second;
    return Binding{closure, known->second->span};
  }
  if (auto known = library.data.find(name); known != library.data.end())
    return Binding{DataName{known->second, nullptr}, {}};
  if (name == "training")
    return Binding{isTraining(), {}};
  if (name == "decoding")
    return Binding{elaborator.decoding.has_value(), {}};
  if (name == "position")
    return Binding{elaborator.decoding ? Value{elaborator.decoding->position} : Value{Number{0, true}}, {}};
  if (name == "pi")
    return Binding{Number{3.14159265358979323846, false}, {}};
  if (builtins().count(name)) {
    auto closure = std::make_shared<Closure>();
    closure->builtin = name;
    return Binding{closure, {}};
  }
  return std::nullopt;
}

/// A name that is bound, but further on.
void Interpreter::refuseTooEarly(const std::string &name, const Scope &from, ast::Span span) {
  for (const ast::Block *block : running)
    for (const ast::Statement &statement : block->statements)
      for (const std::string &bound : statement.names)
        if (bound == name && statement.span.file == span.file && statement.span.line > span.line)
          fail(Diag::NameUnknown, span, "`" + name + "` has no value yet: it is bound below, in line " +
                                            std::to_string(statement.span.line),
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

Value Interpreter::lookup(const std::string &name, Scope &from, ast::Span span) {
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
  for (auto &[known, value] : library.definitions)
    candidates.push_back(known);
  for (auto &[known, value] : library.data)
    candidates.push_back(known);
  for (auto &[known, value] : builtins())
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
void Interpreter::refuseToHide(const Scope &from, const std::string &name, ast::Span span) {
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

void Interpreter::bind(Scope &scope, const std::string &name, Value value, ast::Span span) {
  if (name == "_")
    return;
  if (!scope.names.count(name))
    refuseToHide(scope, name, span);
  for (const Scope *place = &scope; place; place = place->parent.get())
    if (place->states && place->states->count(name))
      fail(Diag::NameTaken, span, "`" + name + "` is a state or the parameter, and `=` would hide it",
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

void Interpreter::assign(const ast::Statement &statement, const ScopePtr &scope) {
  refuseInBody(statement.span, "an assignment by `<-`");
  const std::string &name = statement.names[0];
  Value value = eval(*statement.value, scope);
  for (Scope *place = scope.get(); place; place = place->parent.get()) {
    if (place->states && place->states->count(name)) {
      auto &old = place->names.at(name).value;
      auto *shape = std::get_if<TensorValue>(&place->states->at(name));
      if (shape) {
        TensorValue tensor = toTensor(value, statement.value->span, shape->dtype);
        if (tensor.dtype != shape->dtype)
          tensor = cast(tensor, shape->dtype, statement.span);
        if (tensor.axes.empty() && !shape->axes.empty())
          tensor = broadcast(tensor, shape->axes, statement.span);
        if (tensor.type() != shape->type())
          fail(Diag::UpdateShape, statement.span,
               "`" + name + "` is " + toString(shape->type()) + ", the value assigned is " + toString(tensor.type()));
        value = tensor;
      }
      old = value;
      place->states->at(name) = value;
      return;
    }
    if (place->names.count(name))
      break;
    if (!place->instance)
      continue;
    for (const Leaf &leaf : place->instance->leaves) {
      if (leaf.slot->name != name)
        continue;
      if (leaf.kind != Leaf::Kind::Buffer)
        fail(Diag::AssignTarget, statement.span,
             "`" + name + "` is a weight: the optimizer changes it, `forward` cannot",
             "declare it as `buffer` if `forward` computes it", {{leaf.span, "`" + name + "` is declared here"}});
      TensorValue tensor = toTensor(value, statement.value->span, leaf.type.dtype);
      if (tensor.isScalar())
        tensor = cast(tensor, leaf.type.dtype, statement.span);
      if (tensor.axes.empty() && !leaf.type.shape.empty())
        tensor = broadcast(tensor, std::get<TensorValue>(readLeaf(leaf, leaf.span)).axes, statement.span);
      if (tensor.type() != leaf.type)
        fail(Diag::ShapeMismatch, statement.span,
             "`" + name + "` is " + toString(leaf.type) + ", the value assigned is " + describe(tensor), "",
             {{leaf.span, "`" + name + "` is declared here"}});
      if (elaborator.modeOf && elaborator.modeOf(place->instance).updateBuffers) {
        for (size_t i = 0; i < tensor.axes.size(); ++i)
          tensor.axes[i].name = leaf.axisNames[i];
        if (tensor.dtype == DType::F32)
          tensor = node(Op::StopGradient, {tensor}, {}, tensor.dtype, tensor.axes, statement.span);
        assigned[leaf.path] = {tensor, statement.span};
      }
      return;
    }
  }
  fail(Diag::AssignTarget, statement.span, "`" + name + "` is no buffer or state, so `<-` cannot assign it",
       find(name, *scope) ? "" : "`" + name + " = …` binds a new name");
}

/// Runs every statement, so that all independent mistakes are found, then gives the value of the last one.
Value Interpreter::run(const ast::Block &block, const ScopePtr &scope, const std::string *place) {
  std::optional<Value> result;
  bool isPoisoned = false;
  running.push_back(&block);
  struct Leave {
    std::vector<const ast::Block *> &running;
    ~Leave() { running.pop_back(); }
  } leave{running};
  for (size_t i = 0; i < block.statements.size(); ++i) {
    const ast::Statement &statement = block.statements[i];
    bool isLast = i + 1 == block.statements.size();
    try {
      if (statement.kind == ast::Statement::Kind::Require) {
        require(statement, scope);
      } else if (statement.kind == ast::Statement::Kind::Value) {
        bool isBranch = statement.value->kind == ast::Expr::Kind::If && !isLast;
        if (isBranch)
          evalIf(*statement.value, scope, nullptr, /*ownScope=*/false); // its names stay visible
        else if (Value value = eval(*statement.value, scope, isLast ? place : nullptr); isLast)
          result = value;
        else if (!std::holds_alternative<None>(value))
          complain(Diag::NoValue, statement.value->span, "this value is not used",
                   "bind it to a name, or remove the line");
      } else if (statement.kind == ast::Statement::Kind::Assign) {
        assign(statement, scope);
      } else {
        std::string inner = place ? *place + (place->empty() ? "" : ".") + statement.names[0] : "";
        Value value = eval(*statement.value, scope, place ? &inner : nullptr);
        if (auto *closure = std::get_if<std::shared_ptr<Closure>>(&value); closure && (*closure)->scope && !place)
          selfReferring.push_back((*closure)->scope);
        if (statement.names.size() == 1) {
          bind(*scope, statement.names[0], value, statement.span);
          continue;
        }
        auto *list = std::get_if<std::shared_ptr<List>>(&value);
        size_t count = list ? (*list)->items.size() : 1;
        if (count != statement.names.size())
          fail(Diag::ResultCount, statement.span,
               std::to_string(statement.names.size()) + " names for " + std::to_string(count) + " result" +
                   (count == 1 ? "" : "s"));
        for (size_t k = 0; k < count; ++k)
          bind(*scope, statement.names[k], (*list)->items[k], statement.span);
      }
    } catch (const Poisoned &) {
      if (statement.kind == ast::Statement::Kind::Require)
        throw; // what follows relies on it
      isPoisoned = isPoisoned || isLast;
      if (statement.kind == ast::Statement::Kind::Bind || statement.kind == ast::Statement::Kind::Metric)
        for (const std::string &name : statement.names)
          scope->names.try_emplace(name, Binding{Poison{}, statement.span});
    }
  }
  if (isPoisoned)
    throw Poisoned{};
  return result ? *result : Value{None{}};
}

} // namespace tl
