// What the corridor carries from room to room: the module, a clock, and the way out when a room fails.
#pragma once
#include "compiler/explain/Explain.h"
#include "runtime/io/Error.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include <chrono>
#include <map>
#include <string>

namespace mlir {
class OpPassManager;
}

namespace tl {

/// Says on stderr how long each room took, when asked to.
class Stopwatch {
public:
  explicit Stopwatch(bool isOn) : isOn(isOn), last(std::chrono::steady_clock::now()) {}
  void lap(const char *room);

private:
  bool isOn;
  std::chrono::steady_clock::time_point last;
};

/// A file that is gone when this is.
class TemporaryFile {
public:
  TemporaryFile(llvm::StringRef prefix, llvm::StringRef suffix, llvm::StringRef bytes);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile &) = delete;
  const std::string &path() const { return name; }

private:
  std::string name;
};

/// What the kernels of a function say of themselves.
struct Plan {
  bool isParallel = false;
  int64_t stackBytes = 0;                 // of the kernel that has most on its stack
  std::vector<std::string> frozenOnPath;  // frozen variables that gradients of others still pass through
  std::vector<TableUpdate> tables;        // whose gradients are rows by number
  int64_t tilesOfFour = 0, tilesOfTwo = 0;  // convolutions in tiles of 4 x 4 and 2 x 2 results
  int64_t budget = 0, workBytesKept = 0;  // of its stage, 0: none; work where nothing is computed again
};

/// The rooms that work on MLIR. The verifier runs after every pass. A failure here is the compiler's, not the reader's:
/// it leaves as tl::Error with code 70 that names a file with the module and the passes that failed on it.
class Walk {
public:
  Walk(const std::string &script, Stopwatch &stopwatch);

  void start(const char *room, llvm::function_ref<mlir::OwningOpRef<mlir::ModuleOp>(mlir::MLIRContext &)> emit);
  /// `isShared`: threads share the functions. Rooms that look at whole modules are faster without what guards that.
  void room(const char *room, llvm::function_ref<void(mlir::OpPassManager &)> addPasses, bool isShared = false);
  /// Floating-point operations of one call of each function, by name, while they are in the calculus.
  std::map<std::string, int64_t> flops();
  /// How many more a function takes, once it is fused, because squares are made in tiles: of a causal one mostly fewer.
  std::map<std::string, int64_t> flopsOfTiles();
  /// Of a function whose memory is planned.
  int64_t workBytesOf(const std::string &function);
  /// Of a function whose kernels are emitted.
  Plan planOf(const std::string &function);
  mlir::ModuleOp module() { return *held; }
  std::string text();

  template <class T> T orInternalError(const char *room, llvm::Expected<T> result) {
    if (!result)
      fail(room, llvm::toString(result.takeError()));
    return std::move(*result);
  }

private:
  [[noreturn]] void fail(const char *room, const std::string &why);
  std::string reproducer() const;

  std::string script;
  Stopwatch &stopwatch;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> held;
  std::string messages; // what MLIR said, shown only with an internal error
};

/// The value, or tl::Error with code 2: the caller asked for what there is not.
template <class T> T orUsage(llvm::Expected<T> result) {
  if (!result)
    throw Error(exitUsage, llvm::toString(result.takeError()));
  return std::move(*result);
}

} // namespace tl
