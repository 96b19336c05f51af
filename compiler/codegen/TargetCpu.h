// Which machine code is made for: by name, or the one that the compiler runs on.
#pragma once
#include "compiler/fusion/Target.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"
#include <string>
#include <vector>

namespace llvm {
class Target;
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
/// Which CPU has the name `told`, and `features` ("+avx512f", "-sse4a"). LLVM tells Intel's by its number, for which a hypervisor may give that of
/// another: where a server's CPU lacks fewer of them than the bearer of that number, it is the first that lacks the fewest.
std::string nameOfCpu(llvm::StringRef told, llvm::ArrayRef<std::string> features);
/// What kernels rely on of this machine.
Target hostTarget();

/// The system that all programs are made for, and LLVM's back end for it.
extern const llvm::Triple programTriple;
llvm::Expected<const llvm::Target *> findTarget();

} // namespace tl
