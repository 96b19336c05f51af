// Parts a training step in two, and the evaluation between steps: what depends on a record and on nothing that changes, and the
// rest.
#include "compiler/ir/Build.h"
#include "compiler/passes/Effects.h"
#include "compiler/passes/Flops.h"
#include "compiler/passes/MinCut.h"
#include "compiler/passes/Passes.h"
#include "compiler/passes/RecordWise.h"
#include "runtime/io/Units.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Path.h"

namespace tl {
#define GEN_PASS_DEF_CACHEFEATURES
#include "compiler/passes/Passes.h.inc"

namespace {
using namespace mlir;
using namespace tl::ir;

/// A byte that is kept must save as many operations a step. Reading it takes the time of about five; the rest pays for the memory.
constexpr int64_t flopsPerByte = 16;
/// What is kept must save this part of a step.
constexpr int64_t leastPart = 10;

std::string placeOf(Operation *op) {
  auto place = op->getLoc()->findInstanceOf<FileLineColLoc>();
  std::string name = "`" + op->getName().stripDialect().str() + "`";
  return place ? name + " at " + llvm::sys::path::filename(place.getFilename()).str() + ":" + std::to_string(place.getLine())
               : name;
}

/// The variables that change from one step to the next.
Variables writtenBetween(func::FuncOp step) {
  Variables written;
  auto add = [&](func::FuncOp function) {
    for (WriteOp write : function.getOps<WriteOp>())
      written.insert(write.getVariable());
  };
  add(step);
  if (auto updates = step->getAttrOfType<ArrayAttr>("tl.updates"))
    for (auto name : updates.getAsRange<FlatSymbolRefAttr>())
      add(step->getParentOfType<ModuleOp>().lookupSymbol<func::FuncOp>(name));
  return written;
}

/// A function that is called with `batch` records at a time while the variables `written` change.
class Parting {
public:
  Parting(func::FuncOp function, int64_t batch, const Variables &written, bool always)
      : whole(function), body(function.front()), batch(batch), always(always), standings(standingsOf(body, batch, written)),
        total(0) {
    for (Operation *op : neededBy(effectsOf(body)))
      total += flopsOf(op);
  }

  /// Makes the function of the features and leaves the rest in the other. False where nothing is worth keeping.
  bool part() {
    cut();
    llvm::SetVector<Value> stored;
    int64_t saved = 0;
    for (Operation *op : early) {
      saved += flopsOf(op);
      for (Value result : op->getResults())
        if (!llvm::isa<InputOp>(op) && llvm::any_of(result.getUsers(), [&](Operation *user) { return !early.contains(user); }))
          stored.insert(result);
    }
    if (stored.empty() || (saved * leastPart < total && !always))
      return false;
    makeFeatures(stored.getArrayRef());
    startFrom(stored.getArrayRef());
    return true;
  }

  /// Why `part` made nothing. `each`: what one call is, "step" or "batch".
  std::string reason(const std::string &each) const {
    llvm::MapVector<Operation *, std::pair<int64_t, Standing>> hindered;
    int64_t constant = 0;
    for (Operation &op : body) {
      const Standing *standing = of(&op);
      if (standing && standing->kind == Standing::Kind::PerRecord)
        constant += flopsOf(&op);
      if (!standing || !standing->isOther() || standing->cause == Standing::Cause::Trained)
        continue;
      auto &entry = hindered[standing->culprit];
      entry.first += flopsOf(&op);
      entry.second = *standing;
    }
    auto worst = llvm::max_element(hindered, [](auto &a, auto &b) { return a.second.first < b.second.first; });
    if (worst != hindered.end() && worst->second.first * leastPart >= total) {
      std::string of = " (" + flopsText(worst->second.first) + " of " + flopsText(total) + " a " + each + " depend on it)";
      switch (worst->second.second.cause) {
      case Standing::Cause::Random: return placeOf(worst->first) + " draws anew at each " + each + of;
      case Standing::Cause::Step: return placeOf(worst->first) + " changes with each step" + of;
      case Standing::Cause::Beside: return "records of other data are drawn beside each batch" + of;
      case Standing::Cause::Drawn: return "what training sees of pictures is drawn anew in each epoch" + of;
      case Standing::Cause::Place: return "what fills up the last batch enters" + of;
      default: return placeOf(worst->first) + " takes the records of a batch together" + of;
      }
    }
    if (constant * leastPart >= total)
      return "the " + flopsText(constant) + " a " + each + " that stay the same would take more than a byte for every " +
             std::to_string(flopsPerByte) + " flop they save";
    return "only " + flopsText(constant) + " of " + flopsText(total) + " a " + each + " depend on nothing that is trained";
  }

private:
  /// The standing of an op: of its results, that of the first which depends on more than another.
  const Standing *of(Operation *op) const {
    const Standing *most = nullptr;
    for (Value result : op->getResults())
      if (auto found = standings.find(result); found != standings.end())
        most = !most || most->kind == Standing::Kind::Fixed ? &found->second : most;
    return most;
  }

  /// Fills `early`: an op left to the step costs its arithmetic, a value that is handed over costs its bytes.
  void cut() {
    MinCut network;
    llvm::MapVector<Operation *, int> nodes;
    for (Operation &op : body)
      if (const Standing *standing = of(&op); standing && standing->kind == Standing::Kind::PerRecord)
        nodes[&op] = network.addNode();
    for (auto [op, node] : nodes) {
      network.addEdge(MinCut::source, node, llvm::isa<InputOp>(op) ? MinCut::never : flopsOf(op));
      for (Value result : op->getResults()) {
        TensorType type = ir::typeOf(result);
        int64_t price = always ? 0 : flopsPerByte * type.bytes();
        int handed = network.addNode();
        network.addEdge(node, handed, leadingRecordAxis(standings.find(result)->second, type) ? price : MinCut::never);
        for (Operation *user : result.getUsers()) {
          auto known = nodes.find(user);
          network.addEdge(handed, known == nodes.end() ? MinCut::sink : known->second, MinCut::never);
          if (known != nodes.end())
            network.addEdge(known->second, node, MinCut::never); // computed early, its operands are too
        }
      }
    }
    std::vector<bool> isEarly = network.sourceSide();
    for (auto [op, node] : nodes)
      if (isEarly[size_t(node)])
        early.insert(op);
  }

  /// `[batch, the rest of a record]`
  TensorType portType(Value value) const {
    TensorType type = ir::typeOf(value);
    RecordAxis records = *leadingRecordAxis(standings.find(value)->second, type);
    TensorType port{type.dtype, {batch}};
    if (records.inner > 1)
      port.shape.push_back(records.inner);
    port.shape.insert(port.shape.end(), type.shape.begin() + records.axis + 1, type.shape.end());
    return port;
  }

  static std::string portName(size_t index) { return "features." + std::to_string(index); }

  void makeFeatures(llvm::ArrayRef<Value> stored) {
    llvm::SmallVector<Operation *> makers;
    for (Value value : stored)
      makers.push_back(value.getDefiningOp());
    llvm::SetVector<Operation *> needed = neededBy(makers);

    llvm::StringRef name = whole.getName();
    name.consume_back(".step");
    OpBuilder b(whole);
    b.setInsertionPointAfter(whole);
    auto features = func::FuncOp::create(b, whole.getLoc(), (name + ".features").str(), b.getFunctionType({}, {}));
    keepBudget(whole, features);
    b.setInsertionPointToStart(features.addEntryBlock());
    IRMapping copies;
    for (Operation &op : body)
      if (needed.contains(&op))
        b.clone(op, copies);
    for (auto [i, value] : llvm::enumerate(stored)) {
      Value out = Build{b, value.getLoc()}.reshape(copies.lookup(value), portType(value).shape);
      OutputOp::create(b, value.getLoc(), portName(i), IntegerAttr(), out);
    }
    func::ReturnOp::create(b, whole.getLoc());
    whole->setAttr("tl.features", FlatSymbolRefAttr::get(features));
  }

  void startFrom(llvm::ArrayRef<Value> stored) {
    OpBuilder b = OpBuilder::atBlockBegin(&body);
    for (auto [i, value] : llvm::enumerate(stored)) {
      Value in = InputOp::create(b, value.getLoc(), ir::typeOf(b.getContext(), portType(value)), portName(i), IntegerAttr());
      Value same = Build{b, value.getLoc()}.reshape(in, ir::typeOf(value).shape);
      Value(value).replaceUsesWithIf(same, [&](OpOperand &use) { return !early.contains(use.getOwner()); });
    }
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
      if (isOpTriviallyDead(&op) || (llvm::isa<InputOp>(op) && op.use_empty())) // what is cached need not be fed
        op.erase();
  }

  func::FuncOp whole;
  Block &body;
  int64_t batch;
  bool always;
  llvm::DenseMap<Value, Standing> standings;
  int64_t total;
  llvm::SetVector<Operation *> early;
};

struct CacheFeatures : impl::CacheFeaturesBase<CacheFeatures> {
  using Base::Base;

  void runOnOperation() override {
    for (func::FuncOp function : llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      auto batch = function->getAttrOfType<IntegerAttr>("tl.batch");
      if (!batch || function.empty())
        continue;
      // Where nothing is frozen nobody expects it.
      bool isAwaited = llvm::any_of(function.getOps<ReadOp>(), [](ReadOp read) { return read.getFrozen(); });
      Variables written = writtenBetween(function);
      if (auto evaluation = function->getAttrOfType<FlatSymbolRefAttr>("tl.evaluation"))
        partEvaluation(function, evaluation, batch.getInt(), written, isAwaited);
      Parting parting(function, batch.getInt(), written, always);
      if (!parting.part() && isAwaited)
        function->setAttr("tl.not_cached", StringAttr::get(&getContext(), parting.reason("step")));
    }
  }

  /// What stays the same depends on the phase, so each has an evaluation of its own.
  void partEvaluation(func::FuncOp step, FlatSymbolRefAttr evaluation, int64_t batch, const Variables &written, bool isAwaited) {
    auto own = llvm::cast<func::FuncOp>(getOperation().lookupSymbol(evaluation.getAttr())->clone());
    llvm::StringRef phase = step.getName();
    phase.consume_back(".step");
    own.setName((phase + ".evaluate").str());
    getOperation().insert(std::next(step->getIterator()), own);
    Parting parting(own, batch, written, always);
    if (parting.part()) {
      step->setAttr("tl.evaluation", FlatSymbolRefAttr::get(own));
      return;
    }
    if (isAwaited)
      step->setAttr("tl.evaluation_not_cached", StringAttr::get(&getContext(), parting.reason("batch")));
    own.erase();
  }
};

} // namespace
} // namespace tl
