// Building functions, running them, comparing.
#include "tests/kernels/Cases.h"
#include "compiler/codegen/LowerToLlvm.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/passes/Passes.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "tests/kernels/Compiled.h"
#include "tests/kernels/Reference.h"
#include <cmath>
#include <csignal>
#include <cstring>
#include <unistd.h>

namespace tl::test {
using namespace mlir;

constexpr std::array<uint32_t, 4> counters = {0x12345678, 0x9abcdef0, 77, 3};
constexpr char untouched = 0x3c;

double onGrid(std::mt19937 &random) { return (double(random() % 513) - 256) / 64; }

Draw between(double low, double high) {
  return [=](std::mt19937 &random) { return double(float(low + (high - low) * (random() / 4294967296.0))); };
}

Draw wholes(int64_t low, int64_t high) {
  return [=](std::mt19937 &random) { return double(low + int64_t(random() % uint64_t(high - low + 1))); };
}

static Draw usual(DType dtype) {
  switch (dtype) {
  case DType::I1:
    return wholes(0, 1);
  case DType::U8:
    return wholes(0, 255);
  case DType::I32:
    return wholes(-9, 9);
  default:
    return onGrid;
  }
}

Value Body::take(Op op, const TensorType &type, Draw draw) {
  if (!draw)
    draw = usual(type.dtype);
  Field field{op, "x" + std::to_string(fields.size()), type, Tensor(type.shape)};
  for (double &number : field.data.data)
    number = draw(random);
  fields.push_back(field);
  return op == Op::Read ? ir::readParameter(b, loc, stage, field.name, type) : ir::make(b, loc, op, {}, {.name = field.name}, type)->getResult(0);
}

Value Body::scalar(double value) {
  // Those of the module, which all its functions share.
  std::string name = "s" + std::to_string(scalars.size());
  if (OpBuilder before(stage); !stage->getParentOfType<ModuleOp>().lookupSymbol(name))
    ir::RuntimeScalarOp::create(before, loc, b.getStringAttr(name), ir::PeriodAttr(), IntegerAttr());
  fields.push_back({Op::Scalar, name, {DType::F64, {}}, Tensor({}, value)});
  scalars.push_back(value);
  return ir::make(b, loc, Op::Scalar, {}, {.name = name}, {DType::F64, {}})->getResult(0);
}

void Body::write(Value read, Value value) {
  auto op = llvm::cast<ir::ReadOp>(read.getDefiningOp());
  fields.push_back({Op::Write, op.getVariable().getLeafReference().str(), ir::typeOf(value), {}});
  ir::WriteOp::create(b, loc, op.getVariable(), value);
}

void Body::output(Value value) {
  fields.push_back({Op::Output, "y" + std::to_string(fields.size()), ir::typeOf(value), {}});
  ir::make(b, loc, Op::Output, {value}, {.name = fields.back().name});
}

/// The function that runs now, for when it does not come back.
static std::string running;

static void tellWhatRan(int signal) {
  (void)!write(2, running.data(), running.size());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

Kernels::Kernels() : context(MLIRContext::Threading::DISABLED) {
  DialectRegistry registry;
  registry.insert<ir::TlDialect>();
  registerKernelDialects(registry);
  registerLlvmDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  module = ModuleOp::create(UnknownLoc::get(&context));
}

void Kernels::add(const std::string &label, const std::function<void(Body &)> &build) {
  OpBuilder b(&context);
  b.setInsertionPointToEnd(module->getBody());
  Location loc = b.getUnknownLoc();
  Case one{label, "f" + std::to_string(cases.size()), {}, {}};
  auto stage = ir::StageOp::create(b, loc, one.name + " takes");
  auto function = func::FuncOp::create(b, loc, one.name, b.getFunctionType({}, {}));
  b.setInsertionPointToEnd(function.addEntryBlock());
  Body body(b, loc, stage, unsigned(cases.size() + 1));
  build(body);
  func::ReturnOp::create(b, loc);
  one.fields = body.fields;
  one.scalars = body.scalars;
  cases.push_back(one);
}

static void encode(char *at, DType dtype, const Eigen::ArrayXd &numbers) {
  for (Eigen::Index i = 0; i < numbers.size(); ++i)
    putNumber(dtype, at, i, numbers[i]);
}

/// What is wrong with the bytes of a result; empty: nothing. `more`: what may be off besides, as a share of the largest element.
static std::string difference(const char *at, const TensorType &type, const Bounded &wanted, double more) {
  int wrong = 0;
  if (more > 0)
    more *= wanted.value.data.abs().maxCoeff();
  std::string first;
  for (int64_t i = 0; i < type.elements(); ++i) {
    double got = numberAt(type.dtype, at, i), value = wanted.value.data[i],
           error = wanted.error.data[i] + more;
    bool fine = std::isnan(value) ? std::isnan(got) : got == value || std::abs(got - value) <= error;
    if (!fine && !wrong++)
      first = "element " + std::to_string(i) + " is " + std::to_string(got) + ", not " + std::to_string(value) +
              " within " + std::to_string(error * 1e9) + "e-9";
  }
  return wrong ? first + "; " + std::to_string(wrong) + " of " + std::to_string(type.elements()) + " are wrong" : "";
}

/// What differs between two ways to compute one value; empty: nothing.
static std::string difference(const Bounded &a, const Bounded &b) {
  for (Eigen::Index i = 0; i < a.value.data.size(); ++i)
    if (double x = a.value.data[i], y = b.value.data[i];
        std::abs(x - y) > a.error.data[i] + b.error.data[i] + 1e-6 * std::abs(x))
      return "the algebra makes " + std::to_string(y) + " of " + std::to_string(x);
  return "";
}

void Kernels::check(const Case &one, size_t index, Compiled &compiled, ModuleOp compiledFrom) {
  auto function = compiledFrom.lookupSymbol<func::FuncOp>(one.name);
  Named given;
  const Arenas &places = compiled.arenas(index);
  Memory start{std::vector<char>(size_t(places.variablesBytes), untouched), std::vector<char>(size_t(places.inputBytes), untouched),
               std::vector<char>(size_t(places.outputBytes), untouched), one.scalars, counters};
  for (const Body::Field &field : one.fields) {
    if (field.op != Op::Write && field.op != Op::Output)
      given[field.name] = field.data;
    if (field.op == Op::Read && places.variables.contains(field.name)) // else nobody reads it in the end
      encode(&start.variables[size_t(places.variables.at(field.name))], field.type.dtype, field.data.data);
    if (field.op == Op::Input)
      encode(&start.input[size_t(places.inputs.at(field.name))], field.type.dtype, field.data.data);
  }
  Memory end = start;
  std::string text;
  llvm::raw_string_ostream(text) << function << "\n";
  running = one.label + " ends the program:\n" + text;
  std::string wrong = compiled.run(index, end, 1);
  std::map<std::string, Bounded> wanted = expected(function, given, counters);
  if (isSimplified)
    for (auto &[name, value] : expected(module->lookupSymbol<func::FuncOp>(one.name), given, counters))
      wrong += difference(value, wanted[name]);
  std::vector<char> variables = end.variables, output = end.output; // with the results taken back, nothing has changed
  for (const Body::Field &field : one.fields) {
    if (field.op != Op::Write && field.op != Op::Output)
      continue;
    bool isWrite = field.op == Op::Write;
    int64_t offset = (isWrite ? places.variables : places.outputs).at(field.name);
    const char *at = (isWrite ? end.variables : end.output).data() + offset;
    std::string here = difference(at, field.type, wanted[field.name], roundsMore);
    if (!here.empty())
      wrong += "\n" + field.name + ": " + here;
    std::vector<char> &bytes = isWrite ? variables : output;
    auto from = (isWrite ? start.variables : start.output).begin() + offset;
    std::copy(from, from + field.type.bytes(), bytes.begin() + offset);
  }
  if (variables != start.variables || output != start.output)
    wrong += "\nit wrote beside its results";
  for (auto [threads, late] : {std::pair(2, 0), {2, 1}, {3, 0}, {3, 2}}) {
    if (!compiled.isParallel(index))
      break;
    Memory again = start;
    wrong += compiled.run(index, again, threads, late);
    if (again.variables != end.variables || again.output != end.output)
      wrong += "\n" + std::to_string(threads) + " threads, of which " + std::to_string(late) +
               " is late, compute other bits than one";
  }
  if (wrong.empty())
    return;
  ADD_FAILURE() << one.label << ": " << wrong << "\n"
                << text;
}

/// Where lanes matter most, all of them. What is to be shared is, though it would be faster on one thread.
std::vector<Target> Kernels::targets(ModuleOp source) {
  std::vector<Target> all;
  auto addSmall = [&](int64_t lanes, int64_t secondCache) {
    all.push_back(targetOfLanes(lanes));
    all.back().firstCache = 4096;
    all.back().secondCache = secondCache;
    all.back().sharedWork = 10'000;
  };
  if (!hasSquares) {
    all.push_back(targetFor(source));
    if (parallelAtLeast > 0)
      all.back().sharedWork = 10'000;
    if (alsoInTiles)
      addSmall(16, 1 << 20);
    return all;
  }
  for (int64_t lanes : {4, 8, 16})
    addSmall(lanes, 1 << 14);
  return all;
}

void Kernels::TearDown() {
  for (int signal : {SIGSEGV, SIGFPE, SIGILL, SIGBUS})
    std::signal(signal, tellWhatRan);
  std::vector<std::string> names;
  for (const Case &one : cases)
    names.push_back(one.name);
  ASSERT_TRUE(succeeded(verify(*module)));
  if (hasSquares) {
    PassManager explicitly(&context);
    explicitly.addPass(createDifferentiate());
    explicitly.addPass(createSimplify());
    ASSERT_TRUE(succeeded(explicitly.run(*module)));
  }
  OwningOpRef<ModuleOp> source(llvm::cast<ModuleOp>((*module)->clone()));
  PassManager algebra(&context);
  algebra.addPass(createSimplify());
  if (isSimplified)
    ASSERT_TRUE(succeeded(algebra.run(*source)));
  for (const Target &target : targets(*source)) {
    OwningOpRef<ModuleOp> copy(llvm::cast<ModuleOp>((*source)->clone()));
    Compiled compiled(*copy, names, target);
    ASSERT_EQ(compiled.error(), "");
    int shared = 0, tiled = 0, four = 0, two = 0;
    for (size_t i = 0; i < cases.size(); ++i) {
      check(cases[i], i, compiled, *source);
      shared += compiled.isParallel(i);
      tiled += compiled.squares(i);
      four += compiled.winograd(i).first, two += compiled.winograd(i).second;
    }
    EXPECT_GE(shared, parallelAtLeast);
    EXPECT_EQ(tiled, squares);
    if (ofFour + ofTwo)
      EXPECT_EQ(std::pair(four, two), std::pair(ofFour, ofTwo));
  }
}

} // namespace tl::test
