// Operators: numbers fold, scalars of params stay f64, tensors meet by NumPy's rules; everything else says why not.
#include "compiler/tensors/Arithmetic.h"
#include "compiler/calculus/Facts.h"
#include <algorithm>
#include <array>
#include <cmath>

namespace tl {

bool Arithmetic::isTensorLike(const Value &value) const {
  return std::holds_alternative<TensorValue>(value) || std::holds_alternative<ParamName>(value) ||
         std::holds_alternative<Ratio>(value);
}

TensorValue Arithmetic::toTensor(const Value &value, ast::Span span, DType dtype) {
  if (auto *tensor = std::get_if<TensorValue>(&value))
    return *tensor;
  if (auto *number = std::get_if<Number>(&value))
    return constant(number->value, dtype, {}, span);
  if (auto *flag = std::get_if<bool>(&value))
    return constant(*flag, DType::I1, {}, span);
  if (auto *param = std::get_if<ParamName>(&value))
    return scalar(param->name, span);
  if (auto *ratio = std::get_if<Ratio>(&value)) {
    TensorValue quotient = elementwise(Op::Div, ratio->sum, broadcast(ratio->count, ratio->sum.axes, span), span);
    if (ratio->finish.empty())
      return quotient;
    return node(ratio->finish == "exp" ? Op::Exp : Op::Sqrt, {quotient}, {}, DType::F32, quotient.axes, span);
  }
  if (std::holds_alternative<Poison>(value))
    throw Poisoned{};
  auto *data = std::get_if<DataName>(&value);
  std::string help =
      data ? "its values are at hand inside the `data` declaration and as arguments of an objective" : "";
  fail(Diag::ValueKind, span, "a tensor is needed here, this is " + describe(value), help);
}

/// As f32: numbers, scalars in double and truth values become f32; other kinds are refused.
TensorValue Arithmetic::asF32(const Value &value, ast::Span span) {
  TensorValue tensor = toTensor(value, span);
  if (tensor.dtype == DType::U8 || tensor.dtype == DType::I32)
    fail(Diag::DtypeMismatch, span, "real numbers are needed here, this is " + describe(tensor),
         "`to_float(x)` makes it f32");
  return cast(tensor, DType::F32, span);
}

void Arithmetic::meet(std::vector<Value> &values, const std::string &what, ast::Span span,
                      std::vector<TensorValue> &out) {
  std::vector<std::optional<TensorValue>> tensors(values.size());
  std::optional<TensorValue> shape; // of all so far
  bool hasFloat = false, hasInteger = false, hasScalar = false;
  size_t truths = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::holds_alternative<Number>(values[i]))
      continue;
    TensorValue tensor = toTensor(values[i], span);
    if (tensor.dtype == DType::U8)
      fail(Diag::DtypeMismatch, span, "cannot " + what + " " + describe(tensor) + ": u8 is storage, not arithmetic",
           "`to_float(x)` makes it f32, `to_int(x)` i32");
    if (tensor.dtype == DType::I1) {
      ++truths;
      tensor = cast(tensor, DType::F32, span);
    }
    hasFloat |= tensor.dtype == DType::F32;
    hasInteger |= tensor.dtype == DType::I32;
    hasScalar |= tensor.dtype == DType::F64;
    if (shape)
      shape->axes = broadcastAxes(*shape, tensor, what, span);
    else
      shape = tensor;
    tensors[i] = tensor;
  }
  std::string sides;
  for (const Value &value : values)
    if (!std::holds_alternative<Number>(value) || truths)
      sides += (sides.empty() ? "" : " and ") + describe(value);
  bool isChoice = what == "compare" || what == "choose between";
  if (truths && (truths < values.size() || !isChoice))
    fail(Diag::TruthArithmetic, span, "cannot " + what + " " + sides + ": a truth value is no number",
         "`to_float(c)` makes 1 and 0 of a truth value, `select(c, a, b)` chooses by it");
  if (hasInteger && (hasFloat || hasScalar))
    fail(Diag::DtypeMismatch, span, "cannot " + what + " " + sides, "`to_float(x)` makes the i32 side f32");
  bool isDouble = hasScalar && !hasFloat &&
                  std::all_of(tensors.begin(), tensors.end(), [](auto &t) { return !t || t->axes.empty(); });
  DType dtype = hasInteger ? DType::I32
                : isDouble ? DType::F64
                           : DType::F32;
  std::vector<Axis> axes = shape ? shape->axes : std::vector<Axis>{};
  for (size_t i = 0; i < values.size(); ++i) {
    if (auto *number = std::get_if<Number>(&values[i])) {
      if (dtype == DType::I32 && number->value != std::floor(number->value))
        fail(Diag::DtypeMismatch, span, "cannot " + what + " i32 and " + describe(values[i]),
             "`to_float(x)` makes the i32 side f32");
      out.push_back(constant(number->value, dtype, axes, span));
    } else {
      out.push_back(broadcast(cast(*tensors[i], dtype, span), axes, span));
    }
  }
}

namespace {
struct Operator {
  const char *text;
  Op op;
  const char *verb;
};
// clang-format off
constexpr Operator operators[] = {{"+", Op::Add, "add"},    {"-", Op::Sub, "subtract"}, {"*", Op::Mul, "multiply"},
                                  {"/", Op::Div, "divide"}, {"==", Op::Eq, "compare"},  {"!=", Op::Ne, "compare"},
                                  {"<", Op::Lt, "compare"}, {"<=", Op::Le, "compare"},  {">", Op::Gt, "compare"},
                                  {">=", Op::Ge, "compare"}};
// clang-format on
const Operator &operatorOf(const std::string &text) {
  return *std::find_if(std::begin(operators), std::end(operators), [&](const Operator &o) { return o.text == text; });
}

double ofNumbers(Op word, const Number &a, const Number &b) { return valueOf(word, std::array{a.value, b.value}, DType::F64); }
} // namespace

Value Arithmetic::arithmetic(const std::string &op, const Value &lhs, const Value &rhs, ast::Span span) {
  const Operator &known = operatorOf(op);
  auto *a = std::get_if<Number>(&lhs), *b = std::get_if<Number>(&rhs);
  if (a && b) {
    double value = ofNumbers(known.op, *a, *b);
    if (known.op == Op::Div && b->value == 0)
      fail(Diag::NumberDomain, span, "divides " + spell(lhs) + " by zero");
    if (!std::isfinite(value))
      fail(Diag::NumberDomain, span, spell(lhs) + " " + op + " " + spell(rhs) + " is larger than any number");
    return Number{value, known.op != Op::Div && a->isInteger && b->isInteger};
  }
  for (const Value *side : {&lhs, &rhs})
    if (!std::holds_alternative<Number>(*side) && !isTensorLike(*side)) {
      if (std::holds_alternative<Poison>(*side))
        throw Poisoned{};
      fail(Diag::ValueKind, span, std::string("cannot ") + known.verb + " " + describe(lhs) + " and " + describe(rhs));
    }
  if (known.op == Op::Div && b && b->value == 0)
    fail(Diag::NumberDomain, span, "divides " + describe(lhs) + " by zero");
  // x + 0, x - 0, x * 1 and x / 1 are x where x already has the element type of the result.
  auto isPlain = [](const Value &value) {
    auto *tensor = std::get_if<TensorValue>(&value);
    return tensor && (tensor->dtype == DType::F32 || tensor->dtype == DType::F64 || tensor->dtype == DType::I32);
  };
  double neutral = known.op == Op::Add || known.op == Op::Sub ? 0 : 1;
  if (b && b->value == neutral && isPlain(lhs))
    return lhs;
  if (a && a->value == neutral && (known.op == Op::Add || known.op == Op::Mul) && isPlain(rhs))
    return rhs;
  std::vector<Value> values{lhs, rhs};
  std::vector<TensorValue> sides;
  meet(values, known.verb, span, sides);
  return elementwise(known.op, sides[0], sides[1], span);
}

/// What is left of whole multiples, with the sign of the divisor. Of numbers known at compile time only.
Value Arithmetic::remainder(const Value &lhs, const Value &rhs, ast::Span span) {
  auto *a = std::get_if<Number>(&lhs), *b = std::get_if<Number>(&rhs);
  if (std::holds_alternative<Poison>(lhs) || std::holds_alternative<Poison>(rhs))
    throw Poisoned{};
  if (!a || !b)
    fail(Diag::ValueKind, span,
         "`%` takes two numbers known when the script is compiled, these are " + describe(lhs) + " and " + describe(rhs),
         "`x - floor(x / n) * n` is the remainder of a real `x`, `x - x / n * n` of an i32");
  if (b->value == 0)
    fail(Diag::NumberDomain, span, "divides " + spell(lhs) + " by zero");
  return Number{a->value - std::floor(a->value / b->value) * b->value, a->isInteger && b->isInteger};
}

Value Arithmetic::negate(const Value &value, ast::Span span) {
  if (auto *number = std::get_if<Number>(&value))
    return Number{-number->value, number->isInteger};
  TensorValue tensor = toTensor(value, span);
  if (tensor.dtype == DType::I32)
    return arithmetic("-", Number{0, true}, tensor, span);
  return unary(Op::Neg, tensor, span);
}

Value Arithmetic::compare(const std::string &op, const Value &lhs, const Value &rhs, ast::Span span) {
  const Operator &known = operatorOf(op);
  auto *a = std::get_if<Number>(&lhs), *b = std::get_if<Number>(&rhs);
  if (a && b)
    return ofNumbers(known.op, *a, *b) != 0;
  bool isEquality = known.op == Op::Eq || known.op == Op::Ne;
  bool isNone = std::holds_alternative<None>(lhs) || std::holds_alternative<None>(rhs);
  bool isEqual = false;
  if (isNone)
    isEqual = lhs.index() == rhs.index();
  else if (auto *s = std::get_if<std::string>(&lhs), *t = std::get_if<std::string>(&rhs); s && t)
    isEqual = *s == *t;
  else if (auto *p = std::get_if<bool>(&lhs), *q = std::get_if<bool>(&rhs); p && q)
    isEqual = *p == *q;
  else if (std::holds_alternative<std::string>(lhs) != std::holds_alternative<std::string>(rhs) && isEquality &&
           (std::holds_alternative<Number>(lhs) || std::holds_alternative<Number>(rhs)))
    isEqual = false; // an argument that is a number or a word: `padding == "same"`
  else {
    for (const Value *side : {&lhs, &rhs})
      if (!std::holds_alternative<Number>(*side) && !isTensorLike(*side))
        fail(Diag::ValueKind, span, "cannot compare " + describe(lhs) + " and " + describe(rhs));
    std::vector<Value> values{lhs, rhs};
    std::vector<TensorValue> sides;
    meet(values, known.verb, span, sides);
    for (size_t i : {0, 1}) // A class beyond the indices it is compared with would never be met.
      if (const Range &indices = sides[1 - i].range; isEquality && indices.below && !indices.field.field)
        needPlaces(sides[i], indices, span);
    return elementwise(known.op, sides[0], sides[1], span);
  }
  if (!isEquality)
    fail(Diag::ValueKind, span, "cannot order " + describe(lhs) + " and " + describe(rhs),
         "`==` and `!=` compare them");
  return isEqual == (known.op == Op::Eq);
}

Value Arithmetic::logical(const std::string &op, const Value &lhs, const Value &rhs, ast::Span span) {
  auto *a = std::get_if<bool>(&lhs), *b = std::get_if<bool>(&rhs);
  if (op == "not" && a)
    return !*a;
  if (a && b)
    return op == "and" ? *a && *b : *a || *b;
  auto check = [&](const Value &value) {
    TensorValue tensor = isTensorLike(value) || std::holds_alternative<bool>(value) ? toTensor(value, span)
                                                                                    : TensorValue{-1, DType::F32, {}};
    if (tensor.dtype != DType::I1)
      fail(Diag::ValueKind, span, "`" + op + "` takes truth values, this is " + describe(value),
           "comparisons such as `x > 0` give them");
    return tensor;
  };
  TensorValue left = check(lhs);
  if (op == "not")
    return node(Op::Not, {left}, {}, DType::I1, left.axes, span);
  TensorValue right = check(rhs);
  std::vector<Axis> axes = broadcastAxes(left, right, op, span);
  return elementwise(op == "and" ? Op::And : Op::Or, broadcast(left, axes, span), broadcast(right, axes, span), span);
}

Value Arithmetic::unary(Op op, const Value &value, ast::Span span) {
  TensorValue x = toTensor(value, span);
  if (x.dtype == DType::F64)
    return node(op, {x}, {}, DType::F64, x.axes, span);
  x = asF32(x, span);
  return node(op, {x}, {}, DType::F32, x.axes, span);
}

Value Arithmetic::power(const Value &lhs, const Value &rhs, ast::Span span) {
  auto *base = std::get_if<Number>(&lhs), *exponent = std::get_if<Number>(&rhs);
  if (base && exponent) {
    double value = ofNumbers(Op::Pow, *base, *exponent);
    if (!std::isfinite(value))
      fail(Diag::NumberDomain, span, spell(lhs) + " ^ " + spell(rhs) + " has no value");
    return Number{value, base->isInteger && exponent->isInteger && exponent->value >= 0};
  }
  for (const Value *side : {&lhs, &rhs})
    if (!std::holds_alternative<Number>(*side) && !isTensorLike(*side))
      fail(Diag::ValueKind, span, "cannot raise " + describe(lhs) + " to " + describe(rhs));
  if (exponent) {
    TensorValue x = toTensor(lhs, span);
    if (!x.isScalar() && x.dtype != DType::I32)
      x = asF32(x, span);
    double e = exponent->value;
    if (e == 0.5)
      return unary(Op::Sqrt, x, span);
    if (e == -0.5)
      return unary(Op::Rsqrt, x, span);
    if (e == std::floor(e) && std::fabs(e) <= 64) {
      std::optional<Value> product; // by squaring
      Value square = x;
      for (int64_t n = int64_t(std::fabs(e)); n > 0; n /= 2) {
        if (n % 2)
          product = product ? arithmetic("*", *product, square, span) : square;
        if (n > 1)
          square = arithmetic("*", square, square, span);
      }
      if (!product)
        return constant(1, x.dtype, x.axes, span);
      return e < 0 ? arithmetic("/", Number{1, true}, *product, span) : *product;
    }
  }
  std::vector<Value> values{lhs, rhs};
  std::vector<TensorValue> sides;
  meet(values, "raise", span, sides);
  if (sides[0].dtype == DType::I32)
    fail(Diag::DtypeMismatch, span, "cannot raise " + describe(lhs) + " to " + describe(rhs),
         "`to_float(x)` makes it f32");
  return elementwise(Op::Pow, sides[0], sides[1], span);
}

void Arithmetic::needPlaces(const TensorValue &ids, const Range &places, ast::Span span) {
  auto [data, field] = ids.range.field;
  if (!field || ids.range.below <= places.below)
    return;
  // The script's own line, where a function of the library finds it out.
  ast::Span own = span;
  if (const auto *call = library.standardFiles.count(span.file) ? callOfScript() : nullptr)
    own = call->second;
  bool isText = !field->vocabulary.empty();
  std::string name = data->name + "." + field->name, all = std::to_string(ids.range.below);
  Notes notes;
  if (places.given.line)
    notes.push_back({own, "`" + name + "` needs them here"});
  fail(Diag::ClassWithoutPlace, places.given.line ? places.given : own,
       "`" + name + "` has " + (isText ? "a vocabulary of " + all : all + " classes") + ", and only " +
           std::to_string(places.below) + (places.below == 1 ? " has" : " have") + " a place here",
       "give the model " + all + (isText ? " rows or outputs: `" : " outputs: `") + name +
           (isText ? ".vocabulary`" : ".classes`, or map the classes to fewer: `" + field->name + " = to_int(tensor([0, 1, …])[" + field->name + "])`"),
       std::move(notes));
}

} // namespace tl
