// What would make a tensor fit where its shape does not: turned round, in one row, with a channel, or another layer.
#include "compiler/evaluate/BodyEvaluator.h"
#include <algorithm>
#include <numeric>

namespace tl {

namespace {

using Kind = ast::Expr::Kind;

/// The declared sizes, -1 where any will do; `lead` of them stand before `..`.
struct Declared {
  std::vector<int64_t> sizes;
  size_t lead = 0;
  bool isOpen = false;

  bool fits(const std::vector<int64_t> &shape) const {
    if (isOpen ? shape.size() < sizes.size() : shape.size() != sizes.size())
      return false;
    for (size_t i = 0; i < sizes.size(); ++i) {
      int64_t size = shape[i < lead || !isOpen ? i : shape.size() - sizes.size() + i];
      if (sizes[i] >= 0 && sizes[i] != size)
        return false;
    }
    return true;
  }
};

std::string listed(const std::vector<size_t> &axes) {
  std::string text;
  for (size_t axis : axes)
    text += (text.empty() ? "" : ", ") + std::to_string(axis);
  return "[" + text + "]";
}

} // namespace

/// The functions at hand that drop axis `axis` of `rank`, by what they declare: "`last_state(y)`"; those that are given the tokens
/// too, where these have a name.
std::string BodyEvaluator::endingsOf(size_t axis, size_t rank, const std::string &tokens) const {
  auto names = [](const ast::Type &type) {
    std::vector<std::string> dims;
    for (const ast::ExprPtr &dim : type.dims)
      dims.push_back(dim->kind == Kind::Name ? dim->text : "");
    return dims;
  };
  std::string found;
  for (auto &[name, definition] : library.allDefinitions()) {
    const std::vector<ast::Formal> &formals = definition->formals;
    if (definition->kind != ast::Definition::Kind::Fn || formals.size() != (tokens.empty() ? 1 : 2) || definition->results.size() != 1 ||
        !formals[0].type || formals[0].type->name != "f32" ||
        (formals.size() == 2 && (!formals[1].type || formals[1].type->name != "tokens")))
      continue;
    std::vector<std::string> taken = names(*formals[0].type), given = names(definition->results[0]);
    if (taken.size() != rank || std::find(taken.begin(), taken.end(), "") != taken.end())
      continue;
    taken.erase(taken.begin() + int64_t(axis));
    if (taken == given)
      found += (found.empty() ? "`" : ", `") + name + (tokens.empty() ? "(y)`" : "(x, " + tokens + ")`");
  }
  return found;
}

BodyEvaluator::Mend BodyEvaluator::mendOf(const ast::Type &type, const TensorValue &value, Scope &scope) {
  Declared declared;
  bool knowsAny = false;
  for (const ast::ExprPtr &dim : type.dims) {
    if (dim->kind == Kind::Ellipsis) {
      declared.isOpen = true;
      declared.lead = declared.sizes.size();
      continue;
    }
    int64_t size = dim->kind == Kind::Number ? int64_t(dim->number) : -1;
    if (dim->kind == Kind::Name)
      // A name that this very type bound says nothing of what is wanted.
      if (auto known = find(dim->text, scope, true);
          known && !(known->span.file == dim->span.file && known->span.line == dim->span.line))
        if (auto *number = std::get_if<Number>(&known->value))
          size = int64_t(number->value);
    if (dim->kind != Kind::Number && dim->kind != Kind::Name)
      return {};
    knowsAny |= size >= 0;
    declared.sizes.push_back(size);
  }
  std::vector<int64_t> shape = value.type().shape;
  size_t rank = shape.size();
  if (!knowsAny || rank < 2)
    return argumentMend(type, value, scope);
  auto permuted = [&](const std::vector<size_t> &axes) {
    std::vector<int64_t> made;
    for (size_t axis : axes)
      made.push_back(shape[axis]);
    return made;
  };
  std::vector<size_t> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  std::vector<size_t> swapped = axes, last = axes, first = axes;
  std::swap(swapped[rank - 1], swapped[rank - 2]);
  std::rotate(last.begin() + 1, last.begin() + std::min<size_t>(2, rank), last.end()); // channels from first to last
  std::rotate(first.begin() + 1, first.end() - 1, first.end());                        // and back
  // What the model reads is mended where the data makes it, what a layer is given at the call.
  const Instance *layer = scope.parent ? scope.parent->instance : nullptr;
  auto field = layer && layer->path.empty() ? elaborator.fields.find(value.node) : elaborator.fields.end();
  bool isField = field != elaborator.fields.end();
  auto mend = [&](const std::string &before, const std::string &after, const std::string &does) {
    std::string name = isField ? field->second : "x", made = before + name + after;
    return Mend{(isField ? "in the data, `" + name + " = " + made : "`" + made) + "` " + does};
  };
  bool keepsRecords = rank > 2 || !value.axes[0].records;
  std::string batch = value.axes[0].name.empty() ? std::to_string(shape[0]) : value.axes[0].name;
  if (keepsRecords && declared.fits(permuted(swapped)))
    return mend("transpose(", ")", "swaps the last two axes");
  if (rank > 3 && isField && declared.fits(permuted(first))) {
    std::string sizes = batch;
    for (size_t i = 1; i < rank; ++i)
      sizes += ", " + std::to_string(shape[i]);
    return {"declare it as it comes, `f32[" + sizes + "]`: the channels of images stand last, where the library's layers want them"};
  }
  if (rank > 3 && declared.fits(permuted(last)))
    return mend("permute(", ", " + listed(last) + ")", "puts the axes in that order");
  std::vector<int64_t> row = {shape[0], std::accumulate(shape.begin() + 1, shape.end(), int64_t(1), std::multiplies<>())};
  if (rank > 2 && declared.fits(row))
    return mend("", " as [" + (isField ? ".." : batch) + ", " + std::to_string(row[1]) + "]",
                isField ? "reads each record as one row" : "reads each record as one row, as `flatten` does in a list of layers");
  std::vector<int64_t> longer = shape;
  longer.push_back(1);
  if (declared.fits(longer))
    return mend("", "[.., none]", "adds an axis of one element");
  std::vector<size_t> surplus;
  for (size_t axis = 1; axis < rank && !declared.isOpen; ++axis) {
    std::vector<int64_t> shorter = shape;
    shorter.erase(shorter.begin() + int64_t(axis));
    if (declared.fits(shorter))
      surplus.push_back(axis);
  }
  if (surplus.size() == 1) {
    std::string number = std::to_string(surplus[0]), index;
    for (size_t axis = 0; axis < surplus[0]; ++axis)
      index += ":, ";
    std::string endings = endingsOf(surplus[0], rank);
    return {"axis " + number + " is left over: " + (endings.empty() ? "" : endings + " drops it, ") + "`y[" + index +
            "-1]` takes the last of it, `mean(y, axis = " + number + ")` the mean"};
  }
  return argumentMend(type, value, scope);
}

/// The layer as it would have to be made, where one of its arguments is the size that does not fit.
BodyEvaluator::Mend BodyEvaluator::argumentMend(const ast::Type &type, const TensorValue &value, Scope &scope) {
  const Instance *layer = scope.parent ? scope.parent->instance : nullptr;
  if (!layer || type.dims.empty() || value.axes.empty() || type.dims.back()->kind != Kind::Name)
    return {};
  auto wrong = layer->arguments.find(type.dims.back()->text);
  auto *number = wrong == layer->arguments.end() ? nullptr : std::get_if<Number>(&wrong->second);
  if (!number || number->value == double(value.axes.back().size))
    return {};
  std::string call;
  for (const ast::Formal &formal : layer->definition->formals) {
    auto given = std::get_if<Number>(&layer->arguments.at(formal.name));
    if (formal.value && formal.name != wrong->first)
      continue;
    if (!given)
      return {};
    call += (call.empty() ? "" : ", ") +
            (formal.name == wrong->first ? std::to_string(value.axes.back().size) : spell(*given));
  }
  return {"`" + layer->layer + "(" + call + ")` takes it", number->given};
}

} // namespace tl
