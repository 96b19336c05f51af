// Chunks of arguments through the kernel, then one by one against the formula.
#include "tests/accuracy/Sweep.h"
#include "compiler/codegen/LowerToLlvm.h"
#include "compiler/codegen/ObjectFile.h"
#include "compiler/ir/Build.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/kernels/Kernels.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "runtime/program/Team.h"
#include <atomic>
#include <bit>
#include <cfenv>
#include <cmath>
#include <cstring>
#include <mutex>
#include <thread>

namespace tl::accuracy {
namespace {
using namespace mlir;

constexpr int64_t chunk = 1 << 16;

void aloneAtBarrier(TlTeam *) {}

int64_t bytesOfChunk(DType dtype) { return chunk * (dtype == DType::F64 ? 8 : 4); }

/// Memory at a multiple of 64.
class Arena {
public:
  explicit Arena(int64_t size) : bytes(static_cast<char *>(std::aligned_alloc(64, size_t(size + 64) / 64 * 64))) {}
  ~Arena() { std::free(bytes); }
  Arena(const Arena &) = delete;
  char *bytes;
};

double numberAt(const char *bytes, DType dtype, uint64_t i) {
  if (dtype == DType::F64) {
    double value;
    std::memcpy(&value, bytes + 8 * i, 8);
    return value;
  }
  float value;
  std::memcpy(&value, bytes + 4 * i, 4);
  return value;
}

void putAt(char *bytes, DType dtype, uint64_t i, double x) {
  if (dtype == DType::F64)
    return void(std::memcpy(bytes + 8 * i, &x, 8));
  float narrow = float(x);
  std::memcpy(bytes + 4 * i, &narrow, 4);
}

/// How numbers of a dtype lie.
struct Grid {
  int digits, leastExponent, mostExponent;
  explicit Grid(DType dtype)
      : digits(dtype == DType::F64 ? 53 : 24), leastExponent(dtype == DType::F64 ? -1022 : -126),
        mostExponent(dtype == DType::F64 ? 1023 : 127) {}

  bool hasNormal(double x) const { return x == 0 || !(std::fabs(x) < std::ldexp(1.0, leastExponent)); }

  /// Most results of f32, where doubles tell all: a few instructions each, for there are 2^32. False where they do not.
  bool compareQuickly(double got, double wanted, const Arguments &at, Worst &worst) const {
    uint64_t exponent = std::bit_cast<uint64_t>(wanted) >> 52 & 0x7ff;
    if (exponent < uint64_t(1023 + leastExponent) || exponent > uint64_t(1023 + mostExponent) || !std::isfinite(got))
      return false;
    double error = std::fabs(got - wanted) * std::bit_cast<double>((2 * 1023 + uint64_t(digits) - 1 - exponent) << 52);
    if (error > worst.error)
      worst.error = error, worst.at = at;
    return true;
  }

  template <typename Real> void compare(double got, Real wanted, const Arguments &at, Worst &worst) const {
    Real least = std::ldexp(Real(1), leastExponent);
    bool isTiny = std::fabs(wanted) < least;
    if (std::isnan(got) != std::isnan(wanted) || (isTiny && !(std::fabs(got) <= least))) {
      if (!worst.wrong++)
        worst.wrongAt = at;
      return;
    }
    if (std::isnan(got) || isTiny)
      return;
    // Infinity is the number that would follow the largest.
    Real past = std::ldexp(Real(1), mostExponent + 1), value = got;
    if (std::isinf(value))
      value = std::copysign(past, value);
    if (std::fabs(wanted) > past)
      wanted = std::copysign(past, wanted);
    double error = double(std::ldexp(std::fabs(value - wanted), digits - 1 - std::ilogb(wanted)));
    if (error > worst.error)
      worst.error = error, worst.at = at;
  }
};

} // namespace

void Worst::add(const Worst &other) {
  if (other.error > error)
    error = other.error, at = other.at;
  if (!wrong && other.wrong)
    wrongAt = other.wrongAt;
  wrong += other.wrong;
  count += other.count;
}

Sweep::Sweep(std::vector<Row> rows) : all(std::move(rows)) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  DialectRegistry registry;
  registry.insert<ir::TlDialect, func::FuncDialect>();
  registerKernelDialects(registry);
  registerLlvmDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  Location loc = UnknownLoc::get(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  std::vector<std::string> names;
  for (const Row &row : all) {
    names.push_back("f" + std::to_string(names.size()));
    OpBuilder b(module->getBodyRegion());
    b.setInsertionPointToEnd(module->getBody());
    auto function = func::FuncOp::create(b, loc, names.back(), b.getFunctionType({}, {}));
    b.setInsertionPointToEnd(function.addEntryBlock());
    TensorType type{row.dtype, {chunk}};
    SmallVector<Value> operands;
    for (int n = 0; n < row.operands(); ++n)
      operands.push_back(ir::make(b, loc, Op::Input, {}, {.name = n ? "y" : "x"}, type)->getResult(0));
    Value y = ir::Build{b, loc}.op(row.word->op, operands);
    ir::make(b, loc, Op::Output, {y}, {.name = "z"});
    func::ReturnOp::create(b, loc);
  }
  hostTarget().set(*module);
  PassManager pm(&context);
  addPlanPasses(pm);
  pm.addPass(createEmitKernels());
  if (failed(pm.run(*module)))
    llvm::report_fatal_error("the kernels room fails");
  for (const std::string &name : names)
    workBytes.push_back(module->lookupSymbol(name)->getAttrOfType<IntegerAttr>("tl.work_bytes").getInt());
  llvm::Expected<LoadedObject> object = LoadedObject::load(*module, names, &aloneAtBarrier);
  if (!object)
    llvm::report_fatal_error(object.takeError());
  loaded = std::move(*object);
}

Worst Sweep::measure(size_t row, uint64_t step, unsigned threads) const {
  Worst worst;
  std::mutex mutex;
  std::atomic<uint64_t> next = 0;
  auto work = [&] {
    for (;;) {
      uint64_t first = next.fetch_add(chunk * step);
      if (first >= all[row].count())
        return;
      Worst found = measureChunk(row, first, step, all[row].count());
      std::lock_guard lock(mutex);
      worst.add(found);
    }
  };
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i)
    others.emplace_back(work);
  work();
  for (std::thread &other : others)
    other.join();
  // What matters most is too rare to be met by steps.
  if (step > 1)
    for (uint64_t edge : all[row].edges())
      worst.add(measureChunk(row, edge, 1, edge + 1024));
  return worst;
}

Worst Sweep::measureChunk(size_t number, uint64_t first, uint64_t step, uint64_t last) const {
  const Row &row = all[number];
  Arena variables(64), work(workBytes[number]), input(2 * bytesOfChunk(row.dtype)), output(bytesOfChunk(row.dtype));
  std::vector<Arguments> arguments;
  Grid grid(row.dtype);
  auto isInside = [&](double x) { return std::isnan(row.most) || (std::fabs(x) >= row.least && std::fabs(x) <= row.most); };
  for (uint64_t n = first, end = std::min(last, first + chunk * step); n < end; n += step)
    if (Arguments at = argumentsAt(row, n); isInside(at.x) && grid.hasNormal(at.x) && grid.hasNormal(at.y))
      arguments.push_back(at);
  for (uint64_t i = 0; i < uint64_t(chunk); ++i) {
    Arguments at = i < arguments.size() ? arguments[i] : Arguments{1, 1};
    putAt(input.bytes, row.dtype, i, at.x);
    putAt(input.bytes + bytesOfChunk(row.dtype), row.dtype, i, at.y);
  }
  double scalars[1] = {};
  uint32_t counters[tlCounters] = {};
  int32_t kernel;
  fenv_t before; // as in a program, and back: libm counts in all numbers
  fegetenv(&before);
  program::flushDenormals();
  loaded.functions[number](variables.bytes, work.bytes, input.bytes, output.bytes, scalars, counters, &kernel, 0, 1, nullptr);
  fesetenv(&before);
  Worst worst;
  worst.count = arguments.size();
  for (uint64_t i = 0; i < arguments.size(); ++i) {
    auto [x, y] = arguments[i];
    double got = numberAt(output.bytes, row.dtype, i);
    if (row.dtype == DType::F64)
      grid.compare<long double>(got, row.word->inExtended(x, y), arguments[i], worst);
    else if (double wanted = row.word->inDouble(x, y); !grid.compareQuickly(got, wanted, arguments[i], worst))
      grid.compare<double>(got, wanted, arguments[i], worst);
  }
  return worst;
}

} // namespace tl::accuracy
