// Running a function op by op.
#include "compiler/judge/Interpreted.h"
#include "compiler/ir/Build.h"

namespace tl::judge {
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
    if (auto name = op.getAttrOfType<StringAttr>("name"))
      step.name = name.str();
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

reference::Named Interpreted::run(const std::vector<Field> &fields) {
  reference::Named outputs;
  decided = 0;
  for (const Step &step : steps) {
    std::vector<Tensor> operands;
    for (size_t slot : step.operands)
      operands.push_back(slots[slot]);
    if (!step.op) {
      slots[step.result] = step.row < 0 ? stacked(operands) : reference::rowOf(operands[0], step.row);
    } else if (step.op->getNumResults() == 0) {
      outputs[step.name] = operands[0];
    } else if (!step.name.empty()) {
      for (const Field &field : fields)
        if (field.name == step.name)
          slots[step.result] = Tensor(field.type.shape, field.data);
    } else if (!isHeld || !llvm::isa<ir::StopGradientOp>(step.op)) {
      slots[step.result] = reference::evaluate(step.op, operands);
      decide(step.op, operands, slots[step.result]);
    }
  }
  return outputs;
}

void Interpreted::decide(Operation *op, const std::vector<Tensor> &x, const Tensor &y) {
  DType dtype = ir::typeOf(op->getResult(0)).dtype;
  Op word = *ir::wordOf(op);
  bool isWhole = dtype != DType::F32 && dtype != DType::F64;
  for (Eigen::Index i = 0; i < y.data.size(); ++i) {
    if (isWhole || word == Op::Floor || word == Op::Sign)
      note(y.data[i]);
    if (word == Op::Max || word == Op::Min)
      note((x[0].data[i] > x[1].data[i]) - (x[0].data[i] < x[1].data[i]));
    if (word == Op::Abs)
      note((x[0].data[i] > 0) - (x[0].data[i] < 0));
  }
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

} // namespace tl::judge
