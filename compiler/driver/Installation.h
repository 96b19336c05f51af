// Where the parts that `tlc` works with stand, found from where `tlc` itself stands.
#pragma once
#include <string>
#include <vector>

namespace tl {

/// PREFIX/bin/tlc, PREFIX/lib/tl, PREFIX/share/tl: the same in a build folder and in an installation.
struct Installation {
  std::string executable;
  std::string linkDirectory; // the runtime and the start-up files of programs
  std::string stdlib;        // where `std.x` is found
  std::string starter;       // the script and data that `tlc new` copies

  /// The parts that are not there, as sentences; empty where all is well.
  std::vector<std::string> missing() const;
};

/// `TL_STDLIB` in the environment names another standard library.
Installation findInstallation(const char *argv0);

/// "tlc 0.2.0 (LLVM 22.1.8)"
std::string versionText();

} // namespace tl
