// Orders kernels and gives every tensor between them a place.
#include "compiler/kernels/Calculus.h"
#include "compiler/kernels/KernelDialect.h"
#include "compiler/kernels/Kernels.h"
#include "compiler/kernels/Places.h"
#include "compiler/ir/TlDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include <map>

using namespace mlir;

namespace tl {
#define GEN_PASS_DEF_PLANMEMORY
#include "compiler/kernels/Passes.h.inc"

const char *nameOf(Arena arena) {
  static const char *const names[] = {"variables", "work", "input", "output", "scalars"};
  return names[int(arena)];
}

Place placeOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto run = dyn_cast<kernel::RunOp>(op)) {
    auto place = cast<ArrayAttr>((*run.getPlaces())[cast<OpResult>(value).getResultNumber()]);
    return {Arena(cast<IntegerAttr>(place[0]).getInt()), cast<IntegerAttr>(place[1]).getInt()};
  }
  switch (*kindOf(op)) {
  case Op::Input: return {Arena::Input, integer(op, "offset")};
  case Op::Read: return {Arena::Variables, integer(op, "offset")};
  case Op::Scalar: return {Arena::Scalars, 8 * integer(op, "index")};
  case Op::Reshape: return placeOf(op->getOperand(0));
  default: llvm_unreachable("not a tensor between kernels");
  }
}

namespace {

constexpr int64_t alignment = 64;
int64_t aligned(int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

class Planner {
public:
  Planner(func::FuncOp function, bool isSpacious)
      : function(function), block(function.getBody().front()), isSpacious(isSpacious) {}
  void run();

private:
  void collect();
  void placeEffects();
  bool mayWriteInPlace(Operation *writer, Operation *write);
  bool readsPointwise(kernel::RunOp run, Value input);
  void copyTo(Operation *effect);
  void sort();
  void placeWork();
  void annotate();
  bool dependsOn(Operation *from, Operation *to);

  func::FuncOp function;
  Block &block;
  bool isSpacious; // no byte holds two values
  llvm::MapVector<Operation *, llvm::SetVector<Operation *>> before; // kernel -> kernels that run earlier
  DenseMap<Value, Place> places;
  int64_t workBytes = 0;
};

void Planner::collect() {
  for (auto run : block.getOps<kernel::RunOp>()) {
    auto &earlier = before[run];
    for (Value input : run.getInputs())
      if (Operation *producer = withoutReshapes(input).getDefiningOp(); isa<kernel::RunOp>(producer))
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

/// Is an input read only at the very point that is being computed? Then the result may overwrite it.
bool Planner::readsPointwise(kernel::RunOp run, Value input) {
  Block &body = run.getBody().front();
  for (auto [operand, argument] : llvm::zip(run.getInputs(), body.getArguments())) {
    if (operand != input)
      continue;
    for (Operation *user : argument.getUsers())
      if (!isa<kernel::YieldOp>(user) && !isElementwise(*kindOf(user)))
        return false;
    // A pointwise user may still be evaluated elsewhere: under a view, or many times under a reduction.
    llvm::SetVector<Operation *> users(argument.getUsers().begin(), argument.getUsers().end());
    for (size_t next = 0; next < users.size(); ++next) {
      if (isa<kernel::YieldOp>(users[next]))
        continue;
      if (!isElementwise(*kindOf(users[next])))
        return false;
      users.insert(users[next]->user_begin(), users[next]->user_end());
    }
  }
  return true;
}

bool Planner::mayWriteInPlace(Operation *writer, Operation *write) {
  int64_t offset = integer(write, "offset");
  for (Operation &read : block) {
    if (!isKind(&read, Op::Read) || integer(&read, "offset") != offset)
      continue;
    SmallVector<Value> names{read.getResult(0)};
    for (size_t next = 0; next < names.size(); ++next)
      for (Operation *user : names[next].getUsers()) {
        if (isKind(user, Op::Reshape)) {
          names.push_back(user->getResult(0));
        } else if (auto reader = dyn_cast<kernel::RunOp>(user)) {
          if (reader == writer ? !readsPointwise(reader, names[next]) : dependsOn(reader, writer))
            return false;
        }
      }
    for (Value name : names)
      for (Operation *user : name.getUsers())
        if (isa<kernel::RunOp>(user) && user != writer)
          before[writer].insert(user);
  }
  return true;
}

/// A kernel of its own that moves a value to where an effect wants it.
void Planner::copyTo(Operation *effect) {
  OpBuilder b(effect);
  Value value = effect->getOperand(0);
  auto run = kernel::RunOp::create(b, effect->getLoc(), TypeRange{value.getType()}, ValueRange{value}, ArrayAttr());
  Block *body = b.createBlock(&run.getBody());
  Value argument = body->addArgument(value.getType(), effect->getLoc());
  kernel::YieldOp::create(b, effect->getLoc(), argument);
  effect->setOperand(0, run.getResult(0));
  // A copy into a variable runs after everything else, hence after every reader of the old value.
  SmallVector<Operation *> all;
  for (auto &entry : before)
    all.push_back(entry.first);
  before[run].insert(all.begin(), all.end());
  places[run.getResult(0)] = {isKind(effect, Op::Write) ? Arena::Variables : Arena::Output, integer(effect, "offset")};
}

void Planner::placeEffects() {
  SmallVector<Operation *> effects, copies;
  for (Operation &op : block)
    if (isKind(&op, Op::Write) || isKind(&op, Op::Output))
      effects.push_back(&op);
  for (Operation *effect : effects) {
    Value root = withoutReshapes(effect->getOperand(0));
    bool isWrite = isKind(effect, Op::Write);
    if (places.contains(root) || (isWrite && (isSpacious || !mayWriteInPlace(root.getDefiningOp(), effect))))
      copies.push_back(effect);
    else
      places[root] = {isWrite ? Arena::Variables : Arena::Output, integer(effect, "offset")};
  }
  for (Operation *effect : copies)
    copyTo(effect);
}

/// Earliest first among those that are ready, in the order of the script otherwise.
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
  SmallVector<Operation *> kernels;
  for (auto &entry : before)
    kernels.push_back(entry.first);
  for (Operation *kernel : kernels)
    visit(kernel);
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

/// First fit over the lifetimes of results that no effect has placed.
void Planner::placeWork() {
  DenseMap<Operation *, int64_t> time;
  SmallVector<kernel::RunOp> kernels(block.getOps<kernel::RunOp>());
  for (auto [index, kernel] : llvm::enumerate(kernels))
    time[kernel] = index;
  struct Block {
    int64_t offset, bytes, until;
  };
  SmallVector<Block> live;
  for (auto [now, kernel] : llvm::enumerate(kernels)) {
    if (!isSpacious)
      llvm::erase_if(live, [&, now = int64_t(now)](const Block &block) { return block.until < now; });
    for (Value result : kernel.getResults()) {
      if (places.contains(result))
        continue;
      int64_t until = now;
      SmallVector<Value> names{result};
      for (size_t next = 0; next < names.size(); ++next)
        for (Operation *user : names[next].getUsers()) {
          if (isKind(user, Op::Reshape))
            names.push_back(user->getResult(0));
          else if (isa<kernel::RunOp>(user))
            until = std::max(until, time[user]);
        }
      int64_t bytes = aligned(bytesOf(result)), offset = 0;
      llvm::sort(live, [](const Block &a, const Block &b) { return a.offset < b.offset; });
      for (const Block &block : live) {
        if (offset + bytes <= block.offset)
          break;
        offset = std::max(offset, block.offset + block.bytes);
      }
      live.push_back({offset, bytes, until});
      places[result] = {Arena::Work, offset};
      workBytes = std::max(workBytes, offset + bytes);
    }
  }
}

void Planner::annotate() {
  OpBuilder b(function.getContext());
  for (auto kernel : block.getOps<kernel::RunOp>()) {
    SmallVector<Attribute> list;
    for (Value result : kernel.getResults()) {
      Place place = places.at(result);
      list.push_back(b.getI64ArrayAttr({int64_t(place.arena), place.offset}));
    }
    kernel.setPlacesAttr(b.getArrayAttr(list));
  }
  function->setAttr("tl.work_bytes", b.getI64IntegerAttr(workBytes));
}

void Planner::run() {
  collect();
  placeEffects();
  sort();
  placeWork();
  annotate();
}

struct PlanMemory : impl::PlanMemoryBase<PlanMemory> {
  using Base::Base;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isDeclaration())
        Planner(function, isSpacious).run();
  }
};

} // namespace

} // namespace tl
