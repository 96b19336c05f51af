// Which values belong to one record each: a walk through a function that asks each op which records it keeps apart.
#include "compiler/passes/RecordWise.h"
#include "runtime/abi/DrawnInputs.h"
#include "llvm/ADT/STLExtras.h"

namespace tl {
namespace {
using namespace mlir;
using ir::RecordAxes;
using Cause = Standing::Cause;
using Kind = Standing::Kind;

Standing other(Cause cause, Operation *op) { return {Kind::Other, cause, op, {}}; }

/// Of what depends on records: without an axis that keeps them apart it belongs to none of them.
Standing perRecord(const RecordAxes &axes, Operation *op) {
  return axes.empty() ? other(Cause::Mixes, op) : Standing{Kind::PerRecord, {}, nullptr, axes};
}

/// What is one or the other: a state of a scan, before its first step and after.
Standing either(const Standing &a, const Standing &b, Operation *op) {
  if (a.isOther() || b.isOther())
    return a.isOther() && (!b.isOther() || a.cause == Cause::Trained) ? a : b;
  RecordAxes axes = ir::intersection(a.axes, b.axes);
  if (a.kind == Kind::Fixed && b.kind == Kind::Fixed)
    return {Kind::Fixed, {}, nullptr, axes};
  return perRecord(axes, op);
}

class Walk {
public:
  Walk(int64_t batch, const Variables &written) : batch(batch), written(written) {}

  void add(Block &body) {
    for (Operation &op : body) {
      if (auto scan = llvm::dyn_cast<ir::ScanOp>(op))
        addScan(scan);
      else if (op.getNumResults() && ir::wordOf(&op))
        standings[op.getResult(0)] = of(&op);
    }
  }

  llvm::DenseMap<Value, Standing> standings;

private:
  Standing of(Operation *op) {
    switch (*ir::wordOf(op)) {
    case Op::Read: return written.contains(llvm::cast<ir::ReadOp>(op).getVariable()) ? other(Cause::Trained, op) : Standing();
    case Op::Random: return other(Cause::Random, op);
    case Op::Scalar: return changes(llvm::cast<ir::ScalarOp>(op)) ? other(Cause::Step, op) : Standing();
    // The padding of a batch says nothing of a record.
    case Op::Input: {
      llvm::StringRef name = llvm::cast<ir::InputOp>(op).getName();
      if (!abi::partsOfInput(name.str()).first.empty())
        return other(Cause::Beside, op);
      if (!abi::drawnField(name.str()).empty())
        return other(Cause::Drawn, op);
      return name == "valid" ? other(Cause::Place, op) : Standing{Kind::PerRecord, {}, nullptr, {{0, 1}}};
    }
    default: return ofOperands(op);
    }
  }

  /// A param stays as it is.
  bool changes(ir::ScalarOp op) { return symbols.lookupNearestSymbolFrom<ir::RuntimeScalarOp>(op, op.getScalarAttr()).getEach().has_value(); }

  Standing ofOperands(Operation *op) {
    SmallVector<ir::OperandRecords> operands;
    const Standing *worst = nullptr;
    bool isPerRecord = false;
    for (Value operand : op->getOperands()) {
      const Standing &standing = standings.find(operand)->second;
      operands.push_back({standing.kind == Kind::Fixed, standing.axes});
      if (standing.isOther() && (!worst || standing.cause == Cause::Trained))
        worst = &standing;
      isPerRecord |= standing.kind == Kind::PerRecord;
    }
    if (worst)
      return *worst;
    auto keeping = llvm::dyn_cast<ir::KeepsRecords>(op);
    RecordAxes axes = keeping ? keeping.recordAxes(operands, batch) : RecordAxes();
    if (!isPerRecord)
      return {Kind::Fixed, {}, nullptr, axes};
    return perRecord(axes, op);
  }

  /// The body is walked until its states stand as they did at its start. All results stand or fall together: an op is
  /// computed early as a whole.
  void addScan(ir::ScanOp scan) {
    SmallVector<Standing> states;
    for (Value init : scan.getInit())
      states.push_back(standings.find(init)->second);
    auto shifted = [](Standing standing, int64_t by) {
      RecordAxes axes;
      for (RecordAxis each : standing.axes)
        if (each.axis + by >= 0)
          axes.push_back({each.axis + by, each.inner});
      standing.axes = axes;
      return standing;
    };
    for (auto [argument, xs] : llvm::zip(scan.rowArguments(), scan.getXs())) {
      Standing row = shifted(standings.find(xs)->second, -1);
      bool isLost = row.kind == Kind::PerRecord && row.axes.empty(); // it goes from record to record
      standings[argument] = isLost ? other(Cause::Mixes, scan) : row;
    }
    for (auto [argument, constant] : llvm::zip(scan.constantArguments(), scan.getConstants()))
      standings[argument] = Standing(standings.find(constant)->second);
    OperandRange yielded = scan.yield().getValues();
    for (bool isStable = false; !isStable;) {
      for (auto [argument, state] : llvm::zip(scan.stateArguments(), states))
        standings[argument] = state;
      add(scan.getBody().front());
      isStable = true;
      for (auto [state, value] : llvm::zip(states, yielded)) {
        Standing met = either(state, standings.find(value)->second, scan);
        isStable &= met.kind == state.kind && met.axes == state.axes;
        state = met;
      }
    }
    SmallVector<Standing> results(states);
    for (Value value : yielded.drop_front(states.size()))
      results.push_back(shifted(standings.find(value)->second, 1));
    Standing all;
    for (const Standing &result : results)
      all = result.isOther() ? either(all, result, scan) : all;
    for (auto [value, result] : llvm::zip(scan.getOut(), results))
      standings[value] = all.isOther() ? all : result;
  }

  int64_t batch;
  const Variables &written;
  SymbolTableCollection symbols;
};

} // namespace

llvm::DenseMap<Value, Standing> standingsOf(Block &body, int64_t batch, const Variables &written) {
  Walk walk(batch, written);
  walk.add(body);
  return walk.standings;
}

std::optional<RecordAxis> leadingRecordAxis(const Standing &standing, const TensorType &type) {
  if (standing.kind == Kind::PerRecord)
    for (RecordAxis each : standing.axes)
      if (llvm::product_of(llvm::ArrayRef(type.shape).take_front(size_t(each.axis))) == 1)
        return each;
  return std::nullopt;
}

} // namespace tl
