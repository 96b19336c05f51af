// Kernels as functions: equal ones are one.
#pragma once
#include "compiler/fusion/KernelDialect.h"
#include "compiler/fusion/Places.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <map>
#include <string>

namespace tl {

/// Multiply-adds of the contraction and operations at each point: whether threads and calls pay off.
int64_t workOf(kernel::RunOp run);
bool usesRandom(kernel::RunOp run);
/// A flat part of an arena, in the address space that the module's target has them in.
mlir::MemRefType inArena(mlir::Operation *inModule, int64_t elements, mlir::Type element);
/// Whole numbers; the one kernel that needs some knows no other.
mlir::MemRefType scratchType(kernel::RunOp run);

class KernelFunctions {
public:
  explicit KernelFunctions(mlir::ModuleOp module) : module(module), b(module.getContext()) {}
  Places places;
  /// Distinct places, inputs first: a result that overwrites an input shares its argument, so no two arguments overlap.
  llvm::SmallVector<Place> argumentsOf(kernel::RunOp run);
  /// Takes a flat memref per place, then its scratch where it has some, then the counters where it draws random numbers, then, where it is `parallel`, the
  /// number of the thread and how many there are.
  mlir::func::FuncOp kernelFor(kernel::RunOp run, llvm::ArrayRef<Place> arguments, bool parallel);

private:
  void fill(mlir::func::FuncOp kernel, kernel::RunOp run, llvm::ArrayRef<Place> arguments, bool parallel);

  mlir::ModuleOp module;
  mlir::OpBuilder b;
  std::map<std::string, mlir::func::FuncOp> emitted; // by the text of the kernel
};

} // namespace tl
