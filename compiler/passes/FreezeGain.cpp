// Weighs copies of the steps that compute nothing but a loss, its gradients, and the gradients of everything.
#include "compiler/passes/FreezeGain.h"
#include "compiler/passes/Flops.h"
#include "compiler/passes/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/SetVector.h"

namespace tl {
namespace {
using namespace mlir;
using namespace tl::ir;

enum class Part { Loss, Gradients, AllGradients };

/// The parameter that a value is, as it is read: what is kept in fewer digits as f32, bytes times the steps of their rows.
ReadOp parameterOf(Value value) {
  if (auto times = value.getDefiningOp<MulOp>())
    if (auto counted = times.getLhs().getDefiningOp<SubOp>())
      if (auto bytes = counted.getLhs().getDefiningOp<CastOp>(); bytes && typeOf(bytes.getX()).dtype == DType::U8)
        return bytes.getX().getDefiningOp<ReadOp>();
  auto cast = value.getDefiningOp<CastOp>();
  return (cast && isNarrow(typeOf(cast.getX()).dtype) ? cast.getX() : value).getDefiningOp<ReadOp>();
}

/// The frozen parameters that `loss` is computed from.
void addFrozen(Value loss, SmallVectorImpl<Value> &wrt) {
  llvm::SetVector<Value> seen;
  seen.insert(loss);
  for (size_t i = 0; i < seen.size(); ++i) {
    auto read = parameterOf(seen[i]); // Its gradient is by what it is read as.
    if (read && read.getFrozen() && isFloat(typeOf(seen[i]).dtype))
      wrt.push_back(seen[i]);
    if (Operation *op = seen[i].getDefiningOp())
      seen.insert(op->operand_begin(), op->operand_end());
  }
}

/// Leaves in a copy of a step only what `part` needs.
void keepOnly(func::FuncOp copy, Part part) {
  for (Operation &op : llvm::make_early_inc_range(copy.front()))
    if (llvm::isa<WriteOp, OutputOp>(op))
      op.erase();
  OpBuilder b = OpBuilder::atBlockTerminator(&copy.front());
  int kept = 0;
  auto keep = [&](Value value) { OutputOp::create(b, value.getLoc(), "kept " + std::to_string(kept++), IntegerAttr(), value); };
  for (GradientOp gradient : llvm::to_vector(copy.getOps<GradientOp>())) {
    keep(gradient.getLoss());
    if (part == Part::Loss)
      continue;
    SmallVector<Value> wrt(gradient.getWrt());
    if (part == Part::AllGradients)
      addFrozen(gradient.getLoss(), wrt);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(gradient);
    auto whole = GradientOp::create(b, gradient.getLoc(), ValueRange(wrt).getTypes(), gradient.getLoss(), wrt);
    gradient.replaceAllUsesWith(whole.getResults().take_front(gradient.getNumResults()));
    gradient.erase();
    b.setInsertionPoint(copy.front().getTerminator());
    for (Value each : whole.getGrads())
      keep(each);
  }
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(copy.front())))
    if (isOpTriviallyDead(&op))
      op.erase();
}

} // namespace

std::map<std::string, StepArithmetic> weighFreezing(ModuleOp emitted) {
  OwningOpRef<ModuleOp> copies = ModuleOp::create(emitted.getLoc());
  OpBuilder b = OpBuilder::atBlockEnd(copies->getBody());
  for (Operation &op : *emitted.getBody())
    if (!llvm::isa<func::FuncOp>(op)) // the symbols that functions name
      b.clone(op);
  std::map<std::string, StepArithmetic> weighed;
  static const std::pair<Part, const char *> parts[] = {{Part::Loss, "/loss"}, {Part::Gradients, "/gradients"}, {Part::AllGradients, "/all"}};
  for (func::FuncOp function : emitted.getOps<func::FuncOp>()) {
    if (function.getOps<GradientOp>().empty())
      continue;
    weighed[function.getName().str()];
    for (auto [part, suffix] : parts) {
      auto copy = llvm::cast<func::FuncOp>(b.clone(*function));
      copy.setName((function.getName() + suffix).str());
      keepOnly(copy, part);
    }
  }
  PassManager pm(emitted.getContext());
  pm.addPass(createDifferentiate());
  pm.addPass(createSimplify());
  pm.addPass(createPruneFrozen());
  if (failed(pm.run(*copies)))
    return {};
  for (auto &[name, arithmetic] : weighed) {
    int64_t flops[3];
    for (auto [i, part] : llvm::enumerate(parts))
      flops[i] = flopsOf(copies->lookupSymbol<func::FuncOp>(name + part.second).front());
    arithmetic = {flops[0], flops[1] - flops[0], flops[2] - flops[0]};
  }
  return weighed;
}

} // namespace tl
