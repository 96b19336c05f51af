// Finds the installation around the running executable.
#include "compiler/driver/Installation.h"
#include "compiler/codegen/Link.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cstdlib>

namespace tl {

Installation findInstallation(const char *argv0) {
  static int here;
  Installation found;
  found.executable = llvm::sys::fs::getMainExecutable(argv0, &here);
  std::string prefix = llvm::sys::path::parent_path(llvm::sys::path::parent_path(found.executable)).str();
  found.linkDirectory = prefix + "/lib/tl";
  const char *stdlib = std::getenv("TL_STDLIB");
  found.stdlib = stdlib && *stdlib ? stdlib : prefix + "/share/tl/stdlib";
  found.starter = prefix + "/share/tl/starter";
  return found;
}

std::vector<std::string> Installation::missing() const {
  std::vector<std::string> sentences;
  auto require = [&](const std::string &path, const std::string &what) {
    if (!llvm::sys::fs::exists(path))
      sentences.push_back(what + " is not at `" + path + "`");
  };
  require(stdlib, "the standard library");
  for (const char *name : {"libtlrt.a", "Scrt1.o", "crti.o", "crtbeginS.o", "libz.a", "libutf8proc.a", "libpcre2-8.a", "libstdc++.a", "libgcc.a",
                           "libgcc_eh.a", "libc_nonshared.a", "crtendS.o", "crtn.o", "library.map"})
    require(linkDirectory + "/" + name, "a part that programs are linked from");
  for (const char *name : {"libc.so.6", "libm.so.6"})
    if (findSystemLibrary(name).empty())
      sentences.push_back(std::string("this machine's `") + name + "` was not found");
  return sentences;
}

std::string versionText() { return "tlc " TL_VERSION " (LLVM " LLVM_VERSION_STRING ")"; }

} // namespace tl
