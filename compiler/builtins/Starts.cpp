// start_of and moved: what weights were when their stage began, and how far they have gone from there.
#include "compiler/builtins/Taking.h"
#include <numeric>

namespace tl {
namespace {

/// What a weight is read from, behind the conversion of one that is kept in fewer digits; its name is "" of what is no weight.
struct Kept {
  std::string path;
  TensorType type;
};

Kept keptOf(const BodyEvaluator &in, const TensorValue &w) {
  const Node *node = &in.nodeOf(w.node);
  if (node->op == Op::Cast)
    node = &in.nodeOf(node->operands[0]);
  return node->op == Op::Read ? Kept{node->attributes.name, node->type} : Kept{};
}

/// The variable that has what a weight began as; "" where it stays so.
std::string startOf(BodyEvaluator &in, const std::string &path, const Arg &arg, const char *callee) {
  std::optional<std::string> start = in.elaborator.startOf && !path.empty() ? in.elaborator.startOf(path) : std::nullopt;
  if (!start)
    in.fail(Diag::StartPlace, arg.span,
            in.elaborator.startOf ? "`" + std::string(callee) + "` takes what the objectives of the stage ask it of, " + (path.empty() ? "and this is no weight of its model" : "and none asks it of `" + path + "`")
                                  : "nothing here knows what weights began as: `" + std::string(callee) + "` is of objectives",
            "such as objective cross_entropy(label) + 0.01 * near_start(model.body)");
  return *start;
}

TensorValue begun(BodyEvaluator &in, const std::string &start, const TensorType &type, const TensorValue &w, ast::Span span) {
  TensorValue value = in.elaborator.read(start, type, span);
  value.axes = w.axes;
  return value;
}

Value startOfWeight(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "start_of", {"w"}, span);
  TensorValue w = in.toTensor(taken[0]->value, taken[0]->span);
  Kept kept = keptOf(in, w);
  std::string path = startOf(in, kept.path, *taken[0], "start_of");
  return path.empty() ? w : begun(in, path, kept.type, w, span);
}

/// The weights below a layer, or the layers of a list; one that an adapter makes something of stays as it is, as do the adapter's, which are no part of it.
void collect(const Instance &layer, std::vector<const Leaf *> &into) {
  for (const Leaf &leaf : layer.leaves)
    if (leaf.kind == Leaf::Kind::Weight && !leaf.adapter)
      into.push_back(&leaf);
  for (const std::shared_ptr<Instance> &child : layer.children)
    collect(*child, into);
}

bool collect(const Value &part, std::vector<const Leaf *> &into) {
  if (const auto *layer = std::get_if<std::shared_ptr<Instance>>(&part)) {
    collect(**layer, into);
    return true;
  }
  const auto *list = std::get_if<std::shared_ptr<List>>(&part);
  bool isAny = false;
  for (const Value &item : list ? (*list)->items : std::vector<Value>{})
    isAny = collect(item, into) || isAny;
  return isAny;
}

Value moved(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "moved", {"part"}, span);
  TensorValue total = in.constant(0, DType::F32, {}, span);
  bool isAny = false;
  auto add = [&](const TensorValue &w, const std::string &start, const TensorType &type) {
    TensorValue gone = in.elementwise(Op::Sub, w, begun(in, start, type, w, span), span);
    std::vector<int64_t> axes(w.axes.size());
    std::iota(axes.begin(), axes.end(), 0);
    TensorValue square = in.reduce(Op::ReduceSum, in.elementwise(Op::Mul, gone, gone, span), axes, span);
    total = isAny ? in.elementwise(Op::Add, total, square, span) : square;
    isAny = true;
  };
  if (std::vector<const Leaf *> leaves; collect(taken[0]->value, leaves)) {
    for (const Leaf *leaf : leaves)
      if (std::string path = startOf(in, leaf->path, *taken[0], "moved"); !path.empty())
        add(std::get<TensorValue>(in.readLeaf(*leaf, span)), path, leaf->type);
    return total;
  }
  const auto *w = std::get_if<TensorValue>(&taken[0]->value);
  if (!w)
    in.fail(Diag::ValueKind, taken[0]->span, "`moved` takes a layer of the model or a weight, this is " + describe(taken[0]->value));
  Kept kept = keptOf(in, *w);
  if (std::string path = startOf(in, kept.path, *taken[0], "moved"); !path.empty())
    add(*w, path, kept.type);
  return total;
}

} // namespace

void addStarts(BuiltinTable &table) {
  table["start_of"] = startOfWeight;
  table["moved"] = moved;
}

} // namespace tl
