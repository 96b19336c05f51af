// From the LLVM dialect to machine code: a module in, the bytes of an object file out.
#pragma once
#include "compiler/fusion/Target.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
}

namespace tl {

/// The machine to compile for.
struct TargetCpu {
  std::string name;                  // LLVM's, such as "znver4"
  std::string features;              // LLVM's list, "+avx512f,…"
  std::vector<std::string> required; // features the code may use, which the program asks the machine for at start
  Target target;                     // what kernels rely on
};

/// The CPU of that name, or this machine's where `name` is empty or "native". Fails, naming it, where LLVM knows none.
llvm::Expected<TargetCpu> findTargetCpu(llvm::StringRef name);
/// What kernels rely on of this machine.
Target hostTarget();

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
