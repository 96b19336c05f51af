// Where the parts that `tlc` works with stand, found from where `tlc` itself stands.
#pragma once
#include <string>

namespace tl {

/// PREFIX/bin, PREFIX/libexec, PREFIX/lib/tl, PREFIX/share/tl: the same in a build folder and in an installation.
struct Installation {
  std::string executable;
  std::string corridor;      // the program that `tlc` becomes for what needs the rooms behind check
  std::string linkDirectory; // the runtime and the start-up files of programs
  std::string stdlib;        // where `std.x` is found
  std::string starter;       // the script and data that `tlc new` copies
};

/// `TL_STDLIB` in the environment names another standard library.
Installation findInstallation(const char *argv0);

/// "tlc 0.2.0 (LLVM 22.1.8)"
std::string versionText();

} // namespace tl
