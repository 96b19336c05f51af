// Declared shapes against real ones: new dimension names are bound, known ones must agree.
#include "compiler/evaluate/BodyEvaluator.h"
#include <cmath>

namespace tl {

using Kind = ast::Expr::Kind;

/// The axis that one size of a shape describes; a bare name gives the axis its name and tells whether it counts
/// records.
Axis BodyEvaluator::axisOf(const ast::Expr &dim, const ScopePtr &scope) {
  Value value = eval(dim, scope);
  int64_t size = integer(value, dim.span, "a size");
  if (size < 1)
    fail(Diag::DimValue, dim.span, "a size is a positive whole number, this is " + std::to_string(size));
  Axis axis{.size = size, .given = std::get<Number>(value).given};
  if (dim.kind == Kind::Name) {
    axis.name = dim.text;
    if (auto binding = find(dim.text, *scope))
      axis.records = binding->records;
  }
  return axis;
}

namespace {
/// "f32[b, 784]" as the type is written, with what is known of its names: "f32[b = 128, in = 784]".
std::string spellType(const ast::Type &type, BodyEvaluator &interpreter, Scope &scope) {
  std::string text = type.name;
  if (!type.hasDims)
    return text;
  text += '[';
  for (size_t i = 0; i < type.dims.size(); ++i) {
    const ast::Expr &dim = *type.dims[i];
    text += i ? ", " : "";
    if (dim.kind == Kind::Ellipsis) {
      text += "..";
    } else if (dim.kind == Kind::Name) {
      auto known = interpreter.find(dim.text, scope, true);
      auto *number = known ? std::get_if<Number>(&known->value) : nullptr;
      text += dim.text + (number ? " = " + spell(*number) : "");
    } else if (dim.kind == Kind::Number) {
      text += spell(Number{dim.number, dim.isInteger});
    } else {
      text += "…";
    }
  }
  return text + "]";
}

} // namespace

/// Binds the names of `type` to the axes of `value` and gives the axes these names. Errors stand at `span`, which is
/// the argument; what disagrees is noted at the type.
TensorValue BodyEvaluator::unify(const ast::Type &type, const TensorValue &value, const ScopePtr &scopePointer,
                                 ast::Span span, const std::string &what, bool isResult) {
  Scope &scope = *scopePointer;
  TensorValue result = value;
  size_t rank = value.axes.size(), declared = type.dims.size(), lead = declared;
  for (size_t i = 0; i < declared; ++i)
    if (type.dims[i]->kind == Kind::Ellipsis)
      lead = i;
  bool isOpen = lead < declared;
  auto mismatch = [&](const std::string &why, ast::Span place, Notes more = {}) {
    auto [help, wrong] = mendOf(type, value, scope);
    bool isMade = wrong.line && !isResult; // another layer would do: the mistake is the number that this one was made with
    Notes notes{{place, isResult ? "the result is declared here" : "declared here"}};
    if (isMade)
      notes.push_back({span, "it is called here"});
    for (Diagnostic::Note &note : more)
      if (note.span.file >= 0 && note.span.line != place.line && (note.span.line != wrong.line || note.span.column != wrong.column))
        notes.push_back(std::move(note));
    fail(Diag::ShapeMismatch, isMade ? wrong : span,
         what + " is " + describe(value) + ", declared as " + spellType(type, *this, scope) + why, help, std::move(notes));
  };
  if (isOpen ? rank + 1 < declared : rank != declared)
    mismatch(": " + std::to_string(rank) + (rank == 1 ? " axis" : " axes") + " against " + (isOpen ? "at least " : "") +
                 std::to_string(declared - isOpen),
             type.span);
  size_t open = isOpen ? rank + 1 - declared : 0;
  auto axisAt = [&](size_t i) { return i < lead || !isOpen ? i : i - 1 + open; };

  // Bare names first: they may be used by the expressions.
  for (size_t i = 0; i < declared; ++i) {
    const ast::Expr &dim = *type.dims[i];
    if (dim.kind != Kind::Name)
      continue;
    Axis &axis = result.axes[axisAt(i)];
    auto known = find(dim.text, scope, true);
    if (!known) {
      scope.names[dim.text] = Binding{Number{double(axis.size), true, dim.text, "", axis.given}, dim.span, axis.records};
      scope.outside[dim.text] = axis.name;
    } else {
      auto *number = std::get_if<Number>(&known->value);
      if (!number) {
        if (std::holds_alternative<Poison>(known->value))
          throw Poisoned{};
        fail(Diag::ValueKind, dim.span, "`" + dim.text + "` is " + describe(known->value) + ", not a dimension");
      }
      if (number->value != double(axis.size))
        mismatch(": axis " + std::to_string(axisAt(i)) + " has " + std::to_string(axis.size) + " elements, `" + dim.text + "` is " +
                     spell(*number),
                 dim.span, {{known->span, "`" + dim.text + "` is " + spell(*number) + " from here"}, {axis.given, "the " + std::to_string(axis.size) + " are from here"}});
      if (auto local = scope.names.find(dim.text); local != scope.names.end() && !local->second.records)
        local->second.records = axis.records;
      if (!axis.records)
        axis.records = known->records;
      if (!axis.given.line)
        axis.given = number->given;
    }
    axis.name = dim.text;
  }
  for (size_t i = 0; i < declared; ++i) {
    const ast::Expr &dim = *type.dims[i];
    if (dim.kind == Kind::Name || dim.kind == Kind::Ellipsis)
      continue;
    Axis &axis = result.axes[axisAt(i)];
    int64_t size = axisOf(dim, scopePointer).size;
    if (size != axis.size)
      mismatch(": axis " + std::to_string(axisAt(i)) + " has " + std::to_string(axis.size) + " elements, not " +
                   std::to_string(size),
               dim.span, {{axis.given, "the " + std::to_string(axis.size) + " are from here"}});
    axis.name.clear();
  }
  if (isOpen) {
    auto first = result.axes.begin() + lead;
    std::vector<Axis> covered(first, first + open);
    if (scope.ellipsis) {
      bool isSame = scope.ellipsis->size() == open;
      for (size_t i = 0; isSame && i < open; ++i)
        isSame = (*scope.ellipsis)[i].size == covered[i].size;
      if (!isSame)
        mismatch(", and `..` is already " + describe(TensorValue{-1, value.dtype, *scope.ellipsis}).substr(3),
                 type.dims[lead]->span);
      if (isResult)
        for (size_t i = 0; i < open; ++i) { // the caller's names; what counts as a token, the body knows
          Tokens tokens = first[i].tokens;
          first[i] = (*scope.ellipsis)[i];
          first[i].tokens = tokens;
        }
    } else {
      scope.ellipsis = covered;
      for (const Axis &axis : covered)
        scope.outside.try_emplace(axis.name, axis.name);
    }
  }
  return result;
}

/// An argument as its formal wants it.
Value BodyEvaluator::conform(const ast::Formal &formal, const Arg &arg, const ScopePtr &scope,
                             const std::string &callee) {
  if (std::holds_alternative<Poison>(arg.value))
    throw Poisoned{};
  if (!formal.type)
    return arg.value;
  const ast::Type &type = *formal.type;
  const std::string what = "`" + formal.name + "` of `" + callee + "`";
  if (std::holds_alternative<None>(arg.value) && formal.value && formal.value->kind == Kind::None)
    return arg.value;
  if (!isTensorType(type)) {
    bool isNumber = std::holds_alternative<Number>(arg.value) || isTensorLike(arg.value);
    bool fits = type.name == "bool"
                    ? std::holds_alternative<bool>(arg.value) || std::holds_alternative<ParamName>(arg.value)
                    : isNumber;
    if (auto *number = std::get_if<Number>(&arg.value); number && type.name == "int")
      fits = number->value == std::floor(number->value);
    if (!fits)
      fail(Diag::ValueKind, arg.span, what + " is " + type.name + ", this is " + describe(arg.value), "",
           {{formal.span, "declared here"}});
    return arg.value;
  }
  DType dtype = dtypeOf(type);
  bool isScalarLike = std::holds_alternative<Number>(arg.value);
  if (!isTensorLike(arg.value) && !isScalarLike)
    fail(Diag::ValueKind, arg.span,
         what + " is a tensor, " + spellType(type, *this, *scope) + "; this is " + describe(arg.value), "",
         {{formal.span, "declared here"}});
  TensorValue tensor = toTensor(arg.value, arg.span, dtype);
  if (dtype == DType::F32 && (tensor.isScalar() || tensor.dtype == DType::I1))
    tensor = cast(tensor, dtype, arg.span);
  if (tensor.dtype != dtype)
    fail(Diag::DtypeMismatch, arg.span,
         what + " is " + spellType(type, *this, *scope) + ", this is " + describe(tensor),
         dtype == DType::F32   ? "`to_float(x)` makes it f32"
         : dtype == DType::I32 ? "`to_int(x)` makes it i32"
                               : "",
         {{formal.span, "declared here"}});
  TensorValue fitting = unify(type, tensor, scope, arg.span, what);
  if (type.name == "tokens")
    requireTokens(fitting, what + " is " + spellType(type, *this, *scope) + "; this", arg.span, {{formal.span, "declared here"}});
  return fitting;
}

/// Results as declared; they leave with the caller's names. Several results are a list.
Value BodyEvaluator::conformResults(const std::vector<ast::Type> &types, const Value &value, const ScopePtr &scope,
                                    const std::string &callee, ast::Span span) {
  if (types.empty())
    return outward(value, *scope);
  if (types.size() > 1) {
    auto *list = std::get_if<std::shared_ptr<List>>(&value);
    size_t count = list ? (*list)->items.size() : 1;
    if (count != types.size())
      fail(Diag::ResultCount, span,
           "`" + callee + "` declares " + std::to_string(types.size()) + " results, its body gives " +
               std::to_string(count),
           "`[a, b]` gives two results");
    auto results = std::make_shared<List>();
    for (size_t i = 0; i < count; ++i) {
      const ast::Type &type = types[i];
      TensorValue tensor = toTensor((*list)->items[i], span, dtypeOf(type));
      results->items.push_back(outward(
          unify(type, tensor, scope, span, "result " + std::to_string(i + 1) + " of `" + callee + "`", true), *scope));
    }
    return results;
  }
  const ast::Type &type = types[0];
  if (!isTensorType(type))
    return outward(value, *scope);
  if (std::holds_alternative<None>(value))
    fail(Diag::NoValue, span, "`" + callee + "` ends without a value", "the last line of its body is its result");
  DType dtype = dtypeOf(type);
  TensorValue tensor = toTensor(value, span, dtype);
  if (dtype == DType::F32 && (tensor.isScalar() || tensor.dtype == DType::I1))
    tensor = cast(tensor, dtype, span);
  if (tensor.dtype != dtype)
    fail(Diag::DtypeMismatch, span,
         "`" + callee + "` gives " + describe(tensor) + ", declared as " + spellType(type, *this, *scope),
         dtype == DType::F32 ? "`to_float(x)` makes it f32" : "", {{type.span, "the result is declared here"}});
  return outward(unify(type, tensor, scope, span, "the result of `" + callee + "`", true), *scope);
}

/// Axis names of this scope become those the caller knows the same axes by.
Value BodyEvaluator::outward(const Value &value, const Scope &scope) {
  if (auto *list = std::get_if<std::shared_ptr<List>>(&value)) {
    auto renamed = std::make_shared<List>();
    for (const Value &item : (*list)->items) {
      spend(frames.empty() ? ast::Span{} : frames.back().second);
      renamed->items.push_back(outward(item, scope));
    }
    return renamed;
  }
  auto *tensor = std::get_if<TensorValue>(&value);
  if (!tensor)
    return value;
  TensorValue renamed = *tensor;
  for (Axis &axis : renamed.axes)
    if (auto known = scope.outside.find(axis.name); known != scope.outside.end())
      axis.name = known->second;
    else if (!library.constants.count(axis.name))
      axis.name.clear();
  return renamed;
}

} // namespace tl
