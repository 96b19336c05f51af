// Kernels as functions of loops over vectors.
#include "compiler/kernels/KernelFunctions.h"
#include "compiler/fusion/Calculus.h"
#include "compiler/kernels/LoopNest.h"
#include "compiler/kernels/Signature.h"
#include "compiler/kernels/SquareKernel.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace tl {
namespace {

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

} // namespace

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
    else if (isKind(&op, Op::PutRows)) // what it leaves alone is the table's, not its
      work += 2 * elementsOf(op.getOperand(2)) - elementsOf(op.getResult(0));
    else if (isKind(&op, Op::ArgSort))
      work += elementsOf(op.getOperand(0)) * (1 + llvm::Log2_64_Ceil(uint64_t(shapeOf(op.getOperand(0)).back())));
    else if (&op == rootOf(run))
      work += elementsOf(op.getOperand(0));
  }
  for (Value result : run.getResults())
    work += elementsOf(result);
  return work;
}

bool usesRandom(kernel::RunOp run) {
  return llvm::any_of(run.getBody().front(), [](Operation &op) { return isKind(&op, Op::Random); });
}

MemRefType inArena(Operation *inModule, int64_t elements, Type element) {
  int64_t space = Target::of(inModule).arenaSpace;
  Attribute said = space ? IntegerAttr::get(IntegerType::get(element.getContext(), 64), space) : Attribute();
  return MemRefType::get({elements}, element, MemRefLayoutAttrInterface(), said);
}

MemRefType scratchType(kernel::RunOp run) { return inArena(run, scratchBytes(run) / bytesOf(DType::I32), IntegerType::get(run.getContext(), 32)); }

SmallVector<Place> KernelFunctions::argumentsOf(kernel::RunOp run) {
  SmallVector<Place> distinct;
  auto add = [&](Value value) {
    if (Place place = places.of(value); !llvm::is_contained(distinct, place))
      distinct.push_back(place);
  };
  llvm::for_each(run.getInputs(), add);
  llvm::for_each(run.getResults(), add);
  return distinct;
}

void KernelFunctions::fill(func::FuncOp kernel, kernel::RunOp run, ArrayRef<Place> arguments, bool parallel) {
  Block *entry = kernel.addEntryBlock();
  b.setInsertionPointToStart(entry);
  LoopNest nest{.b = b, .loc = run.getLoc(), .run = run, .target = Target::of(run), .root = rootOf(run)};
  auto bufferAt = [&](Value value) { return entry->getArgument(llvm::find(arguments, places.of(value)) - arguments.begin()); };
  for (auto [input, inside] : llvm::zip(run.getInputs(), run.getBody().getArguments()))
    nest.buffers[inside] = bufferAt(input);
  for (Value result : run.getResults())
    nest.outputs.push_back(bufferAt(result));
  size_t next = arguments.size();
  if (run.getScratch())
    nest.scratch = entry->getArgument(next++);
  if (usesRandom(run))
    nest.counters = entry->getArgument(next++);
  if (parallel) {
    nest.thread = entry->getArgument(next);
    nest.threads = entry->getArgument(next + 1);
  }
  std::optional<Op> kind = nest.root ? kindOf(nest.root) : std::nullopt;
  if (isOfSquare(run))
    emitSquare(nest);
  else if (!kind)
    emitMap(nest);
  else if (*kind == Op::Contract)
    emitContract(nest);
  else if (*kind == Op::ArgMax)
    emitArgMax(nest);
  else if (*kind == Op::ScatterAdd)
    emitScatter(nest);
  else if (*kind == Op::Concat)
    emitConcat(nest);
  else if (*kind == Op::ArgSort)
    emitArgSort(nest);
  else if (*kind == Op::First)
    emitFirst(nest);
  else if (*kind == Op::PutRows)
    emitPutRows(nest);
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
    out << '\n'
        << op.getName() << ' ' << op.getAttrDictionary();
    for (Value operand : op.getOperands())
      out << ' ' << numbers.at(operand);
    llvm::for_each(op.getResults(), number);
  }
  return text;
}

func::FuncOp KernelFunctions::kernelFor(kernel::RunOp run, ArrayRef<Place> arguments, bool parallel) {
  std::string text = structureOf(run);
  llvm::raw_string_ostream out(text);
  for (auto values : {ValueRange(run.getInputs()), ValueRange(run.getResults())})
    for (Value value : values)
      out << ' ' << llvm::find(arguments, places.of(value)) - arguments.begin();
  out << (parallel ? " parallel" : "") << (isOfSquare(run) ? " square" : "");
  func::FuncOp &kernel = emitted[text];
  if (kernel)
    return kernel;

  std::map<Place, Type> types;
  auto note = [&](Value value) {
    types[places.of(value)] = inArena(run, elementsOf(value), memoryType(elementOf(value)));
  };
  llvm::for_each(run.getInputs(), note);
  llvm::for_each(run.getResults(), note);
  SmallVector<Type> inputs;
  for (Place place : arguments)
    inputs.push_back(types[place]);
  if (run.getScratch())
    inputs.push_back(scratchType(run));
  if (usesRandom(run))
    inputs.push_back(MemRefType::get({tlCounters}, b.getI32Type()));
  if (parallel)
    inputs.append(2, b.getIndexType());
  std::string name = "kernel." + std::to_string(emitted.size() - 1);
  if (isOfSquare(run))
    name += ".square";
  else if (Operation *root = rootOf(run))
    name += "." + root->getName().stripDialect().str();
  b.setInsertionPointToEnd(module.getBody());
  kernel = func::FuncOp::create(b, run.getLoc(), name, b.getFunctionType(inputs, {}));
  kernel.setPrivate();
  for (size_t i = 0; i < arguments.size() + (run.getScratch() ? 1 : 0); ++i)
    kernel.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
  fill(kernel, run, arguments, parallel);
  return kernel;
}

} // namespace tl
