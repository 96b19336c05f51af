// Orders kernels and gives every tensor between them a place.
#include "compiler/fusion/Arenas.h"
#include "compiler/fusion/Calculus.h"
#include "compiler/fusion/ContractPlan.h"
#include "compiler/fusion/KernelDialect.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/fusion/Places.h"
#include "compiler/fusion/Squares.h"
#include "compiler/fusion/Stretches.h"
#include "compiler/fusion/WorkPlan.h"
#include "compiler/ir/TlDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "runtime/abi/Program.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include <map>

using namespace mlir;

namespace tl {
#define GEN_PASS_DEF_PLANMEMORY
#include "compiler/fusion/Passes.h.inc"

bool isUnit(Operation *op) { return isa<kernel::RunOp, ir::ScanOp>(op); }

SmallVector<Value> namesOf(Value value) {
  SmallVector<Value> names{value};
  for (size_t next = 0; next < names.size(); ++next)
    for (Operation *user : names[next].getUsers())
      if (isKind(user, Op::Reshape))
        names.push_back(user->getResult(0));
  return names;
}

namespace {

constexpr int64_t alignment = tlAlignment;
int64_t aligned(int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

class Planner {
public:
  Planner(Block &block, bool isSpacious, Places &known) : block(block), isSpacious(isSpacious), known(known) {}
  void run();
  WorkPlan work;

private:
  void collect();
  void placeEffects();
  bool mayWriteInPlace(Operation *writer, ir::WriteOp write);
  bool readsPointwise(kernel::RunOp run, Value input);
  void copyTo(Operation *effect);
  void sort();
  void placeWork();
  void annotate(int64_t base);
  void finishScan(ir::ScanOp scan);
  bool dependsOn(Operation *from, Operation *to);

  Block &block;
  bool isSpacious; // no byte holds two values
  Places &known;   // of what has one already
  llvm::MapVector<Operation *, llvm::SetVector<Operation *>> before; // kernel -> kernels that run earlier
  DenseMap<Value, Place> places;
  std::map<Operation *, Planner> bodies;      // of scans
  DenseMap<Operation *, int64_t> bodyOffsets; // where the work of a body begins
};

void Planner::collect() {
  for (Operation &unit : block) {
    if (!isUnit(&unit))
      continue;
    auto &earlier = before[&unit];
    for (Value input : unit.getOperands())
      if (Operation *producer = withoutReshapes(input).getDefiningOp(); producer && isUnit(producer))
        earlier.insert(producer);
  }
}

bool Planner::dependsOn(Operation *from, Operation *to) {
  llvm::SetVector<Operation *> seen;
  seen.insert(from);
  for (size_t next = 0; next < seen.size(); ++next) {
    if (seen[next] == to)
      return true;
    auto &earlier = before[seen[next]];
    seen.insert(earlier.begin(), earlier.end());
  }
  return false;
}

/// Is an input read only at the very point that is being computed? Then the result may overwrite it. Where rows are put
/// into it, that is the row by the same ids.
bool Planner::readsPointwise(kernel::RunOp run, Value input) {
  Block &body = run.getBody().front();
  for (auto [operand, argument] : llvm::zip(run.getInputs(), body.getArguments())) {
    if (operand != input)
      continue;
    Operation *put = nullptr; // the op that puts rows into this input
    for (Operation *user : argument.getUsers())
      if (isKind(user, Op::PutRows) && user->getOperand(0) == argument)
        put = user;
    // A pointwise user may still be evaluated elsewhere: under a view, or many times under a reduction.
    llvm::SetVector<Operation *> users(argument.getUsers().begin(), argument.getUsers().end());
    for (size_t next = 0; next < users.size(); ++next) {
      Operation *user = users[next];
      bool isPutBeside = put && isKind(user, Op::PutRows) && user->getOperand(1) == put->getOperand(1); // its row, into this or another table
      if (isa<kernel::YieldOp>(user) || isPutBeside)
        continue;
      bool isItsRow = put && isKind(user, Op::Gather) && user->getOperand(0) == argument && user->getOperand(1) == put->getOperand(1);
      if (!isItsRow && (!isElementwise(*kindOf(user)) || (put && llvm::is_contained(user->getOperands(), argument))))
        return false;
      users.insert(user->user_begin(), user->user_end());
    }
    if (put && llvm::is_contained(put->getOperands().drop_front(), argument))
      return false;
  }
  return true;
}

/// Whether a result is what slabs of a contraction or tiles of a square add up: it is written before all of the kernel has been read.
static bool holdsSums(Value result) {
  auto run = result.getDefiningOp<kernel::RunOp>();
  if (run && isOfSquare(run))
    return true;
  Operation *op = run ? run.getBody().front().getTerminator()->getOperand(cast<OpResult>(result).getResultNumber()).getDefiningOp() : nullptr;
  return isKind(op, Op::Contract) && !ContractPlan(op).slabs.empty();
}

bool Planner::mayWriteInPlace(Operation *writer, ir::WriteOp write) {
  bool isKept = holdsSums(withoutReshapes(write->getOperand(0)));
  for (auto read : block.getOps<ir::ReadOp>()) {
    if (read.getVariable() != write.getVariable())
      continue;
    SmallVector<Value> names{read.getOut()};
    for (size_t next = 0; next < names.size(); ++next)
      for (Operation *user : names[next].getUsers()) {
        if (isKind(user, Op::Reshape)) {
          names.push_back(user->getResult(0));
        } else if (isUnit(user)) {
          if (user == writer ? isKept || !readsPointwise(cast<kernel::RunOp>(user), names[next]) : dependsOn(user, writer))
            return false;
        }
      }
    for (Value name : names)
      for (Operation *user : name.getUsers())
        if (isUnit(user) && user != writer)
          before[writer].insert(user);
  }
  return true;
}

/// A kernel of its own that moves a value to where an effect wants it.
void Planner::copyTo(Operation *effect) {
  OpBuilder b(effect);
  Value value = effect->getOperand(0);
  auto run = kernel::RunOp::create(b, effect->getLoc(), TypeRange{value.getType()}, ValueRange{value}, ArrayAttr(), IntegerAttr());
  Block *body = b.createBlock(&run.getBody());
  Value argument = body->addArgument(value.getType(), effect->getLoc());
  kernel::YieldOp::create(b, effect->getLoc(), argument);
  effect->setOperand(0, run.getResult(0));
  // A copy into a variable runs after everything else, hence after every reader of the old value.
  SmallVector<Operation *> all;
  for (auto &entry : before)
    all.push_back(entry.first);
  before[run].insert(all.begin(), all.end());
  places[run.getResult(0)] = known.wantedBy(effect);
}

/// A scan's stacks may be output where they are made; its states lie where their first values do.
static bool mayLieIn(Value root, bool isVariable) {
  auto scan = root.getDefiningOp<ir::ScanOp>();
  return !scan || (!isVariable && cast<OpResult>(root).getResultNumber() >= scan.getInit().size());
}

void Planner::placeEffects() {
  SmallVector<Operation *> effects, copies;
  for (Operation &op : block)
    if (isKind(&op, Op::Write) || isKind(&op, Op::Output))
      effects.push_back(&op);
  for (Operation *effect : effects) {
    Value root = withoutReshapes(effect->getOperand(0));
    auto write = dyn_cast<ir::WriteOp>(effect);
    if (places.contains(root) || !mayLieIn(root, bool(write)) || (write && (isSpacious || !mayWriteInPlace(root.getDefiningOp(), write))))
      copies.push_back(effect);
    else
      places[root] = known.wantedBy(effect);
  }
  for (Operation *effect : copies)
    copyTo(effect);
}

/// Whether no kernel but `only` reads what `unit` computes.
static bool isReadBy(Operation *unit, Operation *only) {
  return llvm::all_of(unit->getResults(), [&](Value result) {
    return llvm::all_of(namesOf(result), [&](Value name) {
      return llvm::all_of(name.getUsers(), [&](Operation *user) { return user == only || !isUnit(user); });
    });
  });
}

/// Sums of tensors, such as the square of a gradient's norm, which take next to nothing until they are read.
static bool givesNumbers(Operation *unit) {
  return isa<kernel::RunOp>(unit) && llvm::all_of(unit->getResults(), [](Value result) { return elementsOf(result) == 1; }) && llvm::any_of(unit->getOperands(), [](Value operand) { return elementsOf(operand) > 1; });
}

/// In the order of the script, but what no kernel waits for, such as an update, or what gives a number, as soon as it can, with what it alone needs: what it
/// reads lies in a cache then, and its place is free after it.
void Planner::sort() {
  llvm::SetVector<Operation *> sorted;
  std::function<void(Operation *)> visit = [&](Operation *kernel) {
    if (sorted.contains(kernel))
      return;
    SmallVector<Operation *> earlier(before[kernel].begin(), before[kernel].end());
    for (Operation *other : earlier)
      visit(other);
    sorted.insert(kernel);
  };
  std::function<bool(Operation *)> isReady = [&](Operation *kernel) {
    return llvm::all_of(before[kernel], [&](Operation *earlier) {
      return sorted.contains(earlier) || (isReadBy(earlier, kernel) && isReady(earlier));
    });
  };
  SmallVector<Operation *> kernels, last;
  for (auto &entry : before)
    kernels.push_back(entry.first);
  llvm::copy_if(kernels, std::back_inserter(last), [](Operation *kernel) { return isReadBy(kernel, nullptr) || givesNumbers(kernel); });
  for (Operation *kernel : kernels) {
    visit(kernel);
    llvm::erase_if(last, [&](Operation *next) {
      bool isNext = isReady(next);
      if (isNext)
        visit(next);
      return isNext;
    });
  }
  Operation *end = block.getTerminator();
  // Names of a result follow it; names of what is placed already stand before all kernels.
  std::function<void(Operation *)> moveWithNames = [&](Operation *op) {
    op->moveBefore(end);
    for (Operation *user : op->getUsers())
      if (isKind(user, Op::Reshape))
        moveWithNames(user);
  };
  llvm::for_each(sorted, moveWithNames);
  SmallVector<Operation *> effects;
  for (Operation &op : block)
    if (isKind(&op, Op::Write) || isKind(&op, Op::Output))
      effects.push_back(&op);
  for (Operation *effect : effects)
    effect->moveBefore(end);
}

/// Gives results that nothing else has placed, and what kernels need for themselves, a place while they are needed.
void Planner::placeWork() {
  DenseMap<Operation *, int64_t> time;
  for (Operation &unit : block)
    if (isUnit(&unit))
      time[&unit] = int64_t(time.size());
  SmallVector<Stretch> stretches;
  SmallVector<std::function<void(int64_t)>> takers; // of the offset of each
  auto take = [&](int64_t bytes, int64_t from, int64_t until, std::function<void(int64_t)> taker) {
    stretches.push_back({from, until, bytes});
    takers.push_back(std::move(taker));
  };
  auto lastUse = [&](Value value, int64_t now) {
    for (Value name : namesOf(value))
      for (Operation *user : name.getUsers())
        if (auto found = time.find(user); found != time.end())
          now = std::max(now, found->second);
    return now;
  };
  for (Operation &unit : block) {
    if (!isUnit(&unit))
      continue;
    int64_t now = time[&unit];
    auto scan = dyn_cast<ir::ScanOp>(unit);
    if (scan)
      take(bodies.at(scan).work.bytes, now, now, [this, scan](int64_t offset) { bodyOffsets[scan] = offset; });
    else if (int64_t bytes = scratchBytes(cast<kernel::RunOp>(unit)))
      take(aligned(bytes), now, now, [&unit](int64_t offset) { cast<kernel::RunOp>(unit).setScratch(offset); });
    size_t states = scan ? scan.getInit().size() : 0; // They lie where their first values do.
    for (Value result : unit.getResults().drop_front(states)) {
      if (places.contains(result))
        continue;
      int64_t bytes = aligned(bytesOf(result)), until = lastUse(result, now);
      if (auto of = result.use_empty() ? ir::ScanOp() : dyn_cast<ir::ScanOp>(*result.user_begin());
          of && result.use_begin()->getOperandNumber() < of.getInit().size()) {
        bytes = 2 * slotOf(result);
        until = lastUse(of.getResult(result.use_begin()->getOperandNumber()), until);
      }
      take(bytes, now, until, [this, result](int64_t offset) { places[result] = {Arena::Work, offset}; });
    }
  }
  if (isSpacious)
    for (Stretch &stretch : stretches)
      stretch.from = 0, stretch.until = int64_t(time.size());
  work = {placeStretches(stretches), mostAtOnce(stretches)};
  for (auto [stretch, taker] : llvm::zip(stretches, takers))
    taker(stretch.offset);
}

/// Where a body's own results lie follows from where the scan's do.
void Planner::finishScan(ir::ScanOp scan) {
  Planner &body = bodies.at(scan);
  for (size_t i = 0; i < scan.getNumResults(); ++i)
    body.places[withoutReshapes(scan.yield().getValues()[i])] = known.ofYield(scan, i);
  body.annotate(bodyOffsets[scan]);
}

/// Writes down what has been found; what lies in this plan's own work begins at `base`.
void Planner::annotate(int64_t base) {
  OpBuilder b(block.getParentOp()->getContext());
  bool isBody = isa<ir::ScanOp>(block.getParentOp());
  for (Operation &unit : block) {
    if (!isUnit(&unit))
      continue;
    auto scan = dyn_cast<ir::ScanOp>(unit);
    SmallVector<Attribute> list;
    for (Value result : unit.getResults().drop_front(scan ? scan.getInit().size() : 0)) {
      Place place = places.at(result);
      SmallVector<int64_t> numbers{int64_t(place.arena), place.offset};
      if (place.step || place.flip)
        numbers.append({place.step, place.flip});
      else if (isBody)
        numbers[1] += base;
      list.push_back(b.getI64ArrayAttr(numbers));
    }
    if (!scan) {
      auto run = cast<kernel::RunOp>(unit);
      run.setPlacesAttr(b.getArrayAttr(list));
      if (std::optional<uint64_t> scratch = run.getScratch())
        run.setScratch(*scratch + uint64_t(base));
      continue;
    }
    scan->setAttr("kernel.places", b.getArrayAttr(list));
    finishScan(scan);
  }
}

void Planner::run() {
  for (auto scan : block.getOps<ir::ScanOp>()) {
    Planner &body = bodies.try_emplace(scan, scan.getBody().front(), isSpacious, known).first->second;
    body.collect();
    body.sort();
    for (Value value : scan.yield().getValues())
      body.places[withoutReshapes(value)] = {}; // known once the scan's results have places
    body.placeWork();
  }
  collect();
  placeEffects();
  sort();
  placeWork();
  annotate(0);
}

} // namespace

WorkPlan planWork(func::FuncOp function, bool isSpacious, Places &known) {
  Planner planner(function.getBody().front(), isSpacious, known);
  planner.run();
  Builder b(function.getContext());
  function->setAttr("tl.work_bytes", b.getI64IntegerAttr(planner.work.bytes));
  function->setAttr("tl.work_at_once", b.getI64IntegerAttr(planner.work.atOnce));
  return planner.work;
}

namespace {

struct PlanMemory : impl::PlanMemoryBase<PlanMemory> {
  using Base::Base;

  void runOnOperation() override {
    layOutArenas(getOperation());
    Places known;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isDeclaration())
        planWork(function, isSpacious, known);
  }
};

} // namespace

} // namespace tl
