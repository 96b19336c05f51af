// Turns each tl function into calls of its kernels, which become functions of loops over vectors.
#include "compiler/fusion/Calculus.h"
#include "compiler/fusion/KernelDialect.h"
#include "compiler/kernels/Kernels.h"
#include "compiler/kernels/Expression.h"
#include "compiler/kernels/KernelFunctions.h"
#include "compiler/kernels/Sharing.h"
#include "compiler/fusion/Places.h"
#include "compiler/kernels/Signature.h"
#include "compiler/fusion/Target.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;

namespace tl {
#define GEN_PASS_DEF_EMITKERNELS
#include "compiler/kernels/Passes.h.inc"

namespace {

/// Bytes that a kernel touches, in any step where it stands in the body of a scan.
struct Access {
  Arena arena;
  int64_t from, to;
  bool writes, parallel;
  bool mustWaitFor(const Access &other) const {
    return (parallel || other.parallel) && (writes || other.writes) && arena == other.arena && from < other.to && other.from < to;
  }
};

Access accessOf(Value value, Place place, bool writes, bool parallel) {
  auto scan = dyn_cast<ir::ScanOp>(value.getParentBlock()->getParentOp());
  int64_t far = scan ? place.step * (scan.steps() - 1) : 0;
  return {place.arena, place.offset + std::min<int64_t>(far, 0) + std::min<int64_t>(place.flip, 0),
          place.offset + std::max<int64_t>(far, 0) + std::max<int64_t>(place.flip, 0) + bytesOf(value), writes, parallel};
}

SmallVector<Access> accessesOf(kernel::RunOp run, Places &places, bool isParallel) {
  SmallVector<Access> accesses;
  for (Value value : run.getInputs())
    accesses.push_back(accessOf(value, places.of(value), false, isParallel));
  for (Value value : run.getResults())
    accesses.push_back(accessOf(value, places.of(value), true, isParallel));
  if (std::optional<uint64_t> scratch = run.getScratch())
    accesses.push_back({Arena::Work, int64_t(*scratch), int64_t(*scratch) + scratchBytes(run), true, isParallel});
  return accesses;
}

/// One tl function on its way to calls.
class Caller {
public:
  Caller(ModuleOp module, KernelFunctions &kernels, func::FuncOp function)
      : module(module), kernels(kernels), function(function), target(Target::of(module)), b(module.getContext()), loc(function.getLoc()) {}
  void emit();

private:
  void declare();
  void callAll(Block &block);
  void call(kernel::RunOp run);
  void callScan(ir::ScanOp scan);
  void waitFor(ArrayRef<Access> accesses);
  void barrier();
  void setAt(int64_t number);
  void onFirst(llvm::function_ref<void()> body);
  Value view(Value value);
  Value argument(TlArgument which) { return entry->getArgument(unsigned(which)); }
  Value arena(Arena which) { return entry->getArgument(unsigned(which)); }

  ModuleOp module;
  KernelFunctions &kernels;
  Sharing sharing;
  func::FuncOp function;
  Target target;
  OpBuilder b;
  Location loc;
  Block *entry = nullptr;
  Value thread, threads, isFirst;
  Value step; // of the scan at hand: how many went before
  bool anyParallel = false;
  int64_t kernelNumber = 0; // of the next one
  bool isOnFirst = false; // what is emitted now, only the first thread runs
  SmallVector<Access> sinceBarrier;
};

void Caller::declare() {
  int64_t ends[5] = {1, 1, 1, 1, 1};
  function.walk([&](kernel::RunOp run) {
    anyParallel |= sharing.isShared(run);
    for (const Access &access : accessesOf(run, kernels.places, sharing.isShared(run)))
      ends[int(access.arena)] = std::max(ends[int(access.arena)], access.to);
  });
  SmallVector<Type> inputs;
  for (auto [number, argument] : llvm::enumerate(functionArguments)) {
    Type element = b.getIntegerType(argument.bytes * 8);
    inputs.push_back(number <= size_t(Arena::Scalars)         ? inArena(module, ends[number], b.getI8Type())
                     : !argument.isPointer                    ? element
                     : number == size_t(TlArgument::Counters) ? Type(MemRefType::get({tlCounters}, element))
                                                              : LLVM::LLVMPointerType::get(b.getContext()));
  }
  b.setInsertionPoint(function);
  auto compiled = func::FuncOp::create(b, loc, function.getName(), b.getFunctionType(inputs, {}));
  for (StringRef name : {"tl.work_bytes", "tl.work_bytes_kept", "tl.budget", "tl.pruned", "tl.gradient_path", "tl.tables", "tl.winograd"})
    if (Attribute attribute = function->getAttr(name))
      compiled->setAttr(name, attribute);
  compiled->setAttr("tl.parallel", b.getBoolAttr(anyParallel));
  entry = compiled.addEntryBlock();
  b.setInsertionPointToStart(entry);
  thread = arith::IndexCastOp::create(b, loc, b.getIndexType(), argument(TlArgument::Thread));
  threads = arith::IndexCastOp::create(b, loc, b.getIndexType(), argument(TlArgument::Threads));
  isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, thread, arith::ConstantIndexOp::create(b, loc, 0));
}

void Caller::barrier() {
  auto declared = module.lookupSymbol<func::FuncOp>("tlBarrier");
  if (!declared) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    auto team = LLVM::LLVMPointerType::get(b.getContext());
    declared = func::FuncOp::create(b, module.getLoc(), "tlBarrier", b.getFunctionType({team}, {}));
    declared.setPrivate();
  }
  setAt(-1);
  func::CallOp::create(b, loc, declared, argument(TlArgument::Team));
  sinceBarrier.clear();
}

/// Says what this thread is at, to whoever looks at it meanwhile: a store that is not to be left out.
void Caller::setAt(int64_t number) {
  Value value = arith::ConstantIntOp::create(b, loc, number, 32);
  LLVM::StoreOp::create(b, loc, value, argument(TlArgument::At), /*alignment=*/4, /*isVolatile=*/true);
}

/// Kernels of thread 0 follow each other by themselves; all else that touches the same bytes waits.
void Caller::waitFor(ArrayRef<Access> accesses) {
  if (llvm::any_of(accesses, [&](const Access &now) {
        return llvm::any_of(sinceBarrier, [&](const Access &then) { return now.mustWaitFor(then); });
      }))
    barrier();
}

void Caller::onFirst(llvm::function_ref<void()> body) {
  if (isOnFirst)
    return body();
  auto branch = scf::IfOp::create(b, loc, isFirst);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  body();
}

/// offset + step · n + flip · (n mod 2)
Value Caller::view(Value value) {
  Place place = kernels.places.of(value);
  auto type = inArena(module, elementsOf(value), memoryType(elementOf(value)));
  IndexMath math(b, loc, target.lanes);
  Value offset = math.constant(place.offset);
  if (place.step)
    offset = math.add(offset, arith::MulIOp::create(b, loc, step, math.constant(place.step)));
  if (place.flip) {
    Value turn = arith::AndIOp::create(b, loc, step, math.constant(1));
    offset = math.add(offset, arith::MulIOp::create(b, loc, turn, math.constant(place.flip)));
  }
  return memref::ViewOp::create(b, loc, type, arena(place.arena), offset, ValueRange());
}

void Caller::call(kernel::RunOp run) {
  bool parallel = sharing.isShared(run);
  int64_t number = kernelNumber++;
  SmallVector<Access> accesses = accessesOf(run, kernels.places, parallel);
  waitFor(accesses);
  llvm::append_range(sinceBarrier, accesses);
  SmallVector<Place> places = kernels.argumentsOf(run);
  func::FuncOp kernel = kernels.kernelFor(run, places, parallel);
  auto callIt = [&] {
    SmallVector<Value> arguments;
    SmallVector<Value> tensors = llvm::to_vector(run.getInputs());
    llvm::append_range(tensors, run.getResults());
    for (Place place : places)
      arguments.push_back(view(*llvm::find_if(tensors, [&](Value value) { return kernels.places.of(value) == place; })));
    if (std::optional<uint64_t> scratch = run.getScratch()) {
      Value offset = arith::ConstantIndexOp::create(b, loc, int64_t(*scratch));
      arguments.push_back(memref::ViewOp::create(b, loc, scratchType(run), arena(Arena::Work), offset, ValueRange()));
    }
    if (usesRandom(run))
      arguments.push_back(argument(TlArgument::Counters));
    if (parallel)
      arguments.append({thread, threads});
    setAt(number);
    func::CallOp::create(b, run.getLoc(), kernel, arguments);
  };
  if (parallel || !anyParallel)
    callIt();
  else
    onFirst(callIt);
}

/// A loop over the steps. Where kernels of the body are shared among threads, all threads run it and meet at the end of
/// each step, else the first alone.
void Caller::callScan(ir::ScanOp scan) {
  SmallVector<Access> accesses;
  bool parallel = false;
  for (auto run : scan.getBody().front().getOps<kernel::RunOp>()) {
    llvm::append_range(accesses, accessesOf(run, kernels.places, sharing.isShared(run)));
    parallel |= sharing.isShared(run);
  }
  waitFor(accesses);
  auto loop = [&] {
    IndexMath math(b, loc, target.lanes);
    auto steps = scf::ForOp::create(b, loc, math.constant(0), math.constant(scan.steps()), math.constant(1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(steps.getBody());
    step = steps.getInductionVar();
    callAll(scan.getBody().front());
    if (parallel)
      barrier();
  };
  if (parallel || !anyParallel)
    return loop();
  onFirst([&] {
    isOnFirst = true;
    loop();
    isOnFirst = false;
  });
}

void Caller::callAll(Block &block) {
  for (Operation &op : block) {
    if (auto run = dyn_cast<kernel::RunOp>(op))
      call(run);
    else if (auto scan = dyn_cast<ir::ScanOp>(op))
      callScan(scan);
  }
}

void Caller::emit() {
  declare();
  callAll(function.getBody().front());
  setAt(-1);
  func::ReturnOp::create(b, loc);
}

struct EmitKernels : impl::EmitKernelsBase<EmitKernels> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    KernelFunctions kernels(getOperation());
    for (func::FuncOp function : functions) {
      if (function.isDeclaration())
        continue;
      Caller(getOperation(), kernels, function).emit();
      function.erase();
    }
    for (Operation &op : llvm::make_early_inc_range(*getOperation().getBody()))
      if (isa<ir::StageOp, ir::VariableOp, ir::RuntimeScalarOp>(op))
        op.erase();
  }
};

} // namespace

} // namespace tl
