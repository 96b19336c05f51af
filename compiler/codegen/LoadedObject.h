// Compiled functions in this process: the object file of `tlc build`, loaded instead of linked.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include "runtime/abi/Program.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <vector>

namespace llvm::orc {
class LLJIT;
}

namespace tl {

class LoadedObject {
public:
  LoadedObject();
  LoadedObject(LoadedObject &&);
  LoadedObject &operator=(LoadedObject &&);
  ~LoadedObject();
  /// Takes a module whose kernels are emitted, for any target, to machine code of this CPU; at its barriers it calls `barrier`.
  static llvm::Expected<LoadedObject> load(mlir::ModuleOp module, const std::vector<std::string> &functions,
                                           void (*barrier)(TlTeam *));
  const TlFunction *functions = nullptr; // in the order of their names

private:
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace tl
