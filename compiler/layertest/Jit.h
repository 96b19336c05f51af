// Compiled functions run in this process, on one thread.
#pragma once
#include "compiler/codegen/LoadedObject.h"
#include "compiler/fusion/Arenas.h"
#include "compiler/layertest/Field.h"
#include "mlir/IR/BuiltinOps.h"

namespace tl::layertest {

class Jit {
public:
  /// Takes a module with explicit gradients through all that follows.
  Jit(mlir::ModuleOp module, const std::vector<std::string> &functions);
  const std::string &error() const { return message; } // empty: fine
  /// What a function puts into its output arena.
  std::vector<char> run(size_t function, const std::vector<Field> &fields) const;
  const Arenas &arenas(size_t function) const { return places[function]; }

private:
  std::string compile(mlir::ModuleOp module, const std::vector<std::string> &names);

  LoadedObject loaded;
  std::vector<Arenas> places; // by function
  std::string message;
};

} // namespace tl::layertest
