// Functions of `tl`, compiled by the kernels room and the last room, in this process.
#pragma once
#include "compiler/codegen/LoadedObject.h"
#include "compiler/fusion/Arenas.h"
#include "compiler/fusion/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include <array>
#include <string>
#include <vector>

namespace tl::test {

/// Memory that ends where nothing may be touched, and is looked after on its other side.
class GuardedBytes {
public:
  explicit GuardedBytes(size_t size, uint8_t fill);
  ~GuardedBytes();
  GuardedBytes(const GuardedBytes &) = delete;
  char *data() { return start; }
  bool isIntact() const; // nothing was written before the start
  std::vector<char> bytes() const { return {start, start + size}; }

private:
  char *mapping, *start;
  size_t mapped, size;
};

/// What one call works on; the sizes are multiples of 64.
struct Memory {
  std::vector<char> variables, input, output;
  std::vector<double> scalars;
  std::array<uint32_t, 4> counters;
};

/// Vectors of 4, 8 or 16 lanes: LLVM makes any of them of what this machine has.
Target targetOfLanes(int64_t lanes);
/// Of 4, 8 or 16 lanes by turns of the module's text.
Target targetFor(mlir::ModuleOp module);

class Compiled {
public:
  /// Takes the module through the corridor from the kernels on; `functions` are those to call.
  Compiled(mlir::ModuleOp module, std::vector<std::string> functions, const Target &target);
  const std::string &error() const { return message; } // empty: fine
  bool isParallel(size_t function) const { return parallel[function]; }
  std::pair<int, int> winograd(size_t function) const { return winogradTiles[function]; } // convolutions in tiles of 4 x 4, and of 2 x 2 results
  int squares(size_t function) const { return squareKernels[function]; } // kernels that go through one in tiles
  const Arenas &arenas(size_t function) const { return places[function]; }
  /// Runs a function on that many threads, of which one is behind all others from barrier to barrier; returns what went
  /// wrong.
  std::string run(size_t function, Memory &memory, int threads, int late = -1);

private:
  std::string compile(mlir::ModuleOp module, const std::vector<std::string> &names);

  LoadedObject loaded;
  std::vector<bool> parallel;
  std::vector<int> squareKernels;
  std::vector<std::pair<int, int>> winogradTiles;
  std::vector<Arenas> places; // by function
  std::string message;
};

} // namespace tl::test
