// The derivative of a scan: a scan the other way, which hands the gradients of the states from step to step.
#include "compiler/ir/Build.h"
#include "compiler/ir/ReverseWalk.h"
#include "mlir/IR/IRMapping.h"
#include <functional>

namespace tl::ir {
namespace {
using namespace mlir;

/// The new scan's body is built before the scan, while it turns out which states, rows and constants it takes.
class ReverseScan {
public:
  ReverseScan(ScanOp scan, OpBuilder &b, ValueRange grads)
      : scan(scan), grads(grads), outside{b, scan.getLoc()}, inner(scan.getContext()), inside{inner, scan.getLoc()} {
    inner.setInsertionPointToEnd(body.get());
  }
  SmallVector<Value> build();

private:
  /// A value outside, to be asked for once the scan stands.
  using Later = std::function<Value()>;
  /// A value of the body outside: stacked along a first axis, or the same in every step.
  struct Stacked {
    bool varies;
    Later value;
  };

  Value addState(Value init);
  Value addRow(Value x);
  Value addConstant(Value x);
  void copyBody();
  void walkBack();
  void useWhatIsStacked();
  Later stack(Value value);
  Stacked stacked(Value value);
  Later total(Value value);
  void finish();

  ScanOp scan, made;
  ValueRange grads; // of the results
  Build outside;
  OpBuilder inner;
  Build inside;
  std::unique_ptr<Block> body = std::make_unique<Block>();
  SmallVector<Value> states, xs, constants; // operands of the new scan
  SmallVector<Value> next, ys;              // what its body yields
  IRMapping map;                            // values of the scan's body -> those of its copy
  SmallVector<Later> found;                 // gradients of the operands
};

Value ReverseScan::addState(Value init) {
  states.push_back(init);
  return body->insertArgument(unsigned(states.size() - 1), init.getType(), inside.loc);
}

Value ReverseScan::addRow(Value x) {
  tl::TensorType type = typeOf(x);
  type.shape.erase(type.shape.begin());
  xs.push_back(x);
  return body->insertArgument(unsigned(states.size() + xs.size() - 1), typeOf(x.getContext(), type), inside.loc);
}

Value ReverseScan::addConstant(Value x) {
  constants.push_back(x);
  return body->addArgument(x.getType(), inside.loc);
}

/// The forward step again, on what is known of it: the states it began with, its rows, the constants.
void ReverseScan::copyBody() {
  for (BlockArgument state : scan.stateArguments())
    map.map(state, addRow(scan.stackOf(state)));
  for (auto [row, x] : llvm::zip(scan.rowArguments(), scan.getXs()))
    map.map(row, addRow(x));
  for (auto [argument, constant] : llvm::zip(scan.constantArguments(), scan.getConstants()))
    map.map(argument, addConstant(constant));
  for (Operation &op : scan.getBody().front().without_terminator())
    inner.clone(op, map);
}

/// ds', dy -> ds, dx and the sum of dk over the steps, for s', y = f(s, x, k)
void ReverseScan::walkBack() {
  SmallVector<Value> roots;
  for (BlockArgument argument : scan.getBody().getArguments())
    if (carriesGradient(argument))
      roots.push_back(map.lookup(argument));
  Operation *last = body->empty() ? nullptr : &body->back();
  ReverseWalk walk(*body, last, roots, inner);
  size_t stateCount = scan.getInit().size();
  for (auto [n, value, result] : llvm::enumerate(scan.yield().getValues(), scan.getResults())) {
    if (!carriesGradient(value))
      continue;
    if (n < stateCount)
      walk.add(map.lookup(value), addState(grads[n] ? grads[n] : outside.fill(0, result)));
    else if (grads[n])
      walk.add(map.lookup(value), addRow(grads[n]));
  }
  [[maybe_unused]] LogicalResult walked = walk.run();
  assert(succeeded(walked) && "every op has a derivative or a reason for none");
  useWhatIsStacked();

  SmallVector<Value> ofArguments;
  for (BlockArgument argument : scan.getBody().getArguments())
    ofArguments.push_back(walk.gradientOf(map.lookup(argument)));
  for (size_t n = 0, state = 0; n < stateCount; ++n) {
    if (!carriesGradient(scan.getInit()[n])) {
      found.push_back(nullptr);
      continue;
    }
    next.push_back(ofArguments[n] ? ofArguments[n] : inside.fill(0, scan.stateArguments()[n]));
    found.push_back([this, state] { return made.getResult(unsigned(state)); });
    ++state;
  }
  for (size_t n = stateCount; n < ofArguments.size(); ++n)
    found.push_back(!ofArguments[n]                        ? nullptr
                    : n < stateCount + scan.getXs().size() ? stack(ofArguments[n])
                                                           : total(ofArguments[n]));
}

/// What the forward scan stacks is not computed again.
void ReverseScan::useWhatIsStacked() {
  for (Operation &op : scan.getBody().front().without_terminator())
    for (Value result : op.getResults())
      if (Value stack = scan.stackOf(result); stack && !map.lookup(result).use_empty())
        map.lookup(result).replaceAllUsesWith(addRow(stack));
}

/// The values that `value` has in the steps.
ReverseScan::Later ReverseScan::stack(Value value) {
  size_t index = size_t(llvm::find(ys, value) - ys.begin());
  if (index == ys.size())
    ys.push_back(value);
  return [this, index] { return made.getResult(unsigned(states.size() + index)); };
}

static std::vector<int64_t> shifted(ArrayRef<int64_t> axes) {
  std::vector<int64_t> result = {0};
  for (int64_t axis : axes)
    result.push_back(axis + 1);
  return result;
}

/// Layouts are left outside: kernels index through them, stacks would be copies.
ReverseScan::Stacked ReverseScan::stacked(Value value) {
  if (auto argument = llvm::dyn_cast<BlockArgument>(value)) {
    size_t number = argument.getArgNumber();
    if (number >= states.size() + xs.size())
      return {false, [constant = constants[number - states.size() - xs.size()]] { return constant; }};
    if (number >= states.size())
      return {true, [x = xs[number - states.size()]] { return x; }};
    return {true, stack(value)};
  }
  Operation *op = value.getDefiningOp();
  if (!llvm::isa<TransposeOp, BroadcastOp, ReshapeOp>(op))
    return {true, stack(value)};
  Stacked inner = stacked(op->getOperand(0));
  tl::Attributes attributes = attributesOf(op);
  tl::TensorType type = typeOf(value);
  if (inner.varies) {
    attributes.axes = shifted(attributes.axes);
    type.shape.insert(type.shape.begin(), scan.steps());
  }
  return {inner.varies, [=, this, word = *wordOf(op)] { return outside.op(word, {inner.value()}, attributes, type); }};
}

/// The sum of `value` over the steps. What is linear is done once, after the last step:
/// Σ_t Σ_k a[t, k]·b[t, k] = Σ_tk a[t, k]·b[t, k]        Σ_t (a + b) = Σ_t a + Σ_t b        Σ_t aᵀ = (Σ_t a)ᵀ
ReverseScan::Later ReverseScan::total(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto contract = llvm::dyn_cast_if_present<ContractOp>(op)) {
    Stacked lhs = stacked(contract.getLhs()), rhs = stacked(contract.getRhs());
    std::vector<std::vector<int64_t>> loops = attributesOf(op).indices;
    int64_t step = 0;
    for (const std::vector<int64_t> &list : loops)
      for (int64_t loop : list)
        step = std::max(step, loop + 1);
    if (lhs.varies)
      loops[0].insert(loops[0].begin(), step);
    if (rhs.varies)
      loops[1].insert(loops[1].begin(), step);
    if (lhs.varies || rhs.varies)
      return [=, this] { return outside.contract(lhs.value(), rhs.value(), loops[0], loops[1], loops[2]); };
  }
  if (auto sum = llvm::dyn_cast_if_present<ReduceSumOp>(op);
      sum && (llvm::is_contained(ys, sum.getX()) || llvm::isa<BlockArgument>(sum.getX())))
    if (Stacked x = stacked(sum.getX()); x.varies)
      return [=, this, axes = shifted(sum.getAxes())] { return outside.reduceSum(x.value(), axes); };
  if (llvm::isa_and_present<TransposeOp, BroadcastOp, ReshapeOp, NegOp>(op)) {
    Later x = total(op->getOperand(0));
    return [=, this, word = *wordOf(op), attributes = attributesOf(op), type = typeOf(value)] {
      return outside.op(word, {x()}, attributes, type);
    };
  }
  if (auto add = llvm::dyn_cast_if_present<AddOp>(op)) {
    Later lhs = total(add.getLhs()), rhs = total(add.getRhs());
    return [=, this] { return outside.add(lhs(), rhs()); };
  }
  size_t state = states.size();
  Value sum = addState(outside.fill(0, value));
  next.push_back(inside.add(sum, value));
  return [this, state] { return made.getResult(unsigned(state)); };
}

void ReverseScan::finish() {
  SmallVector<Value> yields = next;
  llvm::append_range(yields, ys);
  YieldOp::create(inner, inside.loc, yields);
  for (Operation *op = &body->back(), *previous; op; op = previous) {
    previous = op->getPrevNode();
    if (isOpTriviallyDead(op))
      op->erase();
  }
  SmallVector<Type> types;
  for (auto [n, value] : llvm::enumerate(yields)) {
    tl::TensorType type = typeOf(value);
    if (n >= next.size())
      type.shape.insert(type.shape.begin(), scan.steps());
    types.push_back(typeOf(value.getContext(), type));
  }
  made = ScanOp::create(outside.b, outside.loc, types, states, xs, constants, !scan.getReverse());
  made.getBody().push_back(body.release());
}

SmallVector<Value> ReverseScan::build() {
  copyBody();
  walkBack();
  finish();
  SmallVector<Value> gradients;
  for (const Later &gradient : found)
    gradients.push_back(gradient ? gradient() : Value());
  return gradients;
}

} // namespace

/// s[t+1], y[t] = f(s[t], x[t], k)        ds[t], dx[t], dk[t] = derivative of f at (s[t], x[t], k) of (ds[t+1], dy[t]);
/// dk = Σ_t dk[t] The scan must stack the states its steps begin with: `tl-differentiate` sees to it.
SmallVector<Value> ScanOp::buildOperandGrads(OpBuilder &b, ValueRange grads) {
  return ReverseScan(*this, b, grads).build();
}

} // namespace tl::ir
