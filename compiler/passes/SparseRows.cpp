// Tables of which a step names few rows by number are updated in those rows alone.
#include "compiler/passes/Passes.h"
#include "compiler/passes/SimplifyPatterns.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/SetVector.h"

namespace tl {
#define GEN_PASS_DEF_SPARSEROWS
#include "compiler/passes/Passes.h.inc"

namespace {
using namespace mlir;
using namespace tl::ir;

/// 0 / x → 0, in proofs only: a row without a gradient keeps its value also where its formula has nothing to divide by.
struct ZeroOverAnything : ValuePattern<DivOp> {
  using ValuePattern::ValuePattern;
  Value equal(DivOp op, Build) const override { return constantOf(op.getLhs()) == 0 ? op.getLhs() : Value(); }
};

bool isPointwise(Operation *op) { return op->hasTrait<OpTrait::Elementwise>(); }
bool isOverRows(ReduceSumOp op) { return llvm::is_contained(op.getAxes(), 0); }

/// The gradients of a table, as sums of rows by number, and all that is computed from them: row by row, or else it is an
/// obstacle.
class Table {
public:
  Table(ScatterAddOp sum, const FrozenRewritePatternSet &patterns)
      : patterns(patterns), rows(typeOf(sum.getOut()).shape[0]), b(sum->getContext()) {
    ops.insert(sum);
    for (size_t next = 0; next < ops.size(); ++next)
      follow(ops[next]);
    for (Operation *op : ops)
      if (auto other = llvm::dyn_cast<ScatterAddOp>(op)) {
        sums.push_back(other);
        named += typeOf(other.getIds()).elements();
      }
    llvm::sort(writes, [](WriteOp x, WriteOp y) { return x->isBeforeInBlock(y); });
  }

  bool has(Operation *op) const { return ops.contains(op); }
  bool isUsed() const { return !writes.empty() || !totals.empty(); }
  /// Why every row must be walked; empty: only those that are named change.
  std::string whyWhole();
  /// After `whyWhole` found no reason.
  void rewrite();
  /// Says how each variable that is of no other is updated, for `tlc explain`.
  void tell(StringRef why, SmallVectorImpl<Attribute> &tables);

private:
  void follow(Operation *op);
  bool isByRow(Operation *op) const;
  std::string provesOldValues();
  void nameRows();
  Value rowsOf(Value whole);
  Value computeRows(Build m, Value whole);
  std::vector<int64_t> shapeOfNamed(Value whole) const {
    std::vector<int64_t> shape = typeOf(whole).shape;
    shape[0] = named;
    return shape;
  }

  const FrozenRewritePatternSet &patterns;
  int64_t rows, named = 0;          // of the table; of a step, as many as there are ids
  OpBuilder b;
  llvm::SetVector<Operation *> ops; // sums of rows by number, and what is computed from them row by row
  SmallVector<ScatterAddOp> sums;
  SmallVector<WriteOp> writes;
  SmallVector<ReduceSumOp> totals;  // over all rows
  Operation *obstacle = nullptr;
  SmallVector<Value> old;           // the variable of each write as it was
  Value ids, firstPlaces, isRow;    // [named]: each row's number once, else -1; where it stands first; whether it is one
  DenseMap<Value, Value> known;     // the rows named of values of all rows
};

/// Row i of the result needs row i of the operands, and all have the table's number of rows.
bool Table::isByRow(Operation *op) const {
  if (isPointwise(op))
    return true;
  auto keepsRows = [&] { return typeOf(op->getResult(0)).shape.front() == rows; };
  if (llvm::isa<ReduceSumOp, ReduceMaxOp>(op)) // Their axes disappear, the rows do not.
    return !llvm::is_contained(attributesOf(op).axes, 0);
  if (auto broadcast = llvm::dyn_cast<BroadcastOp>(op))
    return broadcast.getAxes().front() == 0;
  return llvm::isa<ReshapeOp>(op) && !typeOf(op->getResult(0)).shape.empty() && keepsRows();
}

/// Takes the users of `op` in, and the other sums that meet it there.
void Table::follow(Operation *op) {
  for (Operation *user : op->getUsers()) {
    if (auto write = llvm::dyn_cast<WriteOp>(user))
      writes.push_back(write);
    else if (auto total = llvm::dyn_cast<ReduceSumOp>(user); total && isOverRows(total))
      totals.push_back(total);
    else if (isByRow(user))
      ops.insert(user);
    else
      obstacle = user;
  }
  for (Value operand : op->getOperands())
    if (auto other = operand.getDefiningOp<ScatterAddOp>(); other && isPointwise(op))
      ops.insert(other);
}

std::string Table::whyWhole() {
  if (obstacle)
    return "`" + obstacle->getName().stripDialect().str() + "` takes its gradient as a whole";
  if (2 * named > rows)
    return std::to_string(named) + " ids are not few beside " + std::to_string(rows) + " rows";
  return provesOldValues();
}

/// With 0 for every gradient, the algebra of the calculus must make each new value the old one, and each term of a total 0.
/// What does not depend on the gradients is a number of which nothing is known.
std::string Table::provesOldValues() {
  Location loc = ops.front()->getLoc();
  auto proof = func::FuncOp::create(loc, "proof", FunctionType::get(b.getContext(), {}, {}));
  Block *block = proof.addEntryBlock();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(block);
  IRMapping map;
  auto inProof = [&](Value value) {
    Operation *op = value.getDefiningOp();
    if (map.contains(value))
      return;
    auto cast = llvm::dyn_cast_if_present<CastOp>(op);
    if (cast && isNarrow(typeOf(cast.getX()).dtype)) { // of a table that is kept in fewer digits: it is the variable's old value
      if (!map.contains(cast.getX()))
        map.map(cast.getX(), block->addArgument(cast.getX().getType(), loc));
      b.clone(*cast, map);
    } else {
      map.map(value, llvm::isa<ConstantOp>(op) ? Value(b.clone(*op)->getResult(0)) : block->addArgument(value.getType(), loc));
    }
  };
  SmallVector<Operation *> sorted(ops.begin(), ops.end());
  llvm::sort(sorted, [](Operation *x, Operation *y) { return x->isBeforeInBlock(y); });
  for (Operation *op : sorted) {
    if (llvm::isa<ScatterAddOp>(op)) {
      map.map(op->getResult(0), Build{b, loc}.fill(0, op->getResult(0)));
      continue;
    }
    llvm::for_each(op->getOperands(), inProof);
    b.clone(*op, map);
  }
  SmallVector<Value> results;
  for (WriteOp write : writes)
    results.push_back(map.lookup(write.getValue()));
  for (ReduceSumOp total : totals)
    results.push_back(map.lookup(total.getX()));
  auto end = func::ReturnOp::create(b, loc, results);
  // Where it gives up, it proves less.
  (void)applyPatternsGreedily(proof, patterns, GreedyRewriteConfig().setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled));
  std::string why;
  for (auto [write, value] : llvm::zip(writes, end.getOperands())) {
    Value before;
    for (auto read : write->getBlock()->getOps<ReadOp>())
      if (read.getVariable() == write.getVariable() && map.lookupOrNull(read.getOut()) == value)
        before = read.getOut();
    old.push_back(before);
    if (!before)
      why += (why.empty() ? "rows without a gradient move too, in " : ", ") + write.getVariable().getLeafReference().str();
  }
  if (why.empty() && !llvm::all_of(end.getOperands().drop_front(writes.size()), [](Value term) { return constantOf(term) == 0; }))
    why = "a sum over all its rows counts more than those with a gradient";
  proof->erase();
  return why;
}

/// ids[i] where a number stands for the first time and -1 elsewhere, so that no row is named twice.
void Table::nameRows() {
  Build m{b, sums.front()->getLoc()};
  SmallVector<Value> lists;
  for (ScatterAddOp sum : sums)
    lists.push_back(m.reshape(sum.getIds(), {typeOf(sum.getIds()).elements()}));
  Value all = lists.size() == 1 ? lists[0] : m.op(tl::Op::Concat, lists);
  firstPlaces = m.first(all);
  Value places = m.op(tl::Op::Iota, {}, {}, typeOf(all));
  ids = m.select(m.eq(firstPlaces, places), all, m.fill(-1, all));
  isRow = m.op(tl::Op::And, {m.ge(ids, m.fill(0, ids)), m.lt(ids, m.fill(double(rows), ids))});
  int64_t start = 0;
  for (auto [sum, list] : llvm::zip(sums, lists)) {
    int64_t count = typeOf(list).elements();
    Value places = sums.size() == 1 ? firstPlaces : m.slice(firstPlaces, {start}, {start + count});
    tl::TensorType type = typeOf(sum.getUpdates());
    std::vector<int64_t> shape = shapeOfNamed(sum.getOut());
    shape[0] = count;
    known[sum.getOut()] = m.scatterAdd(places, m.reshape(sum.getUpdates(), shape), {type.dtype, shapeOfNamed(sum.getOut())});
    start += count;
  }
}

Value Table::rowsOf(Value whole) {
  if (Value value = known.lookup(whole))
    return value;
  Value value = computeRows({b, whole.getLoc()}, whole);
  return known[whole] = value;
}

/// The rows named of a value of all rows: the same op on the operands' rows, or else a gather.
Value Table::computeRows(Build m, Value whole) {
  Operation *op = whole.getDefiningOp();
  tl::TensorType type{typeOf(whole).dtype, shapeOfNamed(whole)};
  if (std::optional<double> number = constantOf(whole))
    return m.constant(*number, type);
  auto broadcast = llvm::dyn_cast<BroadcastOp>(op);
  if (broadcast && !llvm::is_contained(broadcast.getAxes(), 0))
    return m.broadcast(broadcast.getX(), broadcast.getAxes().vec(), type.shape);
  if (!has(op) && !isPointwise(op))
    return m.gather(whole, ids);
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(rowsOf(operand));
  return m.op(*wordOf(op), operands, attributesOf(op), type);
}

void Table::rewrite() {
  b.setInsertionPoint(ops.front()->getBlock()->getTerminator());
  nameRows();
  for (auto [write, read] : llvm::zip(writes, old))
    write.getValueMutable().set(Build{b, write.getLoc()}.putRows(read, ids, rowsOf(write.getValue())));
  for (ReduceSumOp total : totals) {
    Build m{b, total.getLoc()};
    Value terms = rowsOf(total.getX()), rowsThere = m.broadcast(isRow, {0}, typeOf(terms).shape);
    Value sum = m.reduceSum(m.select(rowsThere, terms, m.fill(0, terms)), total.getAxes().vec());
    total.getOut().replaceAllUsesWith(sum);
    total.erase();
  }
  SmallVector<Operation *> sorted(ops.begin(), ops.end());
  llvm::sort(sorted, [](Operation *x, Operation *y) { return y->isBeforeInBlock(x); });
  Block *block = ops.front()->getBlock();
  for (Operation *op : sorted)
    op->erase();
  sortTopologically(block); // A total's users stand above what it is made of now.
}

void Table::tell(StringRef why, SmallVectorImpl<Attribute> &tables) {
  for (WriteOp write : writes) {
    auto variable = SymbolTable::lookupNearestSymbolFrom<VariableOp>(write, write.getVariable());
    bool isStored = variable.getKind() == VariableKind::Accumulator;
    if (isStored)
      variable = SymbolTable::lookupNearestSymbolFrom<VariableOp>(variable->getParentOp(), variable.getOfAttr());
    if (variable.getOf())
      continue;
    tables.push_back(b.getDictionaryAttr({b.getNamedAttr("name", symbolOf(variable)), b.getNamedAttr("rows", b.getI64IntegerAttr(rows)),
                                          b.getNamedAttr("named", b.getI64IntegerAttr(named)),
                                          b.getNamedAttr("why", b.getStringAttr(isStored ? "its gradient is stored before the update" : why))}));
  }
}

struct SparseRows : impl::SparseRowsBase<SparseRows> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    addArithmeticPatterns(set);
    addLayoutPatterns(set);
    set.add<ZeroOverAnything>(context);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>()) {
      SmallVector<Attribute> tables;
      llvm::DenseSet<Operation *> met;
      SmallVector<ScatterAddOp> sums(function.getOps<ScatterAddOp>());
      for (ScatterAddOp sum : sums) {
        if (met.contains(sum))
          continue;
        Table table(sum, patterns);
        for (ScatterAddOp other : sums)
          if (table.has(other))
            met.insert(other);
        if (!table.isUsed())
          continue;
        std::string why = table.whyWhole();
        table.tell(why, tables);
        if (why.empty())
          table.rewrite();
      }
      if (!tables.empty())
        function->setAttr("tl.tables", ArrayAttr::get(&getContext(), tables));
    }
  }

  FrozenRewritePatternSet patterns;
};

} // namespace
} // namespace tl
