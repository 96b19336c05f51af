// Running a function op by op.
#include "compiler/layertest/Interpreted.h"
#include "compiler/ir/Build.h"

namespace tl::layertest {
using namespace mlir;
using reference::Tensor;

Interpreted::Interpreted(func::FuncOp function) {
  SlotOf slotOf;
  add(function.front(), slotOf);
  slots.resize(slotCount);
}

void Interpreted::add(Block &block, SlotOf &slotOf) {
  for (Operation &op : block.without_terminator()) {
    if (auto scan = llvm::dyn_cast<ir::ScanOp>(op)) {
      addScan(scan, slotOf);
      continue;
    }
    Step step{&op, {}, 0, ""};
    for (Value operand : op.getOperands())
      step.operands.push_back(slotOf.at(operand));
    step.name = ir::namedBy(&op).str();
    if (op.getNumResults())
      slotOf[op.getResult(0)] = step.result = slotCount++;
    steps.push_back(step);
  }
}

void Interpreted::addScan(ir::ScanOp scan, SlotOf &slotOf) {
  size_t states = scan.getInit().size();
  std::vector<std::vector<size_t>> yielded(scan.getNumResults(), std::vector<size_t>(size_t(scan.steps())));
  std::vector<size_t> state;
  for (Value init : scan.getInit())
    state.push_back(slotOf.at(init));
  for (int64_t n = 0; n < scan.steps(); ++n) {
    int64_t t = scan.getReverse() ? scan.steps() - 1 - n : n;
    SlotOf inside;
    for (auto [argument, slot] : llvm::zip(scan.stateArguments(), state))
      inside[argument] = slot;
    for (auto [argument, x] : llvm::zip(scan.rowArguments(), scan.getXs())) {
      steps.push_back({nullptr, {slotOf.at(x)}, slotCount, "", t});
      inside[argument] = slotCount++;
    }
    for (auto [argument, constant] : llvm::zip(scan.constantArguments(), scan.getConstants()))
      inside[argument] = slotOf.at(constant);
    add(scan.getBody().front(), inside);
    for (auto [i, value] : llvm::enumerate(scan.yield().getValues()))
      yielded[i][size_t(t)] = inside.at(value);
    for (size_t i = 0; i < states; ++i)
      state[i] = yielded[i][size_t(t)];
  }
  for (auto [i, result] : llvm::enumerate(scan.getResults())) {
    slotOf[result] = i < states ? state[i] : slotCount;
    if (i >= states)
      steps.push_back({nullptr, yielded[i], slotCount++, ""});
  }
}

static Tensor stacked(const std::vector<Tensor> &rows) {
  std::vector<int64_t> shape = rows[0].shape;
  shape.insert(shape.begin(), int64_t(rows.size()));
  Tensor stack(shape);
  for (size_t t = 0; t < rows.size(); ++t)
    reference::putRow(stack, int64_t(t), rows[t]);
  return stack;
}

reference::Named Interpreted::run(const std::vector<Field> &fields, const std::string &changed) {
  reference::Named outputs;
  std::vector<bool> isNew(slots.size());
  decided = 0;
  for (const Step &step : steps) {
    bool isTaken = step.op && step.op->getNumResults() && !step.name.empty();
    if (step.op && step.op->getNumResults() == 0) {
      outputs[step.name] = slots[step.operands[0]];
      continue;
    }
    isNew[step.result] = changed.empty() || (isTaken && step.name == changed) ||
                         llvm::any_of(step.operands, [&](size_t slot) { return isNew[slot]; });
    if (!isNew[step.result])
      continue;
    std::vector<Tensor> operands;
    operands.reserve(step.operands.size());
    for (size_t slot : step.operands)
      operands.push_back(slots[slot]);
    if (!step.op) {
      slots[step.result] = step.row < 0 ? stacked(operands) : reference::rowOf(operands[0], step.row);
    } else if (isTaken) {
      for (const Field &field : fields)
        if (field.name == step.name)
          slots[step.result] = Tensor(field.type.shape, field.data);
    } else if (!isHeld || !llvm::isa<ir::StopGradientOp>(step.op)) {
      slots[step.result] = reference::evaluate(step.op, operands);
      if (noise)
        noise->add(step.op, operands, slots[step.result]);
      decide(step.op, operands, slots[step.result]);
    }
  }
  return outputs;
}

void Interpreted::decide(Operation *op, const std::vector<Tensor> &x, const Tensor &y) {
  DType dtype = ir::typeOf(op->getResult(0)).dtype;
  Op word = *ir::wordOf(op);
  if ((dtype != DType::F32 && dtype != DType::F64) || word == Op::Floor || word == Op::Sign)
    for (double value : y.data)
      note(value);
  if (word == Op::Max || word == Op::Min)
    for (Eigen::Index i = 0; i < y.data.size(); ++i)
      note((x[0].data[i] > x[1].data[i]) - (x[0].data[i] < x[1].data[i]));
  if (word == Op::Abs)
    for (double value : x[0].data)
      note((value > 0) - (value < 0));
  if (word == Op::ReduceMax) { // which elements are the largest of theirs
    Attributes attributes = ir::attributesOf(op);
    std::vector<int64_t> kept = ir::otherAxes(attributes.axes, int64_t(x[0].shape.size()));
    for (Eigen::Index i = 0; i < x[0].data.size(); ++i) {
      int64_t rest = i, row = 0, step = 1;
      for (size_t axis = x[0].shape.size(); axis-- > 0; rest /= x[0].shape[axis])
        if (llvm::is_contained(kept, int64_t(axis))) {
          row += rest % x[0].shape[axis] * step;
          step *= x[0].shape[axis];
        }
      note(x[0].data[i] == y.data[row]);
    }
  }
}

} // namespace tl::layertest
