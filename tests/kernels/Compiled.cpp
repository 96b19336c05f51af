// Compiling in this process: the same passes and the same object file as `tlc build`, loaded instead of linked.
#include "tests/kernels/Compiled.h"
#include "compiler/codegen/ObjectFile.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/fusion/Squares.h"
#include "compiler/kernels/Kernels.h"
#include "compiler/passes/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"
#include <barrier>
#include <chrono>
#include <cstring>
#include <sys/mman.h>
#include <thread>

struct TlTeam {
  std::barrier<> barrier;
};

static thread_local bool isLate = false;

/// Time for the other threads to run into what this one has not done yet.
static void lag() {
  if (isLate)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

static void arriveLate(TlTeam *team) {
  team->barrier.arrive_and_wait();
  lag();
}

namespace tl::test {

constexpr size_t page = 4096, guard = 1024;
constexpr char guardByte = 0x5a;

GuardedBytes::GuardedBytes(size_t bytes, uint8_t fill) : size((bytes + 63) / 64 * 64) {
  size_t body = (size + guard + page - 1) / page * page;
  mapped = body + page;
  mapping = static_cast<char *>(mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  mprotect(mapping + body, page, PROT_NONE);
  start = mapping + body - size;
  std::memset(start - guard, guardByte, guard);
  std::memset(start, fill, size);
}

GuardedBytes::~GuardedBytes() { munmap(mapping, mapped); }

bool GuardedBytes::isIntact() const {
  return std::all_of(start - guard, start, [](char byte) { return byte == guardByte; });
}

Target targetOfLanes(int64_t lanes) {
  Target target;
  target.lanes = lanes;
  target.multipliesPairs = hostTarget().multipliesPairs; // of vectors of any width
  target.multipliesTiles = lanes == 16 && hostTarget().multipliesTiles;
  if (target.lanes < 16) {
    target.registers = target.tileRegisters = 16;
    target.vectorsACycle = 2;
  }
  return target;
}

Target targetFor(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream(text) << module;
  return targetOfLanes(4 << llvm::xxh3_64bits(text) % 3);
}

Compiled::Compiled(mlir::ModuleOp module, std::vector<std::string> names, const Target &target) {
  target.set(module);
  message = compile(module, names);
}

std::string Compiled::compile(mlir::ModuleOp module, const std::vector<std::string> &names) {
  mlir::PassManager kernels(module->getContext());
  kernels.addPass(createPruneFrozen()); // The kernels room expects that every op leads to a result.
  addPlanPasses(kernels);
  if (failed(kernels.run(module)))
    return "no kernels are planned";
  for (const std::string &name : names) {
    auto function = module.lookupSymbol<mlir::func::FuncOp>(name);
    places.push_back(arenasOf(function));
    auto tiles = function->getAttrOfType<mlir::DenseI64ArrayAttr>("tl.winograd");
    winogradTiles.push_back(tiles ? std::pair(int(tiles[0]), int(tiles[1])) : std::pair(0, 0));
    squareKernels.push_back(int(llvm::count_if(function.getOps<kernel::RunOp>(), isOfSquare)));
  }
  mlir::PassManager emit(module->getContext());
  emit.addPass(createEmitKernels());
  if (failed(emit.run(module)))
    return "no kernels are emitted";
  for (const std::string &name : names)
    parallel.push_back(module.lookupSymbol(name)->getAttrOfType<mlir::BoolAttr>("tl.parallel").getValue());
  auto object = LoadedObject::load(module, names, &arriveLate);
  if (!object)
    return llvm::toString(object.takeError());
  loaded = std::move(*object);
  return "";
}

std::string Compiled::run(size_t function, Memory &memory, int threads, int late) {
  // All ones: NaN as a real, true as a truth value. Nothing may depend on what scratch held before.
  GuardedBytes variables(memory.variables.size(), 0), work(size_t(places[function].workBytes), 0xff),
      input(memory.input.size(), 0), output(memory.output.size(), 0), scalars(8 * memory.scalars.size(), 0);
  llvm::copy(memory.variables, variables.data());
  llvm::copy(memory.input, input.data());
  llvm::copy(memory.output, output.data());
  std::memcpy(scalars.data(), memory.scalars.data(), 8 * memory.scalars.size());
  TlTeam team{std::barrier<>(threads)};
  auto call = [&](int thread) {
    isLate = thread == late;
    lag();
    int32_t kernel;
    loaded.functions[function](variables.data(), work.data(), input.data(), output.data(),
                               reinterpret_cast<const double *>(scalars.data()), memory.counters.data(), &kernel, thread, threads,
                               &team);
  };
  std::vector<std::thread> others;
  for (int thread = 1; thread < threads; ++thread)
    others.emplace_back(call, thread);
  call(0);
  for (std::thread &other : others)
    other.join();
  if (!variables.isIntact() || !work.isIntact() || !input.isIntact() || !output.isIntact())
    return "it wrote before an arena";
  if (input.bytes() != memory.input)
    return "it wrote into its input";
  memory.variables = variables.bytes();
  memory.output = output.bytes();
  return "";
}

} // namespace tl::test
