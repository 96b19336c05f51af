// Plans a copy of a function, and looks at it.
#include "compiler/fusion/Timeline.h"
#include "compiler/fusion/Calculus.h"
#include "compiler/fusion/KernelDialect.h"
#include "compiler/fusion/Squares.h"
#include "compiler/passes/Flops.h"
#include "compiler/passes/MinCut.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"
#include <cmath>

using namespace mlir;

namespace tl {

/// What changes tables in place, and scans, whose states do, run once.
static bool mayRunAgain(Operation *unit) {
  auto run = dyn_cast<kernel::RunOp>(unit);
  return run && llvm::none_of(run.getBody().front(), [](Operation &op) { return isKind(&op, Op::PutRows); });
}

/// A part of a kernel: the product and what it is of, or all behind it.
struct Part {
  int64_t cost = 0; // in operations; moving a number takes as long as computing some
  llvm::SetVector<Value> inputs;
};

/// Of a kernel without a product all that there is, as `behind`.
static std::pair<Part, Part> partsOf(Operation *unit) {
  auto run = cast<kernel::RunOp>(unit);
  Operation *product = productOf(unit);
  Part ofProduct, behind;
  auto collect = [&](ValueRange from, Part &part, Operation *end) {
    llvm::SetVector<Value> needed(from.begin(), from.end());
    for (size_t next = 0; next < needed.size(); ++next) {
      Operation *op = needed[next].getDefiningOp();
      if (auto argument = dyn_cast<BlockArgument>(needed[next]))
        part.inputs.insert(run.getInputs()[argument.getArgNumber()]);
      else if (op != end)
        needed.insert(op->operand_begin(), op->operand_end());
    }
  };
  collect(run.getBody().front().getTerminator()->getOperands(), behind, product);
  behind.cost = flopsOfKernel(run);
  for (Value result : unit->getResults())
    behind.cost += bytesOf(result);
  if (product) {
    collect(product->getOperands(), ofProduct, nullptr);
    ofProduct.cost = flopsOf(product);
    behind.cost -= ofProduct.cost;
  }
  return {ofProduct, behind};
}

Timeline::Timeline(func::FuncOp function, Places &known) {
  OpBuilder b(function);
  IRMapping copies;
  auto planned = cast<func::FuncOp>(b.clone(*function, copies));
  planned.setName((function.getName() + "/planned").str());
  work = planWork(planned, /*isSpacious=*/false, known);
  findMoment(planned.front(), known);
  for (Operation &unit : function.front())
    if (isUnit(&unit)) {
      int64_t when = time.at(copies.lookup(&unit));
      time[&unit] = when;
      if (when <= moment)
        early.push_back(&unit);
      for (Value result : unit.getResults())
        if (known.of(copies.lookup(result)).arena == Arena::Work)
          inWork.insert(result);
    }
  for (Operation &op : planned.front())
    time.erase(&op);
  llvm::sort(early, [&](Operation *a, Operation *b) { return time.at(a) < time.at(b); });
  planned.erase();
}

void Timeline::findMoment(Block &planned, Places &known) {
  for (Operation &unit : planned)
    if (isUnit(&unit))
      time[&unit] = int64_t(time.size());
  SmallVector<int64_t> changes(time.size() + 1); // of the bytes held from one unit to the next
  for (Operation &unit : planned) {
    if (!isUnit(&unit))
      continue;
    int64_t from = time.at(&unit);
    for (Value result : unit.getResults()) {
      int64_t until = from;
      for (Value name : namesOf(result))
        for (Operation *user : name.getUsers())
          if (isUnit(user))
            until = std::max(until, time.at(user));
      if (known.of(result).arena != Arena::Work)
        continue;
      changes[from] += bytesOf(result);
      changes[until] -= bytesOf(result);
    }
  }
  int64_t held = 0, most = 0;
  for (auto [when, change] : llvm::enumerate(changes))
    if ((held += change) > most) {
      most = held;
      moment = int64_t(when);
    }
}

bool Timeline::isLate(Operation *unit) const {
  auto known = time.find(unit);
  return known != time.end() && known->second > moment;
}

int64_t Timeline::firstLateUse(Value result) const {
  int64_t first = never;
  for (Value name : namesOf(result))
    for (Operation *user : name.getUsers())
      if (isLate(user))
        first = std::min(first, time.at(user));
  return first;
}

/// A cut: a kernel, or a part of one, on the source's side runs again and costs its operations; what is read on the source's side and computed
/// on the other is held and costs its bytes.
SmallVector<Again> Timeline::cheapest(llvm::function_ref<double(int64_t)> priceOf) const {
  MinCut network;
  SmallVector<std::pair<int, int>> parts; // of the early ones: product, behind it; the same where there is no product
  DenseMap<Value, int> results;
  auto hold = [&](Value value, int maker, double price) {
    int held = network.addNode();
    network.addEdge(held, maker, int64_t(std::ceil(price * double(bytesOf(value)))));
    return held;
  };
  auto addPart = [&](int node, const Part &part) {
    network.addEdge(node, MinCut::sink, part.cost);
    for (Value input : part.inputs)
      if (auto known = results.find(withoutReshapes(input)); known != results.end())
        network.addEdge(node, known->second, MinCut::never);
  };
  for (auto [number, unit] : llvm::enumerate(early)) {
    double price = priceOf(int64_t(number));
    Operation *product = mayRunAgain(unit) ? productOf(unit) : nullptr;
    int behind = network.addNode(), ofProduct = product ? network.addNode() : behind;
    int64_t given = product ? resultOf(unit, product->getResult(0)) : -1;
    parts.emplace_back(ofProduct, behind);
    if (mayRunAgain(unit)) {
      auto [first, second] = partsOf(unit);
      addPart(behind, second);
      if (product)
        addPart(ofProduct, first);
    } else {
      network.addEdge(behind, MinCut::sink, MinCut::never);
    }
    for (Value result : unit->getResults()) {
      bool isProduct = cast<OpResult>(result).getResultNumber() == given;
      int64_t use = firstLateUse(result);
      bool isRoom = inWork.contains(result) && use != moment + 1; // what is read next is there, held or computed again
      int held = results[result] = hold(result, isProduct ? ofProduct : behind, isRoom ? price : 0);
      if (use != never)
        network.addEdge(MinCut::source, held, MinCut::never);
    }
    if (product)
      network.addEdge(behind, given < 0 ? hold(product->getResult(0), ofProduct, price) : results.at(unit->getResult(unsigned(given))), MinCut::never);
  }
  std::vector<bool> isOnSourceSide = network.sourceSide();
  SmallVector<Again> again;
  for (auto [unit, part] : llvm::zip(early, parts))
    if (isOnSourceSide[size_t(part.first)] || isOnSourceSide[size_t(part.second)])
      again.push_back({unit, !isOnSourceSide[size_t(part.first)]});
  return again;
}

} // namespace tl
