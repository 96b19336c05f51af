// From the LLVM dialect to machine code: a module in, the bytes of an object file out.
#pragma once
#include "compiler/codegen/TargetCpu.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
}

namespace tl {

/// The optimised LLVM IR of a program as text, or its object files: of a large program up to `mostParts`, compiled side
/// by side and to be linked together. `module` holds only the LLVM dialect; `functions` are the symbols that
/// `tlFunctions` lists, in order; `descriptor` becomes `tlDescriptor`. Equal input gives equal bytes, on any number of
/// cores.
enum class Output { LlvmIr, Object };
/// Which of the programs of an executable it is; `dims`: of all, as runtime/abi/Variants.h has them. The first says which
/// there are, and no name of a further one is that of another's.
struct VariantPlace {
  size_t number = 0;
  std::vector<std::string> dims = {"{}"};
};
llvm::Expected<std::vector<std::string>> compileModule(mlir::ModuleOp module, const TargetCpu &cpu,
                                                       llvm::StringRef descriptor,
                                                       const std::vector<std::string> &functions, Output output,
                                                       unsigned mostParts = 1, const VariantPlace &variant = {});

} // namespace tl
