// Turns planned kernels into functions of loops over vectors, and each tl function into calls of them.
#include "compiler/kernels/Calculus.h"
#include "compiler/kernels/KernelDialect.h"
#include "compiler/kernels/Kernels.h"
#include "compiler/kernels/LoopNest.h"
#include "compiler/kernels/Places.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace tl {
#define GEN_PASS_DEF_EMITKERNELS
#include "compiler/kernels/Passes.h.inc"

namespace {

/// Below this many multiply-adds or pointwise operations (a few microseconds) a kernel stays on one thread: handing it
/// out would cost as much.
constexpr int64_t parallelThreshold = 150'000;

/// A kernel of more work than this is a function of its own in the machine code too, and so is every kernel of a function
/// that runs more of them than that: LLVM takes more than twice the time for a function twice as long.
constexpr int64_t inlineLimit = 30'000, mostInlined = 64;

struct Stretch {
  Place place;
  int64_t bytes;
  bool overlaps(const Stretch &other) const {
    return place.arena == other.place.arena && place.offset < other.place.offset + other.bytes &&
           other.place.offset < place.offset + bytes;
  }
};

Operation *rootOf(kernel::RunOp run) {
  for (Operation &op : run.getBody().front().without_terminator())
    if (isRoot(&op))
      return &op;
  return nullptr;
}

int64_t multiplyAdds(Operation *contract) {
  std::map<int64_t, int64_t> sizes;
  auto indices = contractIndices(contract);
  for (int side : {0, 1})
    for (auto [loop, size] : llvm::zip(indices[side], shapeOf(contract->getOperand(side))))
      sizes[loop] = size;
  int64_t product = 1;
  for (auto [loop, size] : sizes)
    product *= size;
  return product;
}

/// Multiply-adds of the contraction and operations at each point.
int64_t workOf(kernel::RunOp run) {
  int64_t work = 0;
  for (Operation &op : run.getBody().front().without_terminator()) {
    if (isKind(&op, Op::Contract))
      work += multiplyAdds(&op);
    else if (isKind(&op, Op::Random))
      work += 16 * elementsOf(op.getResult(0));
    else if (isElementwise(*kindOf(&op)) || isKind(&op, Op::Gather))
      work += elementsOf(op.getResult(0));
    else if (isKind(&op, Op::Fold))
      work += elementsOf(op.getResult(0)) * integer(&op, "size");
    else if (isKind(&op, Op::ScatterAdd))
      work += elementsOf(op.getOperand(1));
    else if (&op == rootOf(run))
      work += elementsOf(op.getOperand(0));
  }
  for (Value result : run.getResults())
    work += elementsOf(result);
  return work;
}

class Emitter {
public:
  explicit Emitter(ModuleOp module) : module(module), b(module.getContext()) {}
  void emit(func::FuncOp function);

private:
  func::FuncOp kernelFor(kernel::RunOp run, ArrayRef<Place> arguments, bool parallel);
  void fill(func::FuncOp kernel, kernel::RunOp run, ArrayRef<Place> arguments, bool parallel);
  SmallVector<Place> argumentsOf(kernel::RunOp run);
  func::FuncOp declareBarrier();

  ModuleOp module;
  OpBuilder b;
  std::map<std::string, func::FuncOp> emitted; // by the text of the kernel
};

bool usesRandom(kernel::RunOp run) {
  return llvm::any_of(run.getBody().front(), [](Operation &op) { return isKind(&op, Op::Random); });
}

/// Distinct places, inputs first: a result that overwrites an input shares its argument, so no two arguments overlap.
SmallVector<Place> Emitter::argumentsOf(kernel::RunOp run) {
  SmallVector<Place> places;
  auto add = [&](Value value) {
    if (!llvm::is_contained(places, placeOf(value)))
      places.push_back(placeOf(value));
  };
  llvm::for_each(run.getInputs(), add);
  llvm::for_each(run.getResults(), add);
  return places;
}

void Emitter::fill(func::FuncOp kernel, kernel::RunOp run, ArrayRef<Place> arguments, bool parallel) {
  Block *entry = kernel.addEntryBlock();
  b.setInsertionPointToStart(entry);
  LoopNest nest{.b = b, .loc = run.getLoc(), .run = run, .root = rootOf(run)};
  auto bufferAt = [&](Value value) { return entry->getArgument(llvm::find(arguments, placeOf(value)) - arguments.begin()); };
  for (auto [input, inside] : llvm::zip(run.getInputs(), run.getBody().getArguments()))
    nest.buffers[inside] = bufferAt(input);
  for (Value result : run.getResults())
    nest.outputs.push_back(bufferAt(result));
  size_t next = arguments.size();
  if (usesRandom(run))
    nest.counters = entry->getArgument(next++);
  if (parallel) {
    nest.thread = entry->getArgument(next);
    nest.threads = entry->getArgument(next + 1);
  }
  std::optional<Op> kind = nest.root ? kindOf(nest.root) : std::nullopt;
  if (!kind)
    emitMap(nest);
  else if (*kind == Op::Contract)
    emitContract(nest);
  else if (*kind == Op::ArgMax)
    emitArgMax(nest);
  else if (*kind == Op::ScatterAdd)
    emitScatter(nest);
  else if (*kind == Op::Concat)
    emitConcat(nest);
  else
    emitReduce(nest);
  b.setInsertionPointToEnd(entry);
  func::ReturnOp::create(b, run.getLoc());
}

/// The body as text in which values have numbers of their own, so that equal kernels read alike wherever they stand.
static std::string structureOf(kernel::RunOp run) {
  std::string text;
  llvm::raw_string_ostream out(text);
  llvm::DenseMap<Value, size_t> numbers;
  auto number = [&](Value value) {
    numbers.try_emplace(value, numbers.size());
    out << ' ' << value.getType();
  };
  Block &body = run.getBody().front();
  llvm::for_each(body.getArguments(), number);
  for (Operation &op : body) {
    out << '\n' << op.getName() << ' ' << op.getAttrDictionary();
    for (Value operand : op.getOperands())
      out << ' ' << numbers.at(operand);
    llvm::for_each(op.getResults(), number);
  }
  return text;
}

func::FuncOp Emitter::kernelFor(kernel::RunOp run, ArrayRef<Place> arguments, bool parallel) {
  std::string text = structureOf(run);
  llvm::raw_string_ostream out(text);
  for (auto values : {ValueRange(run.getInputs()), ValueRange(run.getResults())})
    for (Value value : values)
      out << ' ' << llvm::find(arguments, placeOf(value)) - arguments.begin();
  out << (parallel ? " parallel" : "");
  func::FuncOp &kernel = emitted[text];
  if (kernel)
    return kernel;

  std::map<Place, Type> types;
  auto note = [&](Value value) {
    types[placeOf(value)] = MemRefType::get({elementsOf(value)}, memoryType(elementOf(value)));
  };
  llvm::for_each(run.getInputs(), note);
  llvm::for_each(run.getResults(), note);
  SmallVector<Type> inputs;
  for (Place place : arguments)
    inputs.push_back(types[place]);
  if (usesRandom(run))
    inputs.push_back(MemRefType::get({4}, b.getI32Type()));
  if (parallel)
    inputs.append(2, b.getIndexType());
  std::string name = "kernel." + std::to_string(emitted.size() - 1);
  if (Operation *root = rootOf(run))
    name += "." + root->getName().stripDialect().str();
  b.setInsertionPointToEnd(module.getBody());
  kernel = func::FuncOp::create(b, run.getLoc(), name, b.getFunctionType(inputs, {}));
  kernel.setPrivate();
  for (size_t i = 0; i < arguments.size(); ++i)
    kernel.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
  fill(kernel, run, arguments, parallel);
  return kernel;
}

func::FuncOp Emitter::declareBarrier() {
  if (auto found = module.lookupSymbol<func::FuncOp>("tlBarrier"))
    return found;
  b.setInsertionPointToStart(module.getBody());
  auto team = LLVM::LLVMPointerType::get(b.getContext());
  auto barrier = func::FuncOp::create(b, module.getLoc(), "tlBarrier", b.getFunctionType({team}, {}));
  barrier.setPrivate();
  return barrier;
}

void Emitter::emit(func::FuncOp function) {
  SmallVector<kernel::RunOp> kernels(function.getBody().front().getOps<kernel::RunOp>());
  bool anyParallel = false;
  int64_t work = 0;
  int64_t ends[5] = {1, 1, 1, 1, 1};
  for (kernel::RunOp run : kernels) {
    work += workOf(run);
    anyParallel |= workOf(run) >= parallelThreshold;
    for (auto values : {ValueRange(run.getInputs()), ValueRange(run.getResults())})
      for (Value value : values) {
        Place place = placeOf(value);
        ends[int(place.arena)] = std::max(ends[int(place.arena)], place.offset + bytesOf(value));
      }
  }

  auto arenaType = [&](Arena arena) { return MemRefType::get({ends[int(arena)]}, b.getI8Type()); };
  SmallVector<Type> inputs{arenaType(Arena::Variables), arenaType(Arena::Work),   arenaType(Arena::Input),
                           arenaType(Arena::Output),    arenaType(Arena::Scalars), MemRefType::get({4}, b.getI32Type()),
                           b.getI64Type(),              b.getI64Type(),            LLVM::LLVMPointerType::get(b.getContext())};
  b.setInsertionPoint(function);
  auto compiled = func::FuncOp::create(b, function.getLoc(), function.getName(), b.getFunctionType(inputs, {}));
  for (StringRef name : {"tl.work_bytes", "tl.pruned", "tl.gradient_path"})
    if (Attribute attribute = function->getAttr(name))
      compiled->setAttr(name, attribute);
  compiled->setAttr("tl.parallel", b.getBoolAttr(anyParallel));
  compiled->setAttr("tl.flops", b.getI64IntegerAttr(2 * work));
  Block *entry = compiled.addEntryBlock();
  b.setInsertionPointToStart(entry);
  Location loc = function.getLoc();
  Value thread = arith::IndexCastOp::create(b, loc, b.getIndexType(), entry->getArgument(6));
  Value threads = arith::IndexCastOp::create(b, loc, b.getIndexType(), entry->getArgument(7));
  Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, thread, arith::ConstantIndexOp::create(b, loc, 0));

  struct Access {
    Stretch stretch;
    bool writes, parallel;
  };
  SmallVector<Access> sinceBarrier;
  auto view = [&](Value value) -> Value {
    Place place = placeOf(value);
    auto type = MemRefType::get({elementsOf(value)}, memoryType(elementOf(value)));
    Value offset = arith::ConstantIndexOp::create(b, loc, place.offset);
    return memref::ViewOp::create(b, loc, type, entry->getArgument(int(place.arena)), offset, ValueRange());
  };
  for (kernel::RunOp run : kernels) {
    bool parallel = workOf(run) >= parallelThreshold;
    SmallVector<Access> accesses;
    for (Value value : run.getInputs())
      accesses.push_back({{placeOf(value), bytesOf(value)}, false, parallel});
    for (Value value : run.getResults())
      accesses.push_back({{placeOf(value), bytesOf(value)}, true, parallel});
    // Kernels of thread 0 follow each other by themselves; all else that touches the same bytes waits.
    bool waits = llvm::any_of(accesses, [&](const Access &now) {
      return llvm::any_of(sinceBarrier, [&](const Access &then) {
        return (now.parallel || then.parallel) && (now.writes || then.writes) && now.stretch.overlaps(then.stretch);
      });
    });
    if (waits) {
      func::FuncOp barrier;
      {
        OpBuilder::InsertionGuard guard(b);
        barrier = declareBarrier();
      }
      func::CallOp::create(b, loc, barrier, entry->getArgument(8));
      sinceBarrier.clear();
    }
    llvm::append_range(sinceBarrier, accesses);

    SmallVector<Place> places = argumentsOf(run);
    func::FuncOp kernel;
    {
      OpBuilder::InsertionGuard guard(b);
      kernel = kernelFor(run, places, parallel);
      // A small kernel is worth inlining for what its neighbours know.
      if (workOf(run) >= inlineLimit || kernels.size() > mostInlined)
        kernel->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
    }
    auto call = [&] {
      SmallVector<Value> arguments;
      SmallVector<Value> tensors = llvm::to_vector(run.getInputs());
      llvm::append_range(tensors, run.getResults());
      for (Place place : places)
        arguments.push_back(view(*llvm::find_if(tensors, [&](Value value) { return placeOf(value) == place; })));
      if (usesRandom(run))
        arguments.push_back(entry->getArgument(5));
      if (parallel)
        arguments.append({thread, threads});
      func::CallOp::create(b, run.getLoc(), kernel, arguments);
    };
    if (parallel || !anyParallel) {
      call();
    } else {
      auto branch = scf::IfOp::create(b, loc, isFirst);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      call();
    }
  }
  func::ReturnOp::create(b, loc);
}

struct EmitKernels : impl::EmitKernelsBase<EmitKernels> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    Emitter emitter(getOperation());
    for (func::FuncOp function : functions) {
      if (function.isDeclaration())
        continue;
      emitter.emit(function);
      function.erase();
    }
  }
};

} // namespace

} // namespace tl
