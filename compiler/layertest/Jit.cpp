// The passes of `tlc build` that follow an explicit gradient.
#include "compiler/layertest/Jit.h"
#include "compiler/codegen/ObjectFile.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/kernels/Kernels.h"
#include "compiler/passes/Passes.h"
#include "mlir/Pass/PassManager.h"
#include <cstring>

namespace tl::layertest {
namespace {

void aloneAtBarrier(TlTeam *) {}

/// Bytes at a multiple of 64.
class Arena {
public:
  explicit Arena(int64_t size) : size(size), bytes(size_t(size) + 64, char(0xff)) {}
  char *data() { return bytes.data() + (64 - uintptr_t(bytes.data()) % 64) % 64; }
  int64_t size;

private:
  std::vector<char> bytes;
};

} // namespace

Jit::Jit(mlir::ModuleOp module, const std::vector<std::string> &names) { message = compile(module, names); }

std::string Jit::compile(mlir::ModuleOp module, const std::vector<std::string> &names) {
  hostTarget().set(module);
  mlir::PassManager pm(module.getContext());
  pm.addPass(createSimplify());
  pm.addPass(createPruneFrozen());
  addPlanPasses(pm);
  if (failed(pm.run(module)))
    return "no kernels are planned";
  for (const std::string &name : names)
    places.push_back(arenasOf(module.lookupSymbol<mlir::func::FuncOp>(name)));
  mlir::PassManager emit(module.getContext());
  emit.addPass(createEmitKernels());
  if (failed(emit.run(module)))
    return "no kernels are emitted";
  auto object = LoadedObject::load(module, names, &aloneAtBarrier);
  if (!object)
    return llvm::toString(object.takeError());
  loaded = std::move(*object);
  return "";
}

std::vector<char> Jit::run(size_t function, const std::vector<Field> &fields) const {
  const Arenas &of = places[function];
  Arena variables(of.variablesBytes), input(of.inputBytes), output(of.outputBytes), work(of.workBytes);
  for (const Field &field : fields) {
    auto port = of.inputs.find(field.name);
    auto variable = of.variables.find(field.name);
    if (port == of.inputs.end() && variable == of.variables.end())
      continue; // not needed in the end
    char *at = port != of.inputs.end() ? input.data() + port->second : variables.data() + variable->second;
    for (size_t i = 0; i < field.data.size(); ++i)
      putNumber(field.type.dtype, at, int64_t(i), field.data[i]);
  }
  double scalars[1] = {0};
  uint32_t counters[tlCounters] = {};
  int32_t kernel;
  loaded.functions[function](variables.data(), work.data(), input.data(), output.data(), scalars, counters, &kernel, 0, 1, nullptr);
  return {output.data(), output.data() + of.outputBytes};
}

} // namespace tl::layertest
