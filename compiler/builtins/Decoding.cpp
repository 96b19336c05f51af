// What a layer knows while it is given a text one token at a time, what it keeps from one call to the next, and whether it may see
// tokens that are to be guessed.
#include "compiler/builtins/Taking.h"

namespace tl {
namespace {

/// x while all tokens are there; while decoding, x of every place so far, its own among them.
Value cached(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "cached", {"x", "axis?"}, span);
  TensorValue x = in.asF32(taken[0]->value, taken[0]->span);
  int64_t axis = axisNumber(in, taken[1] ? taken[1]->value : Value{Number{1, true}}, x, taken[1] ? taken[1]->span : span);
  std::optional<Elaborator::Decoding> &decoding = in.elaborator.decoding;
  if (!decoding)
    return x;
  if (x.axes[size_t(axis)].size != 1)
    in.fail(Diag::ValueKind, taken[0]->span,
            "`cached` keeps one token at a time; axis " + std::to_string(axis) + " of " + describe(x) + " has " +
                std::to_string(x.axes[size_t(axis)].size));
  std::vector<Axis> axes = x.axes;
  axes[size_t(axis)] = Axis{decoding->places, ""};
  std::string name = "cache." + std::to_string(decoding->caches++);
  TensorValue before = in.elaborator.input(name, DType::F32, axes, span);
  Attributes place;
  place.axis = axis;
  TensorValue places = in.node(Op::Iota, {}, place, DType::I32, axes, span);
  TensorValue isHere = in.elementwise(Op::Eq, places, in.broadcast(decoding->position, axes, span), span);
  TensorValue after = in.node(Op::Select, {isHere, in.broadcast(x, axes, span), before}, {}, DType::F32, axes, span);
  in.elaborator.output(name, after, span);
  return after;
}

/// `without_lookahead(f, x, …)`: f(x, …), in which `lookahead` is false.
Value withoutLookahead(BodyEvaluator &in, const Args &args, ast::Span span) {
  if (args.positional.empty())
    in.fail(Diag::ArgumentMissing, span, "`without_lookahead` needs `f`", "without_lookahead(model, ids[:, ..-1])");
  Args rest = args;
  rest.positional.erase(rest.positional.begin());
  Restore inside(in.lookahead, false);
  return in.call(args.positional.front().value, std::move(rest), span);
}
} // namespace

void addDecoding(BuiltinTable &table) {
  table["cached"] = cached;
  table["without_lookahead"] = withoutLookahead;
}

} // namespace tl
