// Expressions, kind by kind; operators, calls, indexing and `as` have files of their own.
#include "compiler/evaluate/BodyEvaluator.h"
#include "compiler/syntax/Habits.h"
#include "runtime/data/Tokens.h"
#include "runtime/readers/Categories.h"
#include <cmath>

namespace tl {

using Kind = ast::Expr::Kind;

namespace {
constexpr int deepest = 700; // nested evaluations; each takes a few hundred bytes of stack
constexpr int64_t mostRepeats = 10'000;
} // namespace

Value BodyEvaluator::eval(const ast::Expr &expr, const ScopePtr &scope, const std::string *place) {
  spend(expr.span);
  if (depth >= deepest)
    giveUp(Diag::Recursion, expr.span, "calls and expressions nest deeper than " + std::to_string(deepest),
           "everything is unrolled at compile time, so a function cannot call itself");
  Restore nested(depth, depth + 1);
  return evalNow(expr, scope, place);
}

Value BodyEvaluator::evalNow(const ast::Expr &expr, const ScopePtr &scope, const std::string *place) {
  if (elaborator.asRead)
    if (auto field = elaborator.asRead->find(&expr); field != elaborator.asRead->end())
      return evalNow(*field->second, scope, place);
  switch (expr.kind) {
  case Kind::Number:
    return Number{expr.number, expr.isInteger};
  case Kind::Bool:
    return expr.number != 0;
  case Kind::String:
    return expr.text;
  case Kind::None:
    return None{};
  case Kind::Name:
    return lookup(expr.text, *scope, expr.span);
  case Kind::Member:
    return member(eval(*expr.operands[0], scope), expr.text, expr.span, expr.operands[0]->span);
  case Kind::Call:
    return evalCall(expr, scope, place, nullptr);
  case Kind::Index:
    return index(expr, scope);
  case Kind::Unary: {
    Value value = eval(*expr.operands[0], scope);
    return expr.text == "-" ? negate(value, expr.span) : logical("not", value, None{}, expr.span);
  }
  case Kind::Binary:
    return evalBinary(expr, scope, place);
  case Kind::Pipe: {
    Arg piped{eval(*expr.operands[0], scope), expr.operands[0]->span};
    const ast::Expr &next = *expr.operands[1];
    if (next.kind == Kind::Call)
      return evalCall(next, scope, nullptr, &piped);
    return call(eval(next, scope), Args{{piped}, {}}, next.span);
  }
  case Kind::As:
    return reshapeTo(expr, scope);
  case Kind::List: {
    auto list = std::make_shared<List>();
    bool isPoisoned = false;
    for (size_t i = 0; i < expr.operands.size(); ++i) {
      std::string inner = place ? *place + "[" + std::to_string(i) + "]" : "";
      try {
        list->items.push_back(eval(*expr.operands[i], scope, place ? &inner : nullptr));
        list->spans.push_back(expr.operands[i]->span);
      } catch (const Poisoned &) {
        isPoisoned = true;
      }
    }
    if (isPoisoned)
      throw Poisoned{};
    return list;
  }
  case Kind::If:
    return evalIf(expr, scope, place, /*ownScope=*/true);
  case Kind::Lambda: {
    auto closure = std::make_shared<Closure>();
    closure->lambda = &expr;
    closure->scope = scope;
    return closure;
  }
  case Kind::Over: {
    TensorValue sum = asF32(eval(*expr.operands[0], scope), expr.operands[0]->span);
    TensorValue count = asF32(eval(*expr.operands[1], scope), expr.operands[1]->span);
    if (!count.axes.empty())
      fail(Diag::ValueKind, expr.operands[1]->span, "a count is one number, this is " + describe(count),
           "`count(e)` counts the elements of `e` in real records");
    return Ratio{sum, count, ""};
  }
  case Kind::On:
    fail(Diag::ObjectiveData, expr.span, "`on " + expr.operands[1]->text + "` says on which data a term of a stage's objective is measured, and this is none", "objective a(label) + 0.5 * b() on corpus");
  case Kind::From: {
    const ast::Expr &layer = *expr.operands[0];
    Value value = eval(layer, scope, place);
    auto *closure = std::get_if<std::shared_ptr<Closure>>(&value);
    if (closure && place) // `Encoder from …` needs no parentheses
      value = call(value, {}, layer.span, place);
    auto *instance = std::get_if<std::shared_ptr<Instance>>(&value);
    if (!instance)
      fail(Diag::ValueKind, layer.span,
           "only a layer can take its weights from a checkpoint, this is " + describe(value));
    remember(**instance, expr, scope);
    return value;
  }
  case Kind::Ellipsis:
    break;
  }
  fail(Diag::ValueKind, expr.span, "`..` has a meaning only in shapes and indices");
}

/// Where a layer's weights come from; what the names there mean is known here alone.
void BodyEvaluator::remember(Instance &layer, const ast::Expr &from, const ScopePtr &scope) {
  layer.from = &from;
  layer.published = nullptr; // of a layer that was to take its weights elsewhere
  layer.fromNames.clear();
  const ast::Expr &source = *from.operands[1];
  std::optional<Binding> bound = source.kind == Kind::Name ? find(source.text, *scope) : std::nullopt;
  if (source.kind == Kind::Call || bound) {
    Value value = bound ? bound->value : eval(source, scope);
    if (auto *record = std::get_if<std::shared_ptr<Record>>(&value)) {
      layer.published = *record;
      requireAllRead(*(*record)->of);
    }
  }
  for (const Scope *place = scope.get(); place; place = place->parent.get())
    for (const auto &[name, binding] : place->names)
      if (std::holds_alternative<Number>(binding.value) || std::holds_alternative<std::string>(binding.value) || std::holds_alternative<bool>(binding.value))
        layer.fromNames.emplace(name, binding.value);
}

Value BodyEvaluator::member(const Value &of, const std::string &name, ast::Span span, ast::Span ofSpan) {
  std::vector<std::string> known;
  if (auto *tensor = std::get_if<TensorValue>(&of)) {
    if (name == "shape") {
      auto list = std::make_shared<List>();
      for (const Axis &axis : tensor->axes)
        list->items.push_back(Number{double(axis.size), true});
      return list;
    }
    if (name == "rank")
      return Number{double(tensor->axes.size()), true};
    known = {"shape", "rank"};
  } else if (auto *layer = std::get_if<std::shared_ptr<Instance>>(&of)) {
    Instance &instance = **layer;
    if (auto found = instance.members.find(name); found != instance.members.end())
      return found->second;
    if (auto found = instance.arguments.find(name); found != instance.arguments.end())
      return found->second;
    for (const Leaf &leaf : instance.leaves) {
      if (leaf.slot->name == name)
        return readLeaf(leaf, span);
      known.push_back(leaf.slot->name);
    }
    for (auto &[candidate, value] : instance.members)
      known.push_back(candidate);
    for (auto &[candidate, value] : instance.arguments)
      known.push_back(candidate);
  } else if (auto *list = std::get_if<std::shared_ptr<List>>(&of); list && name == "size") {
    return Number{double((*list)->items.size()), true};
  } else if (auto *record = std::get_if<std::shared_ptr<Record>>(&of)) {
    return memberOf(**record, name, span);
  } else if (auto *data = std::get_if<DataName>(&of)) {
    if (data->field) {
      if (name == "shape") {
        auto list = std::make_shared<List>();
        for (int64_t size : data->field->shape)
          list->items.push_back(Number{double(size), true});
        return list;
      }
      if (name == "classes" && data->field->classes > 0)
        return Number{double(data->data->classesOf(*data->field)), true};
      known = {"shape", "classes"};
      if (!data->field->tokens.empty()) {
        if (auto at = data->field->special.find(name); at != data->field->special.end())
          return Number{double(at->second), true};
        if (data->field->vocabulary.empty() && (name == "vocabulary" || name == "counts" || name.starts_with("huffman_")))
          throw Poisoned{}; // It could not be fitted, and that has been said.
        if (name == "vocabulary")
          return Number{double(data->field->vocabulary.size()), true, "", data::vocabularyDigest(data->field->vocabulary)};
        bool areCategories = data->field->tokens == "categories";
        if (areCategories && name == "starts") {
          auto list = std::make_shared<List>();
          for (int64_t start : data::categoryStarts(data->field->vocabulary, data->field->columns))
            list->items.push_back(Number{double(start), true});
          return list;
        }
        if (name == "counts" || (!areCategories && (name == "huffman_nodes" || name == "huffman_signs")))
          return vocabularyTable(*data, name, span);
        known = {"shape", "vocabulary"};
        if (areCategories)
          known.insert(known.end(), {"starts", "counts"});
        else if (!data->field->counts.empty())
          known.insert(known.end(), {"counts", "huffman_nodes", "huffman_signs"});
        for (const auto &[special, number] : data->field->special)
          if (!areCategories) // what is unknown in each column has no name that a script can write
            known.push_back(special);
      }
    } else {
      for (const abi::Field &field : data->data->fields) {
        if (field.name == name) // never the one of lengths: its name has a dot
          return DataName{data->data, &field};
        known.push_back(field.name);
      }
      for (const abi::Split &split : data->data->splits) {
        if (split.name == name)
          return SplitName{data->data->name, name};
        known.push_back(split.name);
      }
    }
  }
  std::string instead = habit(Habit::Member, name), near = instead.empty() ? nearest(name, known) : "";
  std::string has;
  for (const std::string &each : known)
    has += (has.empty() ? "it has `" : ", `") + each + "`";
  fail(Diag::MemberUnknown, span,
       describe(of) + " has no `" + name + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"),
       !instead.empty() || !near.empty() ? instead : has);
}

/// A left side; where it is wrong, the right side is still looked at for mistakes of its own.
Value BodyEvaluator::evalFirst(const ast::Expr &lhs, const ast::Expr &rhs, const ScopePtr &scope) {
  try {
    return eval(lhs, scope);
  } catch (const Poisoned &) {
    eval(rhs, scope);
    throw;
  }
}

Value BodyEvaluator::evalBinary(const ast::Expr &expr, const ScopePtr &scope, const std::string *place) {
  const std::string &op = expr.text;
  Value lhs = evalFirst(*expr.operands[0], *expr.operands[1], scope);
  if (op == "and" || op == "or")
    if (auto *flag = std::get_if<bool>(&lhs); flag && *flag == (op == "or"))
      return *flag;
  if (auto *count = std::get_if<Number>(&lhs); count && place && op == "*")
    return repeat(expr, *count, scope, place);
  Value rhs = eval(*expr.operands[1], scope);
  if (op == "@")
    return matmul(lhs, rhs, expr.span);
  if (op == "^")
    return power(lhs, rhs, expr.span);
  if (op == "%")
    return remainder(lhs, rhs, expr.span);
  if (op == "and" || op == "or")
    return logical(op, lhs, rhs, expr.span);
  if (op == "+" || op == "-" || op == "*" || op == "/")
    return arithmetic(op, lhs, rhs, expr.span);
  return compare(op, lhs, rhs, expr.span);
}

/// `3 * Block(copy)`: the right side is evaluated once per copy, so that each copy has weights of its own, and knows its number.
Value BodyEvaluator::repeat(const ast::Expr &expr, const Number &count, const ScopePtr &scope, const std::string *place) {
  const ast::Expr &body = *expr.operands[1];
  std::vector<std::shared_ptr<Instance>> unwanted;
  std::string first = *place + "[0]";
  auto known = find("copy", *scope);
  auto numbered = [&](int64_t number) {
    if (known && !known->isCopy)
      return scope; // what the script calls so is meant
    auto inner = std::make_shared<Scope>();
    inner->parent = scope;
    inner->file = scope->file;
    inner->names["copy"] = Binding{Number{double(number), true}, expr.span};
    inner->names["copy"].isCopy = true;
    return inner;
  };
  Value value;
  {
    bool isNone = count.value == 0;
    Restore recording(made, isNone ? &unwanted : made);
    value = eval(body, numbered(0), &first);
  }
  if (std::holds_alternative<Number>(value) || isTensorLike(value))
    return arithmetic("*", count, value, expr.span);
  if (!count.isInteger || count.value < 0 || count.value > double(mostRepeats))
    fail(Diag::TooMuchWork, expr.operands[0]->span,
         "repeats " + spell(count) + " times; 0 to " + std::to_string(mostRepeats) + " are possible");
  auto list = std::make_shared<List>();
  for (int64_t i = 0; i < int64_t(count.value); ++i) {
    std::string inner = *place + "[" + std::to_string(i) + "]";
    list->items.push_back(i == 0 ? value : eval(body, numbered(i), &inner));
  }
  return list;
}

Value BodyEvaluator::evalIf(const ast::Expr &expr, const ScopePtr &scope, const std::string *place, bool ownScope) {
  const ast::Block *block = condition(*expr.operands[0], scope) ? expr.thenBlock.get() : expr.elseBlock.get();
  if (!block)
    return None{};
  if (!ownScope)
    return run(*block, scope, place);
  auto inner = std::make_shared<Scope>();
  inner->parent = scope;
  inner->file = scope->file;
  return run(*block, inner, place);
}

bool BodyEvaluator::condition(const ast::Expr &expr, const ScopePtr &scope) {
  Value value = eval(expr, scope);
  if (auto *flag = std::get_if<bool>(&value))
    return *flag;
  auto *tensor = std::get_if<TensorValue>(&value);
  bool areTruths = tensor && tensor->dtype == DType::I1 && !tensor->axes.empty();
  if (std::holds_alternative<ParamName>(value) || isTensorLike(value))
    fail(Diag::RunTimeOnly, expr.span,
         "this condition is known only when the program runs: it is " + std::string(areTruths ? "a tensor of truth values, " : "") + describe(value),
         "`select(cond, a, b)` chooses at run time; `dim` declares a number known at compile time");
  fail(Diag::ValueKind, expr.span, "a condition is `true` or `false`, this is " + describe(value));
}

double BodyEvaluator::number(const Value &value, ast::Span span, const char *what) {
  if (auto *number = std::get_if<Number>(&value))
    return number->value;
  if (std::holds_alternative<ParamName>(value) || isTensorLike(value))
    fail(Diag::RunTimeOnly, span, std::string(what) + " must be known at compile time, this is " + describe(value),
         "`dim` declares a number known at compile time");
  fail(Diag::ValueKind, span, std::string(what) + " is a number, this is " + describe(value));
}

int64_t BodyEvaluator::integer(const Value &value, ast::Span span, const char *what) {
  double real = number(value, span, what);
  if (real != std::floor(real) || std::fabs(real) > 1e15)
    fail(Diag::ValueKind, span, std::string(what) + " is a whole number, this is " + describe(value),
         "`floor(x)` rounds down");
  return int64_t(real);
}

std::vector<int64_t> BodyEvaluator::integers(const Value &value, ast::Span span, const char *what) {
  auto *list = std::get_if<std::shared_ptr<List>>(&value);
  if (!list)
    return {integer(value, span, what)};
  std::vector<int64_t> numbers;
  for (const Value &item : (*list)->items)
    numbers.push_back(integer(item, span, what));
  return numbers;
}

} // namespace tl
