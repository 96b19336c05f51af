// Elementwise ops need at most a domain; every other op has its way to be drawn.
#include "tests/ir/gradients/OpCases.h"
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace tl::test {
namespace {
using namespace mlir;

// Elementwise ------------------------------------------------------------------

constexpr Range tiny{1e-30, 1e-3, true}, huge{1e3, 1e30, true}, ordinary{0.3, 1.7}, zero{0, 0}, wide{-1e6, 1e6};

/// The domain of an operand, where it is not all numbers near zero. Slopes at kinks are tested apart (Ties.cpp).
const std::map<Op, std::vector<Domain>> domains = {
    {Op::Exp, {{{{-3, 3}, {-80, 80}, zero}, true}}},
    {Op::Log, {{{ordinary, tiny, huge}}}},
    {Op::Log1p, {{{{-0.7, 2}, {1e-20, 1e-3, true, true}, huge}}}},
    {Op::Expm1, {{{{-3, 3}, {-80, 80}, zero, {1e-20, 1e-3, true, true}}, true}}},
    {Op::Sqrt, {{{ordinary, tiny, huge}}}},
    {Op::Rsqrt, {{{ordinary, {1e-18, 1e-3, true}, {1e3, 1e18, true}}}}},
    {Op::Tanh, {{{{-3, 3}, {5, 40, false, true}, zero, {1e-20, 1e-3, true, true}}}}},
    {Op::Sigmoid, {{{{-3, 3}, {5, 40, false, true}, zero, {1e-20, 1e-3, true, true}}}}},
    {Op::Erf, {{{{-3, 3}, {2, 10, false, true}, zero, {1e-20, 1e-3, true, true}}}}},
    {Op::Sin, {{{{-3, 3}, {-1000, 1000}, zero}}}},
    {Op::Cos, {{{{-3, 3}, {-1000, 1000}, zero}}}},
    {Op::Abs, {{{{-2, 2}, wide, {1e-20, 1e20, true, true}}}}},
    {Op::Add, {{{{-2, 2}, wide, zero}}, {{{-2, 2}, wide, zero}}}},
    {Op::Sub, {{{{-2, 2}, wide, zero}}, {{{-2, 2}, wide, zero}}}},
    {Op::Mul, {{{{-2, 2}, wide, zero, {1e-10, 1e10, true, true}}}, {{{-2, 2}, wide, zero}}}},
    {Op::Div, {{{{-2, 2}, wide, zero}}, {{ordinary, {0.3, 3, false, true}, {1e-10, 1e10, true, true}}}}},
    {Op::Max, {{{{-2, 2}, wide}}, {{{-2, 2}, wide}}}},
    {Op::Min, {{{{-2, 2}, wide}}, {{{-2, 2}, wide}}}},
    {Op::Pow, {{{ordinary, {1e-6, 1e6, true}}}, {{{-3, 3}, zero}, true}}},
};

Domain domainOf(Op op, size_t operand) {
  auto found = domains.find(op);
  return found == domains.end() || operand >= found->second.size() ? Domain{} : found->second[operand];
}

Value drawElementwise(Maker &m, Op op) {
  Shape shape = m.shape();
  SmallVector<Value> operands;
  for (int n = 0; n < operandCount(op); ++n)
    operands.push_back(op == Op::Select && n == 0 ? m.flags(shape) : m.take(shape, domainOf(op, size_t(n))));
  return m.op(op, operands, {}, {m.real, shape});
}

/// To its own dtype, and beside numbers of 16 bits, which gradients pass by.
Value drawCast(Maker &m) {
  Value x = m.take(m.shape());
  return m.below(2) ? m.op(Op::Cast, {x}, {}, ir::typeOf(x)) : m.mul(x, m.kept(ir::typeOf(x).shape));
}

/// Whole powers of any number: at 0 those that have a slope there.
Value drawWholePower(Maker &m) {
  int64_t power = m.below(8) - 3;
  Domain base = power >= 0 ? Domain{{{-2, 2}, zero, {-20, -3}}} : Domain{{{0.3, 3, false, true}}};
  if (m.isComposing)
    base = {{ordinary}};
  Value x = m.take(m.shape(), base);
  return m.pow(x, m.fill(double(power), x));
}

// Contraction ------------------------------------------------------------------

/// Loops 0, 1, … of either operand or both, summed or kept, their order drawn anew in each list.
Value drawContract(Maker &m) {
  Shape left = m.shape(), right;
  if (left.size() > 4)
    left.resize(4);
  std::vector<int64_t> ofLeft = m.shuffled(int64_t(left.size())), ofRight, out;
  std::vector<std::pair<int64_t, int64_t>> loops; // of the right operand: loop, size
  for (size_t axis = 0; axis < left.size(); ++axis)
    if (m.below(3))
      loops.emplace_back(ofLeft[axis], left[axis]);
  for (int64_t own = int64_t(left.size()); loops.size() < 4 && m.below(2); ++own)
    loops.emplace_back(own, 1 + m.below(4));
  for (int64_t i : m.shuffled(int64_t(loops.size()))) {
    ofRight.push_back(loops[size_t(i)].first);
    right.push_back(loops[size_t(i)].second);
  }
  std::vector<int64_t> all = ofLeft;
  for (int64_t loop : ofRight)
    if (!llvm::is_contained(all, loop))
      all.push_back(loop);
  int64_t kept = 1;
  for (int64_t i : m.shuffled(int64_t(all.size()))) {
    int64_t loop = all[size_t(i)], size = 1;
    for (size_t axis = 0; axis < left.size(); ++axis)
      size = ofLeft[axis] == loop ? left[axis] : size;
    for (auto [own, its] : loops)
      size = own == loop ? its : size;
    if (out.size() < 4 && kept * size <= 100 && m.below(5) > 1) {
      out.push_back(loop);
      kept *= size;
    }
  }
  Value x = m.take(left), y = m.take(right);
  return m.below(2) ? m.contract(x, y, ofLeft, ofRight, out) : m.contract(y, x, ofRight, ofLeft, out);
}

// Reductions -------------------------------------------------------------------

Value drawReduce(Maker &m, Op op) {
  Shape shape = m.shape();
  return m.op(op, {m.take(shape)}, {.axes = m.someAxes(int64_t(shape.size()))});
}

// Layout -----------------------------------------------------------------------

Value drawReshape(Maker &m) {
  Shape shape = m.shape(), to;
  int64_t rest = TensorType{m.real, shape}.elements();
  while (to.size() < 4 && (rest > 1 || m.below(2))) {
    std::vector<int64_t> divisors;
    for (int64_t size = 1; size <= rest; ++size)
      if (rest % size == 0)
        divisors.push_back(size);
    to.push_back(to.size() == 3 ? rest : m.pick(divisors));
    rest /= to.back();
  }
  return m.op(Op::Reshape, {m.take(shape)}, {}, {m.real, to});
}

Value drawTranspose(Maker &m) {
  Shape shape = m.shape();
  return m.transpose(m.take(shape), m.shuffled(int64_t(shape.size())));
}

Value drawBroadcast(Maker &m) {
  Shape shape = m.shape(), to;
  std::vector<int64_t> axes;
  int64_t room = 4;
  for (size_t axis = 0; axis <= shape.size(); ++axis) {
    for (; to.size() + shape.size() - axis < 4 && room > 1 && m.below(2); room /= to.back())
      to.push_back(1 + m.below(room));
    if (axis == shape.size())
      break;
    axes.push_back(int64_t(to.size()));
    to.push_back(shape[axis]);
  }
  return m.op(Op::Broadcast, {m.take(shape)}, {.axes = axes}, {m.real, to});
}

Value drawSlice(Maker &m) {
  Shape shape = m.shape(), starts, limits, strides;
  for (int64_t size : shape) {
    starts.push_back(m.below(size));
    limits.push_back(starts.back() + 1 + m.below(size - starts.back()));
    strides.push_back(m.below(2) ? 1 : 1 + m.below(size + 1));
  }
  return m.slice(m.take(shape), starts, limits, strides);
}

Value drawPad(Maker &m) {
  Shape shape = m.shape(), before, after;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    before.push_back(m.below(3));
    after.push_back(m.below(3));
  }
  return m.pad(m.take(shape), before, after);
}

Value drawConcat(Maker &m) {
  Shape shape = m.shape(1);
  int64_t axis = m.below(int64_t(shape.size()));
  SmallVector<Value> parts = {m.take(shape)};
  for (int64_t more = m.below(3); more > 0; --more) {
    Shape other = shape;
    if (m.below(2))
      other[size_t(axis)] = 1 + m.below(3);
    parts.push_back(m.below(4) ? m.take(other) : m.op(Op::Concat, {parts[0]}, {.axis = axis}));
  }
  return m.op(Op::Concat, parts, {.axis = axis});
}

// Windows ----------------------------------------------------------------------

struct Windows {
  Shape shape;
  int64_t axis, size, stride, dilation;
};

Windows drawWindows(Maker &m) {
  Windows w{m.shape(1), 0, 1 + m.below(3), 1 + m.below(3), 1 + m.below(2)};
  while (w.shape.size() > 3)
    w.shape.pop_back();
  w.axis = m.below(int64_t(w.shape.size()));
  int64_t &size = w.shape[size_t(w.axis)];
  size = std::max(size, (w.size - 1) * w.dilation + 1 + m.below(4));
  return w;
}

Value drawWindow(Maker &m) {
  Windows w = drawWindows(m);
  return m.window(m.take(w.shape), w.axis, w.size, w.stride, w.dilation);
}

Value drawFold(Maker &m) {
  Windows w = drawWindows(m);
  int64_t n = w.shape[size_t(w.axis)], count = (n - (w.size - 1) * w.dilation - 1) / w.stride + 1;
  w.shape[size_t(w.axis)] = count;
  w.shape.insert(w.shape.begin() + w.axis + 1, w.size);
  return m.fold(m.take(w.shape), n, w.axis, w.size, w.stride, w.dilation);
}

// Rows -------------------------------------------------------------------------

Shape idsShape(Maker &m, size_t rowRank) {
  Shape shape;
  for (int64_t rank = m.below(int64_t(5 - std::min<size_t>(rowRank, 4))); rank > 0 && shape.size() < 2; --rank)
    shape.push_back(1 + m.below(4));
  return shape;
}

Value drawGather(Maker &m) {
  Shape table = m.shape(1);
  Value ids = m.ids(idsShape(m, table.size() - 1), table[0]);
  return m.gather(m.take(table), ids);
}

Value drawScatterAdd(Maker &m) {
  Shape updates = m.shape(), table = {1 + m.below(6)};
  size_t idsRank = size_t(m.below(int64_t(std::min<size_t>(updates.size(), 2)) + 1));
  table.insert(table.end(), updates.begin() + int64_t(idsRank), updates.end());
  Value ids = m.ids(Shape(updates.begin(), updates.begin() + int64_t(idsRank)), table[0]);
  return m.scatterAdd(ids, m.take(updates), {m.real, table});
}

// Recurrence -------------------------------------------------------------------

/// A step on what it is given: tensors [n, k], [k] and, as its argument 4, [k, k], mixed by a few ops of either shape and across.
class Step {
public:
  Step(Maker &m, OpBuilder &b, Block &body, const Shape &wide) : m(m), in{b, m.loc}, wide(wide) {
    for (Value argument : body.getArguments())
      (ir::typeOf(argument).shape.size() == 1 ? rows
       : argument == body.getArgument(4)      ? squares
                                              : wides)
          .push_back(argument);
  }
  void grow() {
    switch (m.below(8)) {
    case 0: return add(wides, in.op(Op::Tanh, {m.pick(wides)}));
    case 1: return add(wides, in.add(m.pick(wides), m.pick(wides)));
    case 2: return add(wides, in.mul(m.pick(wides), in.op(Op::Sigmoid, {m.pick(wides)})));
    case 3: return add(wides, in.contract(m.pick(wides), m.pick(squares), {0, 2}, m.below(2) ? Loops{2, 1} : Loops{1, 2}, {0, 1}));
    case 4: return add(wides, in.mul(m.pick(wides), in.broadcast(m.pick(rows), {1}, wide)));
    case 5: return add(rows, in.op(Op::Tanh, {in.reduceSum(m.pick(wides), {0})}));
    case 6: return add(rows, in.op(Op::ReduceMax, {m.pick(wides)}, {.axes = {0}}));
    default: {
      Value x = m.pick(wides), flag = in.lt(x, m.pick(wides));
      return add(wides, in.select(flag, x, in.neg(m.pick(wides))));
    }
    }
  }
  /// Values near 0, so that the next step begins as this one did.
  Value wideState() { return in.op(Op::Tanh, {wides.back()}); }
  Value rowState() { return in.op(Op::Sin, {rows.back()}); }
  Value any() { return m.pick(m.below(3) ? wides : rows); }

private:
  using Loops = std::vector<int64_t>;
  static void add(std::vector<Value> &values, Value value) { values.push_back(value); }

  Maker &m;
  ir::Build in;
  Shape wide;
  std::vector<Value> wides, rows, squares;
};

Value drawScan(Maker &m) {
  bool isLarge = m.room > 40 && !m.isComposing; // a composition leaves out large values, and what only they use
  int64_t n = 1 + m.below(isLarge ? 40 : 3), k = 1 + m.below(isLarge ? 70 : 3), steps = 1 + m.below(4);
  Shape wide = {n, k};
  bool isComposing = std::exchange(m.isComposing, false); // shapes of its own
  SmallVector<Value> init = {m.take(wide), m.take({k})}, xs = {m.take({steps, n, k}), m.take({steps, k})},
                     constants = {m.take({k, k}), m.take({k})};
  m.isComposing = isComposing;
  auto body = std::make_unique<Block>();
  for (Value state : init)
    body->addArgument(state.getType(), m.loc);
  body->addArgument(init[0].getType(), m.loc);
  body->addArgument(init[1].getType(), m.loc);
  for (Value constant : constants)
    body->addArgument(constant.getType(), m.loc);
  OpBuilder b(m.b.getContext());
  b.setInsertionPointToEnd(body.get());
  Step step(m, b, *body, wide);
  for (int64_t ops = 2 + m.below(6); ops > 0; --ops)
    step.grow();
  SmallVector<Value> yields = {step.wideState(), step.rowState()};
  for (int64_t stacks = m.below(3); stacks > 0; --stacks)
    yields.push_back(step.any());
  ir::YieldOp::create(b, m.loc, yields);
  SmallVector<Type> types;
  for (auto [i, value] : llvm::enumerate(yields)) {
    TensorType type = ir::typeOf(value);
    if (i >= init.size())
      type.shape.insert(type.shape.begin(), steps);
    types.push_back(ir::typeOf(b.getContext(), type));
  }
  auto scan = ir::ScanOp::create(m.b, m.loc, types, init, xs, constants, m.below(2) == 1);
  scan.getBody().push_back(body.release());
  SmallVector<Value> parts;
  for (Value result : scan.getResults())
    if (parts.empty() || m.below(4))
      parts.push_back(m.reshape(result, {ir::typeOf(result).elements()}));
  return m.op(Op::Concat, parts, {.axis = 0});
}

/// How to draw a use of an op, by its name. Elementwise ops need none.
using Draw = Value (*)(Maker &);
const std::map<std::string, Draw> draws = {
    {"tl.cast", drawCast},
    {"tl.contract", drawContract},
    {"tl.reduce_sum", [](Maker &m) { return drawReduce(m, Op::ReduceSum); }},
    {"tl.reduce_max", [](Maker &m) { return drawReduce(m, Op::ReduceMax); }},
    {"tl.reshape", drawReshape},
    {"tl.transpose", drawTranspose},
    {"tl.broadcast", drawBroadcast},
    {"tl.slice", drawSlice},
    {"tl.pad", drawPad},
    {"tl.concat", drawConcat},
    {"tl.window", drawWindow},
    {"tl.fold", drawFold},
    {"tl.gather", drawGather},
    {"tl.scatter_add", drawScatterAdd},
    {"tl.scan", drawScan},
    {"tl.pow", [](Maker &m) { return m.below(3) ? drawElementwise(m, Op::Pow) : drawWholePower(m); }},
};

std::optional<Op> wordNamed(const std::string &op) {
#define OP(Id, name, ...) \
  if (op == "tl." name)   \
    return Op::Id;
#include "compiler/calculus/Ops.def"
  return std::nullopt;
}

} // namespace

std::vector<std::string> differentiableOps(MLIRContext &context) {
  // Not getRegisteredOperationsByDialect, which finds nothing where other dialects are registered too.
  std::vector<std::string> names;
  for (RegisteredOperationName op : context.getRegisteredOperations())
    if (op.getDialectNamespace() == "tl" && op.hasInterface<ir::Differentiable>())
      names.push_back(op.getStringRef().str());
  llvm::sort(names);
  return names;
}

Value drawUse(Maker &m, const std::string &op) {
  if (auto found = draws.find(op); found != draws.end())
    return found->second(m);
  std::optional<Op> word = wordNamed(op);
  return word && isElementwise(*word) ? drawElementwise(m, *word) : Value();
}

Value drawComposition(Maker &m, const std::vector<std::string> &ops) {
  m.isComposing = true;
  for (int64_t count = 1 + m.below(2); count > 0; --count) {
    m.isComposing = false; // shapes of its own
    Shape shape = m.shape();
    m.isComposing = true;
    m.values.push_back(m.variable(shape, {}));
  }
  for (int64_t uses = 2 + m.below(5); uses > 0; --uses) {
    Value y = drawUse(m, m.pick(ops));
    if (!y)
      return {};
    if (ir::typeOf(y).elements() <= 200)
      m.values.push_back(m.below(3) ? y : m.mul(y, m.fill(0.25, y)));
  }
  // Everything that was made counts, so that values have several uses.
  SmallVector<Value> parts;
  for (Value value : m.values)
    parts.push_back(m.reshape(value, {ir::typeOf(value).elements()}));
  return m.op(Op::Concat, parts, {.axis = 0});
}

} // namespace tl::test
