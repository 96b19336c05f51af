// What every kernel's emission starts from, and how its loops are made and shared among threads.
#pragma once
#include "compiler/fusion/Strides.h"
#include "compiler/kernels/Expression.h"
#include "compiler/fusion/KernelDialect.h"
#include "compiler/fusion/Target.h"

namespace tl {

/// A kernel being emitted: its region, where its tensors are, who runs it.
struct LoopNest {
  mlir::OpBuilder &b;
  mlir::Location loc;
  kernel::RunOp run;
  Target target;
  int64_t lanes = target.lanes;                       // of its vectors
  mlir::Operation *root = nullptr;                    // the op that is not pointwise, if any
  llvm::DenseMap<mlir::Value, mlir::Value> buffers{0};  // region argument -> flat memref
  llvm::SmallVector<mlir::Value> outputs{};           // flat memref of each result
  mlir::Value counters{};                             // memref of i32; see `tlCounters`
  mlir::Value scratch{};                              // flat memref, see `scratchBytes`
  mlir::Value thread{}, threads{};                    // index; null: one thread runs it all

  using Body = llvm::function_ref<void(mlir::Value)>;
  /// Runs `body` for pieces 0 … count-1, this thread's share of them. What a piece computes must not depend on others.
  void forPieces(int64_t count, Body body);
  /// The same for `count` ranges of `pieces` each; what this thread has of a range, `low` … `high`-1, it runs in one go.
  void forRanges(int64_t count, int64_t pieces, llvm::function_ref<void(mlir::Value range, mlir::Value low, mlir::Value high)> body);
  /// Runs `body` on thread 0 only.
  void once(llvm::function_ref<void()> body);
  /// A loop nest over `sizes` that carries values.
  using Carry = llvm::SmallVector<mlir::Value>;
  Carry carry(llvm::ArrayRef<int64_t> sizes, const Carry &values, llvm::function_ref<Carry(mlir::ValueRange indices, mlir::ValueRange)> body);
  /// A loop from `low` to `high` that carries values.
  Carry carry(mlir::Value low, mlir::Value high, mlir::ValueRange values, llvm::function_ref<Carry(mlir::Value index, mlir::ValueRange)> body);

  /// Where what has an index of `full` and more is another case than those before, of which there are `last` (or none, as 0 says).
  void either(mlir::Value index, int64_t full, int64_t last, llvm::function_ref<void(bool isLast)> body);

  /// Calls `body` for each vector of `length` neighbours, with the mask of the cut one.
  void alongRow(int64_t length, llvm::function_ref<void(mlir::Value column, mlir::Value mask)> body);

  IndexMath math() { return IndexMath(b, loc, lanes); }
  Expression expression() { return Expression(b, loc, lanes, buffers, counters); }
  /// Computes all results at `point` and only then stores them, so that they may overwrite what they were computed from.
  void finish(Expression &expression, const Point &point);
  llvm::ArrayRef<int64_t> shape(); // of the results
  mlir::Value tailMask(int64_t count) { return firstLanes(count, lanes); }
  mlir::Value firstLanes(int64_t count, int64_t of);

  /// The first `count` lanes at a position of a buffer of real numbers; the others are 0 and not touched. Of bf16 a lane has the bits of a
  /// pair, and positions count pairs.
  mlir::Value load(mlir::Value buffer, mlir::Value position, int64_t count);
  /// The number at a position in all lanes.
  mlir::Value loadSpread(mlir::Value buffer, mlir::Value position);
  /// Asks the second cache for the line at a position.
  void askFor(mlir::Value buffer, mlir::Value position);
  void store(mlir::Value line, mlir::Value buffer, mlir::Value position, int64_t count);
  /// Moves `height` rows of `width` columns, `fromStride` apart, to `width` rows `toStride` apart, of which `storedLanes`
  /// lanes are stored (those past `height` are 0).
  void turnSquare(mlir::Value source, mlir::Value from, int64_t fromStride, int64_t height, mlir::Value target, mlir::Value to,
                  int64_t toStride, int64_t width, int64_t storedLanes);

private:
  /// The first of `count` pieces that this thread runs, and the one behind its last.
  std::pair<mlir::Value, mlir::Value> share(int64_t count);
};

void emitMap(LoopNest &nest);
/// Emits a kernel that is one transpose of contiguous axes; false where it is not.
bool emitTranspose(LoopNest &nest);
/// Emits a kernel that puts rows in pairs and does nothing else; false where it is none.
bool emitPairs(LoopNest &nest);
void emitReduce(LoopNest &nest);
void emitArgMax(LoopNest &nest);
void emitContract(LoopNest &nest);
void emitScatter(LoopNest &nest);
void emitPutRows(LoopNest &nest);
void emitArgSort(LoopNest &nest);
void emitFirst(LoopNest &nest);
void emitConcat(LoopNest &nest);

} // namespace tl
