// Writes the problem in the calculus and takes it through the corridor from there on.
#include "bench/kernels/Ours.h"
#include "compiler/codegen/LoadedObject.h"
#include "compiler/codegen/LowerToLlvm.h"
#include "compiler/codegen/ObjectFile.h"
#include "compiler/fusion/Arenas.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/ir/Build.h"
#include "compiler/kernels/Kernels.h"
#include "compiler/passes/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include <cstdlib>
#include <cstring>

namespace tl::bench {
namespace {
using namespace mlir;

struct Free {
  void operator()(char *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<char, Free>;
Memory memoryOf(int64_t bytes) { return Memory(static_cast<char *>(std::aligned_alloc(64, size_t(bytes + 64) / 64 * 64))); }

/// What is computed of two inputs. Gradients are those of Σ y · dy, made as the compiler makes them.
Value express(ir::Build &m, const Problem &p, Value left, Value right) {
  if (p.kind == Problem::Kind::Product) {
    auto loops = [&](int64_t first, int64_t second) { return p.batch > 1 ? std::vector<int64_t>{0, first, second} : std::vector<int64_t>{first, second}; };
    return m.contract(left, right, p.isLeftTurned ? loops(3, 1) : loops(1, 3), p.isRightTurned ? loops(2, 3) : loops(3, 2), loops(1, 2));
  }
  auto input = [&](std::vector<int64_t> shape) { return ir::make(m.b, m.loc, Op::Input, {}, {.name = "other"}, {DType::F32, std::move(shape)})->getResult(0); };
  Value image = p.kind == Problem::Kind::Image ? input({p.batch, p.side, p.side, p.in}) : left;
  Value taps = p.kind == Problem::Kind::Taps ? input({p.size, p.size, p.in, p.out}) : right;
  auto windows = [&](Value x, int64_t axis) {
    std::vector<int64_t> pads(ir::typeOf(x).shape.size());
    pads[size_t(axis)] = p.pad();
    return m.window(p.pad() ? m.pad(x, pads, pads) : x, axis, p.size, p.stride);
  };
  Value y = m.contract(windows(windows(image, 1), 3), taps, {0, 1, 2, 3, 4, 5}, {2, 4, 5, 6}, {0, 1, 3, 6});
  if (p.kind == Problem::Kind::Forward)
    return y;
  Value loss = m.reduceSum(m.mul(y, p.kind == Problem::Kind::Image ? left : right), {0, 1, 2, 3}), of = p.kind == Problem::Kind::Image ? image : taps;
  return ir::GradientOp::create(m.b, m.loc, TypeRange(of.getType()), loss, ValueRange(of)).getGrads()[0];
}

class Ours : public Solver {
public:
  Ours(const Problem &p, const std::vector<float> &leftNumbers, const std::vector<float> &rightNumbers) : context(MLIRContext::Threading::DISABLED) {
    DialectRegistry registry;
    registry.insert<ir::TlDialect>();
    registerKernelDialects(registry);
    registerLlvmDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    OpBuilder b(&context);
    OwningOpRef<ModuleOp> module = ModuleOp::create(b.getUnknownLoc());
    b.setInsertionPointToEnd(module->getBody());
    auto function = func::FuncOp::create(b, b.getUnknownLoc(), "solve", b.getFunctionType({}, {}));
    b.setInsertionPointToEnd(function.addEntryBlock());
    ir::Build m{b, b.getUnknownLoc()};
    auto take = [&](const char *name, std::vector<int64_t> shape) {
      return ir::make(b, m.loc, Op::Input, {}, {.name = name}, {DType::F32, std::move(shape)})->getResult(0);
    };
    auto matrix = [&](int64_t rows, int64_t columns) { return p.batch > 1 ? std::vector<int64_t>{p.batch, rows, columns} : std::vector<int64_t>{rows, columns}; };
    std::vector<int64_t> image{p.batch, p.side, p.side, p.in}, taps{p.size, p.size, p.in, p.out}, made{p.batch, p.outSide(), p.outSide(), p.out};
    bool isProduct = p.kind == Problem::Kind::Product;
    Value left = take("left", isProduct ? p.isLeftTurned ? matrix(p.k, p.m) : matrix(p.m, p.k) : p.kind == Problem::Kind::Image ? made : image);
    Value right = take("right", isProduct ? p.isRightTurned ? matrix(p.n, p.k) : matrix(p.k, p.n) : p.kind == Problem::Kind::Taps ? made : taps);
    ir::make(b, m.loc, Op::Output, {express(m, p, left, right)}, {.name = "result"});
    func::ReturnOp::create(b, m.loc);

    hostTarget().set(*module);
    PassManager passes(&context);
    passes.addPass(createDifferentiate());
    passes.addPass(createSimplify());
    passes.addPass(createPruneFrozen());
    addPlanPasses(passes);
    if (failed(passes.run(*module)))
      llvm::report_fatal_error("no kernels are planned");
    places = arenasOf(module->lookupSymbol<func::FuncOp>("solve"));
    PassManager emit(&context);
    emit.addPass(createEmitKernels());
    if (failed(emit.run(*module)))
      llvm::report_fatal_error("no kernels are emitted");
    auto object = LoadedObject::load(*module, {"solve"}, [](TlTeam *) {});
    if (!object)
      llvm::report_fatal_error(object.takeError());
    code = std::move(*object);
    work = memoryOf(places.workBytes), input = memoryOf(places.inputBytes), output = memoryOf(places.outputBytes);
    std::memset(input.get(), 0, size_t(places.inputBytes));
    for (auto [name, numbers] : {std::pair("left", &leftNumbers), std::pair("right", &rightNumbers)})
      std::memcpy(input.get() + places.inputs.at(name), numbers->data(), numbers->size() * sizeof(float));
  }
  void run() override {
    int32_t at;
    code.functions[0](nullptr, work.get(), input.get(), output.get(), nullptr, nullptr, &at, 0, 1, nullptr);
  }
  const float *result() const override { return reinterpret_cast<const float *>(output.get() + places.outputs.at("result")); }

private:
  MLIRContext context;
  LoadedObject code;
  Arenas places;
  Memory work, input, output;
};

} // namespace

std::unique_ptr<Solver> ours(const Problem &problem, const std::vector<float> &left, const std::vector<float> &right) {
  return std::make_unique<Ours>(problem, left, right);
}

std::vector<std::string> featuresUsed() { return llvm::cantFail(findTargetCpu("native")).required; }

} // namespace tl::bench
