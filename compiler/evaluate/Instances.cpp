// The tree of layers: each made with its arguments, its weights and its parts, at its path.
#include "compiler/evaluate/Requirements.h"
#include <cmath>

namespace tl {

namespace {
constexpr size_t mostLayers = 20'000;

uint32_t hash(const std::string &text) {
  uint32_t value = 2166136261u; // FNV-1a
  for (unsigned char byte : text)
    value = (value ^ byte) * 16777619u;
  return value;
}

/// "2000000 · 2000000"
std::string spellShape(const TensorType &type) {
  std::string text;
  for (int64_t size : type.shape)
    text += (text.empty() ? "" : " · ") + std::to_string(size);
  return text;
}
} // namespace

BodyEvaluator::~BodyEvaluator() {
  for (const ScopePtr &scope : selfReferring)
    scope->names.clear();
}

/// Whether a value means the same in every function: it holds no tensor of this one.
bool BodyEvaluator::mayTravel(const Value &value, ast::Span span) {
  spend(span);
  if (std::holds_alternative<TensorValue>(value) || std::holds_alternative<Ratio>(value))
    return false;
  if (auto *list = std::get_if<std::shared_ptr<List>>(&value)) {
    for (const Value &item : (*list)->items)
      if (!mayTravel(item, span))
        return false;
  } else if (auto *closure = std::get_if<std::shared_ptr<Closure>>(&value)) {
    for (auto &[name, bound] : (*closure)->bound)
      if (!mayTravel(bound, span))
        return false;
  }
  return true;
}

/// `arguments` are matched to the formals already; layers among them were made for this one: `children`.
std::shared_ptr<Instance> BodyEvaluator::make(const ast::Definition &definition, const std::string &path,
                                              std::map<std::string, Arg> arguments,
                                              std::vector<std::shared_ptr<Instance>> children, ast::Span span,
                                              const Adapted *adapts) {
  checkRecursion(definition.name, span);
  if (++layers > mostLayers)
    fail(Diag::TooMuchWork, span, "this makes more than " + std::to_string(mostLayers) + " layers");
  std::set<std::string> dims;
  for (const ast::Slot &slot : definition.slots)
    if (slot.type)
      collectDims(*slot.type, dims);
  for (const ast::Function &function : definition.functions) {
    for (const ast::Formal &formal : function.formals)
      if (formal.type)
        collectDims(*formal.type, dims);
    for (const ast::Type &result : function.results)
      collectDims(result, dims);
  }
  auto layer = std::make_shared<Instance>();
  layer->path = path;
  layer->layer = definition.name;
  layer->definition = &definition;
  layer->span = span;
  layer->children = std::move(children);

  // Arguments are checked as those of a function are; a size keeps the name the layer has for it.
  ScopePtr formals = scopeOf(definition);
  for (const ast::Formal &formal : definition.formals)
    if (auto arg = arguments.find(formal.name);
        arg != arguments.end() && !mayTravel(arg->second.value, arg->second.span))
      fail(Diag::LayerArgument, arg->second.span,
           "`" + formal.name + "` of `" + definition.name + "` is " + describe(arg->second.value) +
               "; a layer is made of what is known at compile time",
           "a `param` can be given as it stands, and computed with in `forward`", {{formal.span, "declared here"}});
  for (const ast::Formal &formal : definition.formals)
    if (auto arg = arguments.find(formal.name); arg != arguments.end() && dims.count(formal.name))
      integer(arg->second.value, arg->second.span,
              ("`" + formal.name + "` of `" + definition.name + "`, a size,").c_str());
  enter(definition.formals, arguments, formals, definition.name, span);
  if (adapts)
    bindSizes(definition, *adapts, formals, span);
  for (const auto &[name, size] : formals->names)
    layer->arguments[name] = size.value;
  for (const ast::Formal &formal : definition.formals) {
    Value value = formals->names.at(formal.name).value;
    if (auto *number = std::get_if<Number>(&value); number)
      number->dim = dims.count(formal.name) ? formal.name : number->dim;
    layer->arguments[formal.name] = value;
    if (const Binding &binding = formals->names.at(formal.name); binding.isGiven) {
      layer->argumentSpans[formal.name] = binding.span;
      layer->argumentsWritten[formal.name] = binding.written;
    }
  }

  Frame frame(frames, definition.name, span);
  Requirements(*this).checkAll(definition, formals);
  bool isWrong = false;
  ScopePtr scope = scopeOf(*layer);
  scope->ellipsis = formals->ellipsis; // the axes of a weight that is adapted
  for (const ast::Slot &slot : definition.slots) {
    try {
      makeLeaf(*layer, slot, scope);
    } catch (const Poisoned &) {
      isWrong = true;
    }
  }
  {
    Restore recording(made, &layer->children);
    for (const ast::SubLayer &part : definition.subLayers) {
      std::string inner = path + (path.empty() ? "" : ".") + part.name;
      try {
        Value value = eval(*part.value, scope, &inner);
        if (!mayTravel(value, part.value->span))
          fail(Diag::LayerArgument, part.value->span,
               "a part of a layer is made of what is known at compile time, this is " + describe(value));
        if (layer->arguments.count(part.name) || !layer->members.emplace(part.name, value).second)
          fail(Diag::NameTaken, part.span, "`" + definition.name + "` already has a `" + part.name + "`");
      } catch (const Poisoned &) {
        layer->members.emplace(part.name, Poison{});
        isWrong = true;
      }
    }
  }
  if (isWrong)
    throw Poisoned{};
  if (made)
    made->push_back(layer);
  return layer;
}

void BodyEvaluator::makeLeaf(Instance &layer, const ast::Slot &slot, const ScopePtr &scope) {
  if (slot.when && !condition(*slot.when, scope))
    return;
  std::string prefix = layer.path.empty() ? "" : layer.path + ".";
  Leaf leaf;
  leaf.path = prefix + slot.name;
  leaf.kind = slot.kind == ast::Slot::Kind::Buffer ? Leaf::Kind::Buffer : Leaf::Kind::Weight;
  leaf.slot = &slot;
  leaf.owner = &layer;
  leaf.span = slot.span;
  for (const std::string &role : slot.roles)
    leaf.roles.push_back(role.starts_with("@") ? role : "@" + role);
  if (!slot.type)
    fail(Diag::WeightType, slot.span, "`" + slot.name + "` has no type", "such as `" + slot.name + ": f32[in, out]`");
  leaf.type.dtype = dtypeOf(*slot.type);
  if (computedIn(leaf.type.dtype) != DType::F32 && !(leaf.type.dtype == DType::I32 && leaf.kind == Leaf::Kind::Buffer))
    fail(Diag::WeightType, slot.type->span,
         "`" + slot.name + "` is " + slot.type->name + "; weights are f32, bf16 or f16, buffers these or i32");
  auto add = [&](const Axis &axis) {
    leaf.type.shape.push_back(axis.size);
    leaf.axisNames.push_back(axis.name);
    leaf.axesGiven.push_back(axis.given);
  };
  for (const ast::ExprPtr &dim : slot.type->dims) {
    if (dim->kind == ast::Expr::Kind::Ellipsis && scope->ellipsis) {
      std::for_each(scope->ellipsis->begin(), scope->ellipsis->end(), add);
      continue;
    }
    add(axisOf(*dim, scope));
    Value size = eval(*dim, scope);
    if (auto *number = std::get_if<Number>(&size); number && !number->vocabulary.empty())
      leaf.vocabularies.insert(number->vocabulary);
    if (double(leaf.type.elements()) > 0x1p40)
      fail(Diag::DimValue, slot.type->span, "`" + slot.name + "` has more than 2^40 elements: " + spellShape(leaf.type));
  }
  for (const Leaf &other : layer.leaves)
    if (other.path == leaf.path)
      fail(Diag::NameTaken, slot.span, "`" + layer.layer + "` already has a `" + slot.name + "`", "",
           {{other.span, "declared here"}});
  if (!slot.init)
    fail(Diag::WeightType, slot.span, "`" + slot.name + "` has no initial value", "such as `= 0`");
  layer.leaves.push_back(std::move(leaf));
}

namespace {
/// Whether a node depends on random numbers.
bool isDrawn(const Function &function, NodeId node) {
  std::vector<bool> met(function.nodes.size());
  for (std::vector<NodeId> open{node}; !open.empty();) {
    const Node &next = function.nodes.at(size_t(open.back()));
    met[size_t(open.back())] = true;
    open.pop_back();
    if (next.op == Op::Random)
      return true;
    for (NodeId operand : next.operands)
      if (!met[size_t(operand)])
        open.push_back(operand);
  }
  return false;
}
} // namespace

/// A function that takes more than the tensor it fills makes one that does: `= glorot` for `= glorot(in, out)`.
void BodyEvaluator::refuseUncalled(const Closure &made, ast::Span span) {
  if (!made.definition || made.isBound || made.definition->kind != ast::Definition::Kind::Fn)
    return;
  std::string formals;
  size_t needed = 0;
  for (const ast::Formal &formal : made.definition->formals)
    if (!formal.value) {
      formals += (formals.empty() ? "" : ", ") + formal.name;
      ++needed;
    }
  const std::string &name = made.definition->name;
  if (needed > 1)
    fail(Diag::ArgumentMissing, span, "`" + name + "` stands here without its arguments, " + formals,
         "`" + name + "(" + formals + ")` makes the function that fills a weight", {{made.definition->span, "declared here"}});
}

/// The initialiser's value: a number or scalar fills the leaf, a function is given a tensor of its shape.
TensorValue BodyEvaluator::initial(const Leaf &leaf) {
  Restore place(sitePath, leaf.path);
  Restore layer(instance, static_cast<Instance *>(nullptr));
  Frame frame(frames, leaf.owner->layer, leaf.owner->span);
  ast::Span span = leaf.slot->init->span;
  std::vector<Axis> axes;
  for (size_t i = 0; i < leaf.type.shape.size(); ++i)
    axes.push_back({leaf.type.shape[i], leaf.axisNames[i]});
  const TensorType type = computedIn(leaf.type);
  Value value = eval(*leaf.slot->init, scopeOf(*leaf.owner));
  if (auto *number = std::get_if<Number>(&value)) {
    if (isNarrow(leaf.type.dtype) && !std::isfinite(rounded(leaf.type.dtype, number->value)))
      fail(Diag::NumberDomain, span, spell(*number) + " is no " + nameOf(leaf.type.dtype) + ": it is too large");
    return constant(number->value, type.dtype, axes, span);
  }
  if (auto *closure = std::get_if<std::shared_ptr<Closure>>(&value))
    refuseUncalled(**closure, span);
  if (std::holds_alternative<std::shared_ptr<Closure>>(value))
    value = call(value, Args{{Arg{constant(0, type.dtype, axes, span), span}}, {}}, span);
  if (!isTensorLike(value) && !std::holds_alternative<Number>(value))
    fail(Diag::InitialShape, span,
         "`" + leaf.slot->name + "` starts as " + describe(value) + "; a number or " + toString(type) +
             " is needed");
  TensorValue given = toTensor(value, span, type.dtype), tensor = filling(value, type.dtype, axes, span);
  std::string shape = toString(type).substr(3);
  if (given.type() != type && tensor.type() == type && isDrawn(into, given.node))
    fail(Diag::InitialAlike, span,
         "`" + leaf.slot->name + "` is " + toString(leaf.type) + ", and " + toString(given.type()) +
             " of random numbers would be repeated in it: its parts would start alike",
         "draw as many as it has, such as `random_normal(" + shape + ")`; where they shall be alike, `broadcast(…, " + shape + ")` says so");
  if (tensor.type() != type)
    fail(Diag::InitialShape, span,
         "`" + leaf.slot->name + "` is " + toString(leaf.type) + ", its initial value is " + toString(tensor.type()),
         isDrawn(into, tensor.node) ? "draw in the weight's own shape: `random_normal(" + shape + ")`, or a function of it, `fn(w) { random_normal(w) }`" : "",
         {{leaf.span, "`" + leaf.slot->name + "` is declared here"}});
  return tensor;
}

TensorValue BodyEvaluator::filling(const Value &value, DType dtype, const std::vector<Axis> &axes, ast::Span span) {
  TensorValue tensor = toTensor(value, span, dtype);
  if (tensor.isScalar() || tensor.dtype == DType::I1)
    tensor = cast(tensor, dtype, span);
  bool fits = tensor.dtype == dtype && tensor.axes.size() <= axes.size();
  for (size_t i = 0; fits && i < tensor.axes.size(); ++i) {
    int64_t size = tensor.axes[i].size;
    fits = size == 1 || size == axes[axes.size() - tensor.axes.size() + i].size;
  }
  return fits ? broadcast(tensor, axes, span) : tensor;
}

/// Keyed by the place: the leaf that is initialised, or the layer that runs and how many draws it made before.
TensorValue BodyEvaluator::random(std::vector<Axis> axes, ast::Span span) {
  refuseInBody(span, "a random number");
  std::string place = !sitePath.empty() ? "init/" + sitePath
                      : instance        ? "layer/" + instance->path
                                        : "stage";
  Attributes attributes;
  attributes.site = hash(elaborator.scope + "|" + place + "|" + std::to_string(draws[place]++));
  while (!sites.insert(attributes.site).second)
    ++attributes.site;
  return node(Op::Random, {}, attributes, DType::F32, std::move(axes), span);
}

} // namespace tl
