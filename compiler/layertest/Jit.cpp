// The passes of `tlc build` that follow an explicit gradient.
#include "compiler/layertest/Jit.h"
#include "compiler/codegen/ObjectFile.h"
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

template <typename T> void put(char *at, const std::vector<double> &numbers) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    T number = T(numbers[i]);
    std::memcpy(at + i * sizeof number, &number, sizeof number);
  }
}

} // namespace

Jit::Jit(mlir::ModuleOp module, const std::vector<std::string> &names) { message = compile(module, names); }

std::string Jit::compile(mlir::ModuleOp module, const std::vector<std::string> &names) {
  hostTarget().set(module);
  mlir::PassManager pm(module.getContext());
  pm.addPass(createSimplify());
  pm.addPass(createPruneFrozen());
  addKernelPasses(pm);
  if (failed(pm.run(module)))
    return "the kernels room fails";
  for (const std::string &name : names)
    workBytes.push_back(module.lookupSymbol(name)->getAttrOfType<mlir::IntegerAttr>("tl.work_bytes").getInt());
  auto object = LoadedObject::load(module, names, &aloneAtBarrier);
  if (!object)
    return llvm::toString(object.takeError());
  loaded = std::move(*object);
  return "";
}

std::vector<char> Jit::run(size_t function, const std::vector<Field> &fields, int64_t variableBytes,
                           int64_t inputBytes, int64_t outputBytes) const {
  Arena variables(variableBytes), input(inputBytes), output(outputBytes), work(workBytes[function]);
  for (const Field &field : fields) {
    char *at = (&field == &fields.back() ? input : variables).data() + field.offset;
    switch (field.type.dtype) {
    case DType::I1:
    case DType::U8: put<uint8_t>(at, field.data); break;
    case DType::I32: put<int32_t>(at, field.data); break;
    case DType::F32: put<float>(at, field.data); break;
    case DType::F64: put<double>(at, field.data); break;
    }
  }
  double scalars[1] = {0};
  uint32_t counters[tlCounters] = {};
  loaded.functions[function](variables.data(), work.data(), input.data(), output.data(), scalars, counters, 0, 1, nullptr);
  return {output.data(), output.data() + outputBytes};
}

} // namespace tl::layertest
