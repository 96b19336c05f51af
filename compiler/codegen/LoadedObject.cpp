// The last rooms of the corridor with a loader at their end.
#include "compiler/codegen/LoadedObject.h"
#include "compiler/codegen/LowerToLlvm.h"
#include "compiler/codegen/ObjectFile.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"

namespace tl {

LoadedObject::LoadedObject() = default;
LoadedObject::LoadedObject(LoadedObject &&) = default;
LoadedObject &LoadedObject::operator=(LoadedObject &&) = default;
LoadedObject::~LoadedObject() = default;

llvm::Expected<LoadedObject> LoadedObject::load(mlir::ModuleOp module, const std::vector<std::string> &functions,
                                                void (*barrier)(TlTeam *)) {
  mlir::PassManager finish(module.getContext());
  addLlvmPasses(finish);
  if (failed(finish.run(module)))
    return llvm::createStringError("the last room fails");
  llvm::Expected<TargetCpu> cpu = findTargetCpu("native");
  if (!cpu)
    return cpu.takeError();
  llvm::Expected<std::vector<std::string>> objects = compileModule(module, *cpu, "{}", functions, Output::Object);
  if (!objects)
    return objects.takeError();
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  LoadedObject loaded;
  loaded.jit = std::move(*jit);
  llvm::orc::SymbolMap symbols;
  symbols[loaded.jit->mangleAndIntern("tlBarrier")] = {llvm::orc::ExecutorAddr::fromPtr(barrier),
                                                       llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
  if (llvm::Error error = loaded.jit->getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(symbols))))
    return error;
  if (llvm::Error error = loaded.jit->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(objects->front())))
    return error;
  auto table = loaded.jit->lookup("tlFunctions");
  if (!table)
    return table.takeError();
  loaded.functions = table->toPtr<const TlFunction *>();
  return loaded;
}

} // namespace tl
