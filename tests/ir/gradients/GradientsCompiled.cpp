// Compiled f32 gradients against the interpreter, within the error bounds that its walk yields, on 1 to 3 threads.
#include "tests/ir/gradients/Gradients.h"
#include "tests/kernels/Compiled.h"
#include "tests/kernels/Reference.h"
#include <cmath>

namespace tl::test {
using namespace mlir;

namespace {

constexpr char untouched = 0x3c;

Memory memoryOf(const GradientCase &one, const Arenas &arenas) {
  Memory memory;
  memory.variables.assign(size_t(arenas.variablesBytes), untouched);
  memory.input.assign(size_t(arenas.inputBytes), untouched);
  memory.output.assign(size_t(arenas.outputBytes), untouched);
  memory.counters = {1, 2, 3, 4};
  for (const Maker::Field &field : one.fields) {
    const std::map<std::string, int64_t> &places = field.isVariable ? arenas.variables : arenas.inputs;
    auto place = places.find(field.name);
    if (place == places.end())
      continue; // Nothing needs it in the end.
    char *at = (field.isVariable ? memory.variables : memory.input).data() + place->second;
    for (size_t i = 0; i < field.data.size(); ++i)
      putNumber(field.type.dtype, at, int64_t(i), field.data[i]);
  }
  return memory;
}

/// The outputs of a function against wanted values; returns what is wrong.
std::string compare(func::FuncOp function, const GradientCase &one, const Arenas &arenas, const Memory &end, Tally &tally) {
  reference::Named given;
  for (const Maker::Field &field : one.fields)
    given[field.name] = reference::Tensor(field.type.shape, field.data);
  auto wanted = expected(function, given, end.counters);
  for (ir::OutputOp output : function.getOps<ir::OutputOp>()) {
    const Bounded &value = wanted.at(output.getName().str());
    int64_t count = ir::typeOf(output.getValue()).elements();
    for (int64_t i = 0; i < count; ++i) {
      double got = numberAt(DType::F32, end.output.data() + arenas.outputs.at(output.getName().str()), i);
      double want = value.value.data[i], error = value.error.data[i];
      ++tally.counts["compiled elements"];
      tally.counts["compiled elements bound to 1e-4"] += error <= 1e-4 * std::abs(want);
      bool isFine = std::isnan(want) ? std::isnan(got) : got == want || std::abs(got - want) <= error || (std::abs(want) > 3e38 && std::isinf(got));
      if (!isFine)
        return text("%s element %d is %.9g, not %.9g within %.3g", output.getName().str().c_str(), int(i), got,
                    want, error);
    }
  }
  return "";
}

} // namespace

void checkCompiled(MLIRContext &context, std::vector<GradientCase> cases, Tally &tally) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  std::vector<std::string> names;
  auto fail = [&](const std::string &what) {
    ++tally.counts["mismatches"];
    tally.failures.push_back(what);
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    names.push_back("g" + std::to_string(i));
    // Every 16th may be large enough for several threads.
    if (!addFunction(*module, names[i], cases[i], DType::F32, true, i % 16 ? 40 : 400000))
      return fail(cases[i].name() + ": no case can be drawn");
  }
  if (!makeExplicit(*module, false) || !makeExplicit(*module, true))
    return fail("a pass fails on the functions from " + cases[0].name());
  OwningOpRef<ModuleOp> copy(llvm::cast<ModuleOp>((*module)->clone()));
  Compiled compiled(*copy, names, targetFor(*copy));
  if (!compiled.error().empty())
    return fail("the functions from " + cases[0].name() + " do not compile: " + compiled.error());
  for (size_t i = 0; i < cases.size(); ++i) {
    ++tally.counts["compiled functions"];
    Memory start = memoryOf(cases[i], compiled.arenas(i)), end = start;
    std::string wrong = compiled.run(i, end, 1);
    func::FuncOp function = module->lookupSymbol<func::FuncOp>(names[i]);
    wrong += compare(function, cases[i], compiled.arenas(i), end, tally);
    if (compiled.isParallel(i))
      ++tally.counts["compiled functions on several threads"];
    for (int threads : {2, 3}) {
      if (!compiled.isParallel(i))
        break;
      Memory again = start;
      wrong += compiled.run(i, again, threads);
      if (again.output != end.output)
        wrong += " " + std::to_string(threads) + " threads compute other bits than one";
    }
    if (wrong.empty())
      continue;
    std::string ir;
    llvm::raw_string_ostream(ir) << function;
    fail(cases[i].name() + ", compiled: " + wrong + "\n" + ir);
  }
}

} // namespace tl::test
