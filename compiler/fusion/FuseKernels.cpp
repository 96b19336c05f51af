// Groups ops into kernels: each root takes the pointwise work around it along.
#include "compiler/ir/TlDialect.h"
#include "compiler/fusion/ContractPlan.h"
#include "compiler/fusion/KernelDialect.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/fusion/OneByOne.h"
#include "compiler/fusion/RepeatedWork.h"
#include "compiler/fusion/Widened.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tl {
#define GEN_PASS_DEF_FUSEKERNELS
#include "compiler/fusion/Passes.h.inc"

namespace {

/// In memory without any work of ours; null: what the body of a scan is given.
bool isPlaced(Operation *op) { return !op || isOf(op, Form::Given); }
/// Another name for the same bytes.
bool isAlias(Operation *op) { return isOf(op, Form::Renamed); }
bool isEffect(Operation *op) { return isOf(op, Form::Effect); }
/// Moves indices only: worth repeating wherever it is used.
bool isView(Operation *op) { return isOf(op, Form::View); }

/// Pointwise and cheaper to repeat than to store: a comparison with a constant; a byte, an index or what is kept in 8 or 16 bits
/// made a number.
bool isCheap(Operation *op) {
  switch (*kindOf(op)) {
  case Op::Eq: case Op::Ne: case Op::Lt: case Op::Le: case Op::Gt: case Op::Ge:
    return isConstant(op->getOperand(0)) || isConstant(op->getOperand(1));
  case Op::Cast:
    return elementOf(op->getOperand(0)).isInteger() || isNarrowFloat(elementOf(op->getOperand(0)));
  default:
    return isWidening(op);
  }
}

/// Ops that run as one loop nest.
struct Group {
  llvm::SetVector<Operation *> ops;
  Operation *root = nullptr;
  ArrayRef<int64_t> shape;     // of the points at which its pointwise ops are computed
  llvm::SetVector<int> needs;  // groups whose results it reads
};

class Fuser {
public:
  Fuser(Block &block, bool isApart) : block(block), isApart(isApart) {}
  void run();

private:
  /// Where an operand comes from: a group, and whether point by point.
  struct Source {
    int group;
    bool pointwise;
  };
  void storeWhatMustBeInMemory();
  void copyBefore(OpOperand &operand);
  void keep(Operation *op);
  void assign(Operation *op);
  void collect(Value value, bool pointwise, SmallVectorImpl<Source> &sources);
  bool reaches(int from, int to) const;
  void mergeIfIndependent(int from, int to);
  int groupOfRows(Operation *put, ArrayRef<Source> sources) const;
  void absorbProducers();
  bool isUsedOutside(Operation *op, ArrayRef<int> inside) const;
  SmallVector<int> order() const;
  void build(int index);
  void inputsOf(Value value, int group, llvm::SetVector<Value> &inputs);
  Value inMemory(Value value, OpBuilder &b);
  Value clone(Value value, IRMapping &map, OpBuilder &b);
  bool isInlined(Operation *op) const {
    return !stored.contains(op) && (isApart ? isKind(op, Op::Constant) : isView(op) || isCheap(op) || repeated.contains(op));
  }

  Block &block;
  bool isApart; // no op joins a group
  SmallVector<Group> groups;
  DenseMap<Operation *, int> groupOf;
  llvm::DenseSet<Operation *> stored;   // what some op needs in memory
  llvm::DenseSet<Operation *> repeated; // pointwise work that is done in each of its users
  DenseMap<Value, Value> results;     // values of the block as results of kernels
};

/// An effect gives its operand a place; what has one already is copied.
void Fuser::copyBefore(OpOperand &operand) {
  Operation *effect = operand.getOwner();
  OpBuilder b(effect);
  Value value = operand.get();
  SmallVector<int64_t> axes;
  for (size_t axis = 0; axis < shapeOf(value).size(); ++axis)
    axes.push_back(axis);
  // In a step, what is computed and stacked is stored twice by the kernel that computes it.
  bool isComputed = isKind(effect, Op::Yield) && !isPlaced(withoutReshapes(value).getDefiningOp());
  Value copy = isComputed ? ir::CastOp::create(b, effect->getLoc(), value.getType(), value).getResult()
                          : ir::TransposeOp::create(b, effect->getLoc(), value.getType(), value, axes).getResult();
  operand.set(copy);
  stored.insert(copy.getDefiningOp());
}

void Fuser::storeWhatMustBeInMemory() {
  llvm::DenseSet<Value> claimed;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (!kindOf(&op) && !isa<kernel::RunOp>(op))
      continue;
    if (isEffect(&op))
      for (OpOperand &operand : op.getOpOperands()) {
        Value root = withoutReshapes(operand.get());
        // A constant is repeated wherever it is used; what a step hands on of it is a copy.
        bool isHanded = isKind(&op, Op::Yield) && isConstant(root);
        if (isPlaced(root.getDefiningOp()) || isHanded || !claimed.insert(root).second)
          copyBefore(operand);
      }
    if (auto scan = dyn_cast<ir::ScanOp>(op)) // Its states change where they lie.
      for (OpOperand &init : op.getOpOperands().take_front(scan.getInit().size()))
        copyBefore(init);
    if (isEffect(&op) || isAlias(&op) || isKind(&op, Op::Contract) || isKind(&op, Op::ArgSort) || isKind(&op, Op::Scan) || isa<kernel::RunOp>(op))
      for (Value operand : op.getOperands()) {
        if (isKind(&op, Op::Contract) && !isApart && widensInPanel(&op, operand))
          continue;
        Value tensor = isKind(&op, Op::Contract) && readsInPlace(&op, operand) ? stridedView(operand).base : operand;
        if (Operation *def = tensor.getDefiningOp(); def && kindOf(def) && (isView(def) || isElementwise(*kindOf(def))))
          stored.insert(def);
      }
  }
}

/// The groups that `value` is computed by, looking through what is inlined.
void Fuser::collect(Value value, bool pointwise, SmallVectorImpl<Source> &sources) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return;
  if (auto found = groupOf.find(op); found != groupOf.end())
    sources.push_back({found->second, pointwise});
  else if (isAlias(op) || isInlined(op))
    for (Value operand : op->getOperands())
      collect(operand, pointwise && isElementwise(*kindOf(op)), sources);
}

/// Does group `from` read, directly or not, what group `to` computes?
bool Fuser::reaches(int from, int to) const {
  llvm::SetVector<int> seen;
  seen.insert(from);
  for (size_t next = 0; next < seen.size(); ++next) {
    if (seen[next] == to)
      return true;
    seen.insert(groups[seen[next]].needs.begin(), groups[seen[next]].needs.end());
  }
  return false;
}

void Fuser::assign(Operation *op) {
  SmallVector<Source> sources;
  bool isKernel = isa<kernel::RunOp>(op), pointwise = !isKernel && isElementwise(*kindOf(op)) && !isRoot(op);
  for (Value operand : op->getOperands())
    collect(operand, pointwise, sources);
  ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
  auto canJoin = [&](int group) {
    Operation *root = groups[group].root;
    if (isApart || isKernel || isa_and_present<kernel::RunOp>(root) || wouldRunOneByOne(op, root))
      return false;
    if (root && (isKind(root, Op::ScatterAdd) || isKind(root, Op::ArgSort) || isKind(root, Op::Concat) || isKind(root, Op::PutRows) || isKind(root, Op::Scan)))
      return false; // They store in pieces of their own.
    return !isRoot(op) && groups[group].shape == shape && llvm::none_of(sources, [&](Source source) {
      return source.group == group ? !source.pointwise : reaches(source.group, group);
    });
  };
  // A root's group first: what is pointwise besides can move to it, not the other way round.
  int home = -1;
  auto isBetter = [&](int group) {
    return home < 0 || std::pair(groups[group].root != nullptr, group) > std::pair(groups[home].root != nullptr, home);
  };
  for (Source source : sources)
    if (source.pointwise && isBetter(source.group) && canJoin(source.group))
      home = source.group;
  // What another operand is computed from stays before it.
  auto isNeededFirst = [&](int group) {
    return llvm::any_of(sources, [&](Source source) { return source.group != group && reaches(source.group, group); });
  };
  for (Source source : sources)
    if (home >= 0 && source.pointwise && source.group != home && !isNeededFirst(source.group))
      mergeIfIndependent(source.group, home);
  if (home < 0 && !isApart && isKind(op, Op::PutRows))
    home = groupOfRows(op, sources);
  // All scalars that can are computed together.
  for (int group = 0; group < int(groups.size()) && home < 0 && !isKernel && elementsOf(op->getResult(0)) == 1; ++group)
    if (!groups[group].root && canJoin(group))
      home = group;
  if (home < 0) {
    home = int(groups.size());
    groups.emplace_back();
    groups[home].shape = shape;
    groups[home].root = isKernel || isRoot(op) ? op : nullptr;
  }
  groups[home].ops.insert(op);
  groupOf[op] = home;
  for (Source source : sources)
    if (source.group != home && !groups[source.group].ops.empty())
      groups[home].needs.insert(source.group);
}

/// The kernel that puts rows of the same numbers into another table of that shape, as an update puts those of a weight and of its states: one loop computes and stores them. -1: none.
int Fuser::groupOfRows(Operation *put, ArrayRef<Source> sources) const {
  for (int group = 0; group < int(groups.size()); ++group)
    if (Operation *root = groups[group].root; isKind(root, Op::PutRows) && root->getOperand(1) == put->getOperand(1) && groups[group].shape == shapeOf(put->getResult(0)) &&
                                              llvm::none_of(sources, [&](Source source) { return reaches(source.group, group); }))
      return group;
  return -1;
}

/// Moves pointwise ops to another group of their shape, where neither reads what the other computes.
void Fuser::mergeIfIndependent(int from, int to) {
  if (groups[from].root || groups[from].shape != groups[to].shape || reaches(from, to) || reaches(to, from))
    return;
  for (Operation *op : groups[from].ops)
    groupOf[op] = to;
  groups[to].ops.insert(groups[from].ops.begin(), groups[from].ops.end());
  groups[to].needs.insert(groups[from].needs.begin(), groups[from].needs.end());
  for (Group &group : groups)
    if (group.needs.remove(from))
      group.needs.insert(to);
  groups[from] = {};
}

bool Fuser::isUsedOutside(Operation *op, ArrayRef<int> inside) const {
  return llvm::any_of(op->getUsers(), [&](Operation *user) {
    auto found = groupOf.find(user);
    if (found != groupOf.end())
      return !llvm::is_contained(inside, found->second);
    return isInlined(user) && kindOf(user) ? isUsedOutside(user, inside) : true;
  });
}

/// A group without a root that only feeds one reduction, pad, fold, or kernel that puts rows, is computed inside it and never stored.
void Fuser::absorbProducers() {
  for (int index = 0; index < int(groups.size()); ++index) {
    Operation *root = groups[index].root;
    if (Operation *only = groups[index].ops.size() == 1 ? groups[index].ops.front() : nullptr; isKind(only, Op::Pad) || isKind(only, Op::Fold))
      root = only;
    if (!root || isKind(root, Op::Contract) || isKind(root, Op::ArgSort) || isKind(root, Op::Scan) || isa<kernel::RunOp>(root))
      continue;
    SmallVector<Value> operands(root->getOperands());
    if (isKind(root, Op::PutRows)) // of all tables
      for (Operation *op : groups[index].ops)
        operands.append(op->operand_begin(), op->operand_end());
    for (Value operand : operands) {
      auto found = groupOf.find(operand.getDefiningOp());
      if (found == groupOf.end() || found->second == index || groups[found->second].root)
        continue;
      int from = found->second;
      if (llvm::any_of(groups[from].ops, [&](Operation *op) { return isUsedOutside(op, {from, index}); }))
        continue;
      for (Operation *op : groups[from].ops)
        groupOf[op] = index;
      groups[index].ops.insert(groups[from].ops.begin(), groups[from].ops.end());
      groups[from].ops.clear();
      groups[index].needs.remove(from);
      for (int need : groups[from].needs)
        groups[index].needs.insert(need);
    }
  }
}

SmallVector<int> Fuser::order() const {
  SmallVector<int> sorted;
  llvm::DenseSet<int> done;
  std::function<void(int)> visit = [&](int index) {
    if (!done.insert(index).second)
      return;
    for (int need : groups[index].needs)
      visit(need);
    if (!groups[index].ops.empty())
      sorted.push_back(index);
  };
  for (int index = 0; index < int(groups.size()); ++index)
    visit(index);
  return sorted;
}

void Fuser::inputsOf(Value value, int group, llvm::SetVector<Value> &inputs) {
  Operation *op = value.getDefiningOp();
  auto found = groupOf.find(op);
  if (found != groupOf.end() && found->second == group)
    return; // its own operands are visited as the group's
  if (op && found == groupOf.end() && isInlined(op))
    for (Value operand : op->getOperands())
      inputsOf(operand, group, inputs);
  else
    inputs.insert(value);
}

Value Fuser::inMemory(Value value, OpBuilder &b) {
  if (Value done = results.lookup(value))
    return done;
  Operation *op = value.getDefiningOp();
  if (!isAlias(op))
    return value;
  Value source = inMemory(op->getOperand(0), b);
  Value alias = ir::ReshapeOp::create(b, op->getLoc(), value.getType(), source);
  return results[value] = alias;
}

Value Fuser::clone(Value value, IRMapping &map, OpBuilder &b) {
  if (Value done = map.lookupOrNull(value))
    return done;
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    clone(operand, map, b);
  b.clone(*op, map);
  return map.lookup(value);
}

/// A scan, or a kernel that is one already, stays as it is, on operands in memory.
void Fuser::keep(Operation *op) {
  if (op->use_empty())
    return;
  OpBuilder b(block.getTerminator());
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(inMemory(operand, b));
  Operation *made = b.cloneWithoutRegions(*op);
  made->setOperands(operands);
  made->getRegion(0).takeBody(op->getRegion(0));
  for (auto [old, result] : llvm::zip(op->getResults(), made->getResults()))
    results[old] = result;
}

void Fuser::build(int index) {
  Group &group = groups[index];
  if (llvm::isa_and_present<ir::ScanOp, kernel::RunOp>(group.root))
    return keep(group.root);
  llvm::SetVector<Value> inputs;
  SmallVector<Value> outputs;
  SmallVector<Operation *> ops = llvm::to_vector(group.ops);
  llvm::sort(ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  for (Operation *op : ops) {
    for (Value operand : op->getOperands())
      inputsOf(operand, index, inputs);
    // Sums that are not made in one go are kept in memory.
    if (isUsedOutside(op, {index}) || (isKind(op, Op::Contract) && !ContractPlan(op).slabs.empty()))
      outputs.push_back(op->getResult(0));
  }
  if (outputs.empty())
    return; // Nobody reads it.
  OpBuilder b(block.getTerminator());
  SmallVector<Value> operands;
  for (Value input : inputs)
    operands.push_back(inMemory(input, b));
  Location loc = group.root ? group.root->getLoc() : ops.back()->getLoc();
  auto run = kernel::RunOp::create(b, loc, TypeRange(ValueRange(outputs)), operands, ArrayAttr(), IntegerAttr());
  Block *body = b.createBlock(&run.getBody());
  IRMapping map;
  for (Value input : inputs)
    map.map(input, body->addArgument(input.getType(), loc));
  for (Operation *op : ops) {
    clone(op->getResult(0), map, b);
    if (isKind(op, Op::Contract))
      noteBorders(map.lookup(op->getResult(0)).getDefiningOp(), bordersOf(op));
  }
  SmallVector<Value> yielded;
  for (auto [output, result] : llvm::zip(outputs, run.getResults())) {
    yielded.push_back(map.lookup(output));
    results[output] = result;
  }
  kernel::YieldOp::create(b, loc, yielded);
}

void Fuser::run() {
  storeWhatMustBeInMemory();
  if (!isApart)
    repeated = repeatedWork(block, stored);
  SmallVector<Operation *> old, effects;
  for (Operation &op : block) {
    bool isKernel = isa<kernel::RunOp>(op);
    if ((!kindOf(&op) && !isKernel) || (!isKernel && isPlaced(&op)))
      continue;
    (isEffect(&op) ? effects : old).push_back(&op);
    if (isKernel || (!isEffect(&op) && !isAlias(&op) && !isInlined(&op)))
      assign(&op);
  }
  if (!isApart)
    absorbProducers();
  for (int index : order())
    build(index);
  for (Operation *effect : effects) {
    if (effect != block.getTerminator())
      effect->moveBefore(block.getTerminator());
    OpBuilder b(effect);
    for (OpOperand &operand : effect->getOpOperands())
      operand.set(inMemory(operand.get(), b));
  }
  for (Operation *op : llvm::reverse(old))
    op->erase();
}

struct FuseKernels : impl::FuseKernelsBase<FuseKernels> {
  using Base::Base;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isDeclaration())
        fuse(function);
  }

  void fuse(func::FuncOp function) {
    if (!isApart)
      widenForEachProduct(function.getBody().front());
    SmallVector<ir::ScanOp> scans(function.getBody().front().getOps<ir::ScanOp>());
    for (ir::ScanOp scan : scans)
      Fuser(scan.getBody().front(), isApart).run();
    Fuser(function.getBody().front(), isApart).run();
  }
};

} // namespace

} // namespace tl
