// When the kernels of a function run, and what it holds over the moment at which it holds most.
#pragma once
#include "compiler/fusion/RunAgain.h"
#include "compiler/fusion/WorkPlan.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace tl {

class Timeline {
public:
  /// `function` stays as it is: a copy of it, beside it in its module, is planned.
  Timeline(mlir::func::FuncOp function, Places &known);

  const WorkPlan &plan() const { return work; }
  /// Kernels that run before the moment.
  int64_t earlyUnits() const { return int64_t(early.size()); }
  /// Whether it runs behind the moment.
  bool isLate(mlir::Operation *unit) const;

  /// What to run again behind the moment, in the order of time, so that operations and bytes held over it cost least together: a byte
  /// of what the n-th kernel computes is worth `priceOf(n)` operations.
  llvm::SmallVector<Again> cheapest(llvm::function_ref<double(int64_t)> priceOf) const;

private:
  void findMoment(mlir::Block &planned, Places &known);
  static constexpr int64_t never = INT64_MAX;
  int64_t firstLateUse(mlir::Value result) const;

  WorkPlan work;
  int64_t moment = 0; // the last kernel before it
  llvm::DenseMap<mlir::Operation *, int64_t> time;
  llvm::SmallVector<mlir::Operation *> early; // in the order of time
  llvm::DenseSet<mlir::Value> inWork;         // results that take bytes of the work arena
};

} // namespace tl
