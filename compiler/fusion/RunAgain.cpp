// Copies kernels to where what they compute is read late.
#include "compiler/fusion/RunAgain.h"
#include "compiler/fusion/Calculus.h"
#include "compiler/fusion/ContractPlan.h"
#include "compiler/fusion/KernelDialect.h"
#include "compiler/fusion/Squares.h"
#include "compiler/fusion/WorkPlan.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;

namespace tl {
namespace {

constexpr llvm::StringLiteral mark = "kernel.again";

/// What a kernel keeps in memory for itself while it runs: sums that are not made in one go.
bool isNeededInside(Value yielded) {
  Operation *op = yielded.getDefiningOp();
  return isKind(op, Op::Contract) && !ContractPlan(op).slabs.empty();
}

/// The same kernel without the results that nobody reads, and what only they need.
void dropUnread(kernel::RunOp run) {
  if (isOfSquare(run))
    return;
  Block &body = run.getBody().front();
  Operation *yield = body.getTerminator();
  SmallVector<Value> read, yielded;
  for (auto [result, value] : llvm::zip(run.getResults(), yield->getOperands()))
    if (!result.use_empty() || isNeededInside(value)) {
      read.push_back(result);
      yielded.push_back(value);
    }
  yield->setOperands(yielded);
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isOpTriviallyDead(&op))
      op.erase();
  SmallVector<Value> inputs;
  for (int64_t i = int64_t(body.getNumArguments()) - 1; i >= 0; --i)
    if (body.getArgument(unsigned(i)).use_empty())
      body.eraseArgument(unsigned(i));
    else
      inputs.insert(inputs.begin(), run.getInputs()[unsigned(i)]);
  OpBuilder b(run);
  auto made = kernel::RunOp::create(b, run.getLoc(), TypeRange(ValueRange(read)), inputs, ArrayAttr(), IntegerAttr());
  made->setAttrs(run->getAttrs());
  made.getBody().takeBody(run.getBody());
  for (auto [result, same] : llvm::zip(read, made.getResults()))
    result.replaceAllUsesWith(same);
  run.erase();
}

/// The same kernel that also gives a value of its body.
kernel::RunOp giveBesides(kernel::RunOp run, Value inside) {
  SmallVector<Type> types(run.getResultTypes());
  types.push_back(inside.getType());
  Operation *yield = run.getBody().front().getTerminator();
  yield->insertOperands(yield->getNumOperands(), inside);
  OpBuilder b(run);
  auto made = kernel::RunOp::create(b, run.getLoc(), types, run.getInputs(), ArrayAttr(), IntegerAttr());
  made->setAttrs(run->getAttrs());
  made.getBody().takeBody(run.getBody());
  run->replaceAllUsesWith(made.getResults().drop_back());
  run.erase();
  return made;
}

/// Makes a kernel read what its product gives.
void readProduct(kernel::RunOp run, Value given) {
  Operation *product = productOf(run);
  Value argument = run.getBody().front().addArgument(given.getType(), run.getLoc());
  run->insertOperands(run->getNumOperands(), given);
  product->getResult(0).replaceAllUsesWith(argument);
}

} // namespace

bool isAgain(Operation *kernel) { return kernel->hasAttr(mark); }

Operation *productOf(Operation *kernel) {
  auto run = dyn_cast<kernel::RunOp>(kernel);
  if (!run || isOfSquare(run))
    return nullptr;
  Block &body = run.getBody().front();
  auto product = llvm::find_if(body, [](Operation &op) { return isKind(&op, Op::Contract); });
  bool isAll = product == body.end() || llvm::all_of(product->getUsers(), [&](Operation *user) { return user == body.getTerminator(); });
  return isAll ? nullptr : &*product;
}

int64_t resultOf(Operation *kernel, Value inside) {
  auto yielded = cast<kernel::RunOp>(kernel).getBody().front().getTerminator()->getOperands();
  auto known = llvm::find(yielded, inside);
  return known == yielded.end() ? -1 : known - yielded.begin();
}

void runAgain(ArrayRef<Again> kernels, llvm::function_ref<bool(Operation *)> isLate) {
  llvm::DenseSet<Operation *> copies;
  SmallVector<std::pair<Operation *, Operation *>> pairs; // of kernels and their copies
  for (auto [kernel, isBehindProduct] : llvm::reverse(kernels)) { // so that what reads its results stands there
    SmallVector<std::pair<OpOperand *, Value>> uses;
    Operation *first = nullptr;
    for (Value result : kernel->getResults())
      for (Value name : namesOf(result))
        for (OpOperand &use : name.getUses())
          if (Operation *user = use.getOwner(); isUnit(user) && (copies.contains(user) || isLate(user))) {
            uses.emplace_back(&use, result);
            first = !first || user->isBeforeInBlock(first) ? user : first;
          }
    if (!first)
      continue;
    OpBuilder b(first);
    Operation *copy = b.clone(*kernel);
    copy->setAttr(mark, b.getUnitAttr());
    copies.insert(copy);
    for (auto [use, result] : uses) {
      Value same = copy->getResult(cast<OpResult>(result).getResultNumber());
      use->set(use->get() == result ? same : ir::ReshapeOp::create(b, kernel->getLoc(), use->get().getType(), same).getResult());
    }
    Operation *source = kernel;
    if (isBehindProduct) {
      Value product = productOf(kernel)->getResult(0);
      int64_t given = resultOf(kernel, product);
      if (given < 0)
        source = giveBesides(cast<kernel::RunOp>(kernel), product);
      readProduct(cast<kernel::RunOp>(copy), source->getResult(unsigned(given < 0 ? source->getNumResults() - 1 : given)));
    }
    pairs.emplace_back(source, copy);
  }
  for (auto [first, copy] : pairs) {
    const bool isRead = !copy->use_empty(); // Else what read it was for results that nobody reads, and was left out.
    if (!isRead)
      copy->erase();
    if (first->use_empty()) { // It runs later, and not again.
      first->erase();
      if (isRead)
        copy->removeAttr(mark);
    } else {
      dropUnread(cast<kernel::RunOp>(first));
    }
    if (isRead)
      dropUnread(cast<kernel::RunOp>(copy));
  }
}

} // namespace tl
