// The built-in `scan`: the function runs once, on the states and one row of each of xs, into a body of its own.
#include "compiler/builtins/Taking.h"
#include <algorithm>

namespace tl {
namespace {

std::vector<Arg> several(const Arg &arg) {
  auto *list = std::get_if<std::shared_ptr<List>>(&arg.value);
  if (!list)
    return {arg};
  std::vector<Arg> items;
  for (const Value &item : (*list)->items)
    items.push_back({item, arg.span});
  return items;
}

/// The axes with the one at `from` moved to `to`.
TensorValue moved(BodyEvaluator &in, const TensorValue &x, size_t from, size_t to, ast::Span span) {
  if (from == to)
    return x;
  Attributes attributes;
  for (size_t axis = 0; axis < x.axes.size(); ++axis)
    if (axis != from)
      attributes.axes.push_back(int64_t(axis));
  attributes.axes.insert(attributes.axes.begin() + int64_t(to), int64_t(from));
  std::vector<Axis> axes;
  for (int64_t axis : attributes.axes)
    axes.push_back(x.axes[size_t(axis)]);
  return in.node(Op::Transpose, {x}, attributes, x.dtype, axes, span);
}

TensorValue tensorOf(BodyEvaluator &in, const Value &value, ast::Span span, const char *what, const std::string &help) {
  if (!in.isTensorLike(value))
    in.fail(Diag::ScanState, span, std::string(what) + " of `scan` is a tensor, this is " + describe(value), help);
  TensorValue tensor = in.toTensor(value, span);
  return tensor.isScalar() ? in.cast(tensor, DType::F32, span) : tensor;
}

struct Rows {
  std::vector<TensorValue> xs; // the walked axis first
  Axis walked;
  size_t axis = 0; // where the first has it
};

Rows rowsOf(BodyEvaluator &in, const Arg &arg, const Value &axis, ast::Span axisSpan, ast::Span span) {
  Rows rows;
  for (const Arg &item : several(arg)) {
    TensorValue x = tensorOf(in, item.value, item.span, "each of `xs`", "`iota(n)` counts n steps");
    size_t at = size_t(axisNumber(in, axis, x, axisSpan));
    if (x.axes[at].records)
      in.fail(Diag::RecordsMixed, item.span,
              "`scan` walks from step to step, not from record to record of the batch: this is " + describe(x),
              "`axis = 1` is the axis behind the batch");
    if (rows.xs.empty()) {
      rows.walked = x.axes[at];
      rows.axis = at;
    }
    if (x.axes[at].size != rows.walked.size)
      in.fail(Diag::ScanLength, item.span,
              "`scan` walks along " + std::to_string(rows.walked.size) + " elements of the first of `xs` and " +
                  std::to_string(x.axes[at].size) + " of " + describe(x));
    rows.xs.push_back(moved(in, x, at, 0, span));
  }
  if (rows.xs.empty())
    in.fail(Diag::ScanLength, arg.span, "`scan` walks along a tensor, `xs` is an empty list",
            "`iota(n)` counts n steps");
  return rows;
}

/// How a state starts with a number in all its elements: in the shape of what the layer gives, but for the axis walked; where
/// that has sizes without names, for each record.
std::string startOf(BodyEvaluator &in, const Value &value, const Rows &rows) {
  std::vector<std::string> sizes;
  bool isNamed = false;
  if (in.instance)
    for (const ast::Function &function : in.instance->definition->functions)
      if (function.name == "forward" && !function.results.empty()) {
        isNamed = !function.results[0].dims.empty();
        for (const ast::ExprPtr &dim : function.results[0].dims) {
          isNamed &= dim->kind == ast::Expr::Kind::Name;
          if (dim->text != rows.walked.name)
            sizes.push_back(dim->text);
        }
      }
  if (!isNamed) {
    sizes.clear();
    for (const Axis &axis : rows.xs[0].axes)
      if (axis.records && !axis.name.empty())
        sizes.push_back(axis.name);
    if (rows.xs[0].axes.size() > 2 || sizes.empty())
      sizes.push_back("…");
  }
  std::string shape;
  for (const std::string &size : sizes)
    shape += (shape.empty() ? "" : ", ") + size;
  auto *number = std::get_if<Number>(&value);
  return "broadcast(" + (number ? spell(*number) : "0") + ", [" + shape + "])";
}

/// Gives the body what it takes from outside as further arguments, and its nodes ids of its own. Returns what it takes.
std::vector<NodeId> close(Function &body, const Function &around, std::vector<NodeId> yields, ast::Span span) {
  std::map<NodeId, NodeId> renamed;
  std::vector<Node> nodes;
  auto place = [&](NodeId old, Node node) {
    nodes.push_back(std::move(node));
    renamed[old] = NodeId(nodes.size() - 1);
  };
  size_t arguments = 0;
  for (; arguments < body.nodes.size() && body.nodes[arguments].op == Op::Input; ++arguments)
    place(BodyEvaluator::bodyIds + NodeId(arguments), body.nodes[arguments]);
  std::vector<NodeId> constants;
  auto capture = [&](NodeId id) {
    if (id >= BodyEvaluator::bodyIds || renamed.count(id))
      return;
    const Node &node = around.nodes.at(size_t(id));
    if (node.op == Op::Constant || node.op == Op::Iota)
      return place(id, node);
    Node argument{Op::Input, {}, {}, node.type, node.span};
    argument.attributes.argument = int64_t(arguments + constants.size());
    constants.push_back(id);
    place(id, argument);
  };
  for (size_t i = arguments; i < body.nodes.size(); ++i)
    std::for_each(body.nodes[i].operands.begin(), body.nodes[i].operands.end(), capture);
  std::for_each(yields.begin(), yields.end(), capture);
  for (size_t i = arguments; i < body.nodes.size(); ++i) {
    Node node = body.nodes[i];
    for (NodeId &operand : node.operands)
      operand = renamed.at(operand);
    place(BodyEvaluator::bodyIds + NodeId(i), std::move(node));
  }
  for (NodeId &id : yields)
    id = renamed.at(id);
  nodes.push_back({Op::Yield, std::move(yields), {}, {}, span});
  body.nodes = std::move(nodes);
  return constants;
}

struct Step {
  std::shared_ptr<Function> body = std::make_shared<Function>();
  std::vector<TensorValue> results; // ids of the body, or of what is around it
};

/// Runs `f` on arguments like the states and the rows; `places` are where both are written.
Step stepOf(BodyEvaluator &in, const Arg &f, const std::vector<TensorValue> &states, const Rows &rows,
            std::pair<ast::Span, ast::Span> places, ast::Span span) {
  Step step;
  Restore inside(in.body, step.body);
  std::vector<Node> &nodes = step.body->nodes;
  Args given;
  auto argument = [&](const TensorValue &like, size_t from, ast::Span place) {
    TensorValue value{BodyEvaluator::bodyIds + NodeId(nodes.size()), like.dtype, {}};
    value.axes.assign(like.axes.begin() + int64_t(from), like.axes.end());
    Attributes attributes;
    attributes.argument = int64_t(nodes.size());
    nodes.push_back({Op::Input, {}, attributes, value.type(), place});
    given.positional.push_back({value, place});
  };
  for (const TensorValue &state : states)
    argument(state, 0, places.first);
  for (const TensorValue &x : rows.xs)
    argument(x, 1, places.second);
  Value value = in.call(f.value, std::move(given), span);
  std::vector<Arg> parts = std::holds_alternative<None>(value) ? std::vector<Arg>{} : several({value, f.span});
  auto counted = [](size_t count, const char *what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  };
  if (parts.empty() || parts.size() < states.size())
    in.fail(Diag::ScanState, f.span,
            "the function of a `scan` with " + counted(states.size(), "state") +
                " gives the new states first; this one gives " + counted(parts.size(), "value"));
  for (size_t i = 0; i < parts.size(); ++i) {
    TensorValue tensor = in.toTensor(parts[i].value, f.span, i < states.size() ? states[i].dtype : DType::F32);
    if (tensor.isScalar())
      tensor = in.cast(tensor, DType::F32, f.span);
    if (i < states.size() && tensor.type() != states[i].type())
      in.fail(Diag::ScanState, f.span,
              "state " + std::to_string(i + 1) + " of `scan` starts as " + describe(states[i]) + " and becomes " +
                  describe(tensor),
              "a state keeps its type from step to step");
    step.results.push_back(tensor);
  }
  return step;
}

Value scan(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "scan", {"f", "init", "xs", "axis?", "reverse?"}, span);
  const Arg &f = *taken[0];
  if (!std::holds_alternative<std::shared_ptr<Closure>>(f.value) &&
      !std::holds_alternative<std::shared_ptr<Instance>>(f.value))
    in.fail(Diag::NotCallable, f.span, "`scan` takes the function of a step, this is " + describe(f.value),
            "scan(fn(s, x) { s + x }, init, xs)");
  in.refuseInBody(span, "another `scan`");
  Rows rows = rowsOf(in, *taken[2], taken[3] ? taken[3]->value : Value{Number{1, true}},
                     taken[3] ? taken[3]->span : span, span);
  std::vector<TensorValue> states;
  for (const Arg &item : several(*taken[1]))
    states.push_back(tensorOf(in, item.value, item.span, "each state", startOf(in, item.value, rows)));

  Step step = stepOf(in, f, states, rows, {taken[1]->span, taken[2]->span}, span);
  std::vector<NodeId> yields, operands;
  for (const TensorValue &result : step.results)
    yields.push_back(result.node);
  std::vector<NodeId> constants = close(*step.body, in.into, yields, span);
  for (auto *tensors : {&states, &rows.xs})
    for (const TensorValue &tensor : *tensors)
      operands.push_back(tensor.node);
  operands.insert(operands.end(), constants.begin(), constants.end());

  auto list = std::make_shared<List>();
  for (size_t i = 0; i < step.results.size(); ++i) {
    TensorValue &result = step.results[i];
    if (i >= states.size())
      result.axes.insert(result.axes.begin(), rows.walked);
    Attributes attributes;
    attributes.result = int64_t(i);
    attributes.states = int64_t(states.size());
    attributes.walked = int64_t(rows.xs.size());
    attributes.isReverse = flag(in, taken[4]);
    result.node = in.add(Op::Scan, operands, attributes, result.type(), span);
    in.into.nodes.back().body = step.body;
    list->items.push_back(i < states.size() ? result
                                            : moved(in, result, 0, std::min(rows.axis, result.axes.size() - 1), span));
  }
  return list->items.size() == 1 ? list->items[0] : Value{list};
}

} // namespace

void BodyEvaluator::refuseInBody(ast::Span span, const std::string &what) {
  if (body)
    fail(Diag::ScanInside, span, what + " cannot stand in the function of a `scan`",
         "do it outside, and hand the function what it gives as one of `xs`");
}

void addScan(BuiltinTable &table) { table["scan"] = scan; }

} // namespace tl
