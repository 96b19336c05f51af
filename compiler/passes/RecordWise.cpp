// Which values belong to one record each: a walk through a function with a rule for every word that can keep records apart.
#include "compiler/passes/RecordWise.h"
#include "llvm/ADT/STLExtras.h"

namespace tl {
namespace {
using namespace mlir;
using Axes = SmallVector<RecordAxis, 2>;
using Cause = Standing::Cause;
using Kind = Standing::Kind;

Axes intersection(const Axes &a, const Axes &b) {
  Axes both;
  for (RecordAxis axis : a)
    if (llvm::is_contained(b, axis))
      both.push_back(axis);
  return both;
}

int64_t product(llvm::ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

/// How one op hands the axes of its operands on to its result.
class Rule {
public:
  Rule(Operation *op, llvm::ArrayRef<const Standing *> operands, int64_t batch)
      : word(*ir::wordOf(op)), attributes(ir::attributesOf(op)), operands(operands), batch(batch),
        out(ir::typeOf(op->getResult(0)).shape) {
    for (Value operand : op->getOperands())
      shapes.push_back(ir::typeOf(operand).shape);
  }

  Axes axes() const {
    if (isElementwise(word))
      return ofAll();
    switch (word) {
    case Op::Constant: return equalAlong([](int64_t) { return true; });
    case Op::Iota: return equalAlong([&](int64_t axis) { return axis != attributes.axis; });
    case Op::Contract: return contract();
    case Op::ReduceSum:
    case Op::ReduceMax: return reduced(attributes.axes);
    case Op::ArgMax: return reduced({attributes.axis});
    case Op::Reshape: return reshape();
    case Op::Broadcast: return broadcast();
    case Op::Gather: return gather();
    case Op::Transpose: return moved([&](int64_t axis) { return llvm::find(attributes.axes, axis) - attributes.axes.begin(); });
    case Op::Slice: return moved([&](int64_t axis) { return out[size_t(axis)] == shapes[0][size_t(axis)] ? axis : -1; });
    case Op::Pad:
      return moved([&](int64_t axis) { return attributes.starts[size_t(axis)] + attributes.limits[size_t(axis)] ? -1 : axis; });
    case Op::Window:
      return moved([&](int64_t axis) { return axis == attributes.axis ? -1 : axis + (axis > attributes.axis); });
    case Op::Fold:
      return moved([&](int64_t axis) {
        return axis == attributes.axis || axis == attributes.axis + 1 ? -1 : axis - (axis > attributes.axis);
      });
    case Op::Concat: {
      Axes kept;
      for (RecordAxis each : ofAll())
        if (each.axis != attributes.axis)
          kept.push_back(each);
      return kept;
    }
    default: return {};
    }
  }

private:
  Axes ofAll() const {
    Axes all = operands.front()->axes;
    for (const Standing *operand : operands.drop_front())
      all = intersection(all, operand->axes);
    return all;
  }

  /// Of a value that depends on nothing: the axes that hold a whole number of rows for each record.
  template <class Holds> Axes equalAlong(Holds holds) const {
    Axes equal;
    for (auto [axis, size] : llvm::enumerate(out))
      if (size % batch == 0 && holds(int64_t(axis)))
        equal.push_back({int64_t(axis), size / batch});
    return equal;
  }

  /// `to` says where an axis of the only operand went; negative: its records do not stay apart.
  template <class To> Axes moved(To to) const {
    Axes result;
    for (RecordAxis each : operands[0]->axes)
      if (int64_t axis = to(each.axis); axis >= 0)
        result.push_back({axis, each.inner});
    return result;
  }

  Axes reduced(const std::vector<int64_t> &gone) const {
    return moved([&](int64_t axis) {
      return llvm::is_contained(gone, axis) ? -1 : axis - llvm::count_if(gone, [&](int64_t other) { return other < axis; });
    });
  }

  /// The axis may take up the axes behind it or give some of its own away, never mix with one before it.
  Axes reshape() const {
    Axes result;
    for (RecordAxis each : operands[0]->axes) {
      int64_t before = product(llvm::ArrayRef(shapes[0]).take_front(size_t(each.axis)));
      for (size_t axis = 0; axis < out.size(); ++axis)
        if (product(llvm::ArrayRef(out).take_front(axis)) == before && out[axis] % batch == 0)
          result.push_back({int64_t(axis), out[axis] / batch});
    }
    return result;
  }

  Axes broadcast() const {
    Axes result = moved([&](int64_t axis) { return attributes.axes[size_t(axis)]; });
    if (operands[0]->kind == Kind::Fixed)
      for (RecordAxis each : equalAlong([&](int64_t axis) { return !llvm::is_contained(attributes.axes, axis); }))
        result.push_back(each);
    return result;
  }

  /// A loop of the result over the records of each operand that has any.
  Axes contract() const {
    Axes result;
    for (auto [axis, loop] : llvm::enumerate(attributes.indices[2])) {
      if (out[axis] % batch)
        continue;
      bool isApart = true;
      for (size_t side : {0, 1}) {
        const std::vector<int64_t> &loops = attributes.indices[side];
        auto found = llvm::find(loops, loop);
        isApart &= found == loops.end()
                       ? operands[side]->kind == Kind::Fixed
                       : llvm::is_contained(operands[side]->axes, RecordAxis{found - loops.begin(), out[axis] / batch});
      }
      if (isApart)
        result.push_back({int64_t(axis), out[axis] / batch});
    }
    return result;
  }

  Axes gather() const {
    const Standing &table = *operands[0], &ids = *operands[1];
    Axes result;
    if (table.kind == Kind::Fixed)
      result = ids.axes;
    if (ids.kind == Kind::Fixed)
      for (RecordAxis each : table.axes)
        if (each.axis > 0)
          result.push_back({int64_t(shapes[1].size()) + each.axis - 1, each.inner});
    return result;
  }

  Op word;
  Attributes attributes;
  llvm::ArrayRef<const Standing *> operands;
  int64_t batch;
  std::vector<int64_t> out;
  std::vector<std::vector<int64_t>> shapes;
};

Standing other(Cause cause, Operation *op) { return {Kind::Other, cause, op, {}}; }

/// Of what depends on records: without an axis that keeps them apart it belongs to none of them.
Standing perRecord(const Axes &axes, Operation *op) {
  return axes.empty() ? other(Cause::Mixes, op) : Standing{Kind::PerRecord, {}, nullptr, axes};
}

/// What is one or the other: a state of a scan, before its first step and after.
Standing either(const Standing &a, const Standing &b, Operation *op) {
  if (a.isOther() || b.isOther())
    return a.isOther() && (!b.isOther() || a.cause == Cause::Trained) ? a : b;
  Axes axes = intersection(a.axes, b.axes);
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
    case Op::Input:
      return llvm::cast<ir::InputOp>(op).getName() == "valid" ? other(Cause::Place, op)
                                                              : Standing{Kind::PerRecord, {}, nullptr, {{0, 1}}};
    default: return ofOperands(op);
    }
  }

  /// A param stays as it is.
  bool changes(ir::ScalarOp op) { return symbols.lookupNearestSymbolFrom<ir::RuntimeScalarOp>(op, op.getScalarAttr()).getEach().has_value(); }

  Standing ofOperands(Operation *op) {
    SmallVector<const Standing *> operands;
    const Standing *worst = nullptr;
    bool isPerRecord = false;
    for (Value operand : op->getOperands()) {
      const Standing &standing = standings.find(operand)->second;
      operands.push_back(&standing);
      if (standing.isOther() && (!worst || standing.cause == Cause::Trained))
        worst = &standing;
      isPerRecord |= standing.kind == Kind::PerRecord;
    }
    if (worst)
      return *worst;
    Axes axes = Rule(op, operands, batch).axes();
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
      Axes axes;
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
      if (product(llvm::ArrayRef(type.shape).take_front(size_t(each.axis))) == 1)
        return each;
  return std::nullopt;
}

} // namespace tl
