// What kernels rely on of the processor they are written for. No other file of the room holds a number of a machine.
#pragma once
#include <cstdint>

namespace mlir {
class ModuleOp;
class Operation;
} // namespace mlir

namespace tl {

struct Target {
  int64_t lanes = 16;              // f32 in a vector register
  int64_t registers = 32;          // vector registers
  int64_t tileRegisters = 30;      // of them, those that a tile of a product may fill
  int64_t vectorsACycle = 1;       // multiply-adds of vectors that may start in a cycle; as many vectors are loaded
  int64_t latency = 4;             // cycles until what a multiply-add leaves can be added to
  int64_t scalarCost = 50;         // hundredths of a cycle that a number for all lanes takes: two are loaded in one, by the multiply-add itself
  int64_t farScalarCost = 200;     // the same where each comes from the second cache
  int64_t farVectorCost = 50;      // what a vector from there takes longer, in hundredths as well
  int64_t firstCache = 32 << 10;   // bytes of the first data cache
  int64_t ways = 8;                // lines of it that one set holds
  int64_t secondCache = 1 << 20;   // bytes of the second cache
  int64_t sharedWork = 150'000;    // multiply-adds that take as long as to hand a kernel to other threads: a few microseconds
  int64_t arenaSpace = 0;          // the address space that arenas lie in
  bool multipliesPairs = false;    // a multiply-add takes two bf16 from each lane of both factors, and adds both products to one f32
  bool multipliesTiles = false;    // of such pairs also in registers of `tileSide` rows of `tileSide` pairs each (AMX); other pairs at half the pace of f32
  static constexpr int64_t tileSide = 16;
  /// Of a product of f32 that tile registers multiply in three parts, in cycles: its multiply-adds and those of vectors, of what vectors take at their peak; to split a number;
  /// to bring a result through memory to what follows it.
  static constexpr double splitProducts = 0.8, vectorProducts = 1.1, splitNumber = 0.6, splitResult = 0.5;
  static constexpr int64_t line = 16; // f32 in a line of the caches
  static constexpr int64_t sharedBytes = 75'000; // that go from the cache of one core to another's in the time that `sharedWork` takes

  /// What `module` says it is compiled for, in the attribute `kernel.target`; a module that says nothing, for the above.
  static Target of(mlir::Operation *inModule);
  void set(mlir::ModuleOp module) const;
  bool operator==(const Target &) const = default;
};

} // namespace tl
