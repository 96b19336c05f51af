// Finds the installation around the running executable.
#include "compiler/driver/Installation.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cstdlib>

namespace tl {

Installation findInstallation(const char *argv0) {
  static int here;
  Installation found;
  std::string executable = llvm::sys::fs::getMainExecutable(argv0, &here);
  std::string prefix = llvm::sys::path::parent_path(llvm::sys::path::parent_path(executable)).str();
  found.executable = prefix + "/bin/tlc";
  found.corridor = prefix + "/libexec/tl-corridor";
  found.linkDirectory = prefix + "/lib/tl";
  const char *stdlib = std::getenv("TL_STDLIB");
  found.stdlib = stdlib && *stdlib ? stdlib : prefix + "/share/tl/stdlib";
  found.starter = prefix + "/share/tl/starter";
  return found;
}

std::string versionText() { return "tlc " TL_VERSION " (LLVM " LLVM_VERSION_STRING ")"; }

} // namespace tl
